package jflannel.foreign;

import java.util.Set;

/// The ways of this network's packets through a node.
enum Way {
    IN("what pods of other nodes send to pods of this one", Set.of(Hook.PREROUTING, Hook.FORWARD, Hook.POSTROUTING)),
    OUT("what pods of this node send to pods of others", Set.of(Hook.PREROUTING, Hook.FORWARD, Hook.POSTROUTING)),
    TUNNEL_IN("tunnel packets of other nodes", Set.of(Hook.PREROUTING, Hook.INPUT)),
    TUNNEL_OUT("tunnel packets to other nodes", Set.of(Hook.OUTPUT, Hook.POSTROUTING));

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
