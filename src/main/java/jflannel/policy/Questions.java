package jflannel.policy;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What the policies that matter here ask about the other ends of connections in one direction, each question once.
///
/// @param peers those that may select pods; with blocks, if pods in them are asked for ports by name
/// @param names of ports that the other end declares; only pods that are connected to are asked
/// @param blocks of addresses
record Questions(Set<Key> peers, Set<PortMatch> names, Set<Peer.Block> blocks) {
    /// A peer, and the namespace that it is about if that is the policy's own; or else "".
    record Key(String namespace, Peer peer) {
        static Key of(Policy policy, Peer peer) {
            boolean own = peer instanceof Peer.Pods pods && pods.namespaces().isEmpty();
            return new Key(own ? policy.namespace() : "", peer);
        }
    }

    static Questions of(Iterable<Policy> policies, Direction direction) {
        Questions questions = new Questions(new HashSet<>(), new HashSet<>(), new HashSet<>());
        for (Policy policy : policies) {
            policy.rules().getOrDefault(direction, List.of()).forEach(rule -> questions.add(policy, rule, direction));
        }
        return questions;
    }

    private void add(Policy policy, Rule rule, Direction direction) {
        boolean asksForNames = false;
        if (direction == Direction.EGRESS) {
            for (PortMatch port : rule.ports()) {
                if (port.isNamed()) {
                    names.add(port);
                    asksForNames = true;
                }
            }
        }
        for (Peer peer : rule.peers()) {
            if (peer instanceof Peer.Block block) {
                blocks.add(block);
            }
            if (peer instanceof Peer.Pods || asksForNames) {
                peers.add(Key.of(policy, peer));
            }
        }
    }

    /// The peers that this address of an endpoint matches.
    Set<Key> answers(Endpoint endpoint, jflannel.ip.Cidr address, Map<String, String> namespaceLabels) {
        Set<Key> matching = new HashSet<>();
        for (Key key : peers) {
            boolean matches = switch (key.peer()) {
                case Peer.Block block ->
                    address.length() == address.family().bits() && block.contains(address.address());
                case Peer.Pods pods ->
                    pods.pods().selects(endpoint.labels())
                            && pods.namespaces()
                                    .map(it -> it.selects(namespaceLabels))
                                    .orElse(key.namespace().equals(endpoint.namespace()));
            };
            if (matches) {
                matching.add(key);
            }
        }
        return matching;
    }

    boolean hasBlocksAmongPeers() {
        return peers.stream().anyMatch(key -> key.peer() instanceof Peer.Block);
    }
}
