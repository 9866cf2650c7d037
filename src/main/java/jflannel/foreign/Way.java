package jflannel.foreign;

import java.util.Set;

/// The paths of this network's packets through a node.
enum Way {
    IN(
            "packets from pods of other nodes to pods of this one",
            Set.of(Hook.PREROUTING, Hook.FORWARD, Hook.POSTROUTING, Hook.INGRESS, Hook.EGRESS, Hook.BRIDGE_OUT)),
    OUT(
            "packets from pods of this node to pods of other nodes",
            Set.of(Hook.PREROUTING, Hook.FORWARD, Hook.POSTROUTING, Hook.INGRESS, Hook.EGRESS, Hook.BRIDGE_IN)),
    TUNNEL_IN("tunnel packets from other nodes", Set.of(Hook.PREROUTING, Hook.INPUT, Hook.INGRESS)),
    TUNNEL_OUT("tunnel packets to other nodes", Set.of(Hook.OUTPUT, Hook.POSTROUTING, Hook.EGRESS));

    private final String words;
    private final Set<Hook> hooks;

    Way(String words, Set<Hook> hooks) {
        this.words = words;
        this.hooks = hooks;
    }

    String words() {
        return words;
    }

    boolean passes(Hook hook) {
        return hooks.contains(hook);
    }

    boolean isTunnel() {
        return this == TUNNEL_IN || this == TUNNEL_OUT;
    }
}
