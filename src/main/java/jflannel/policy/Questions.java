package jflannel.policy;

import java.util.Collection;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import jflannel.ip.Cidr;

/// What the policies that matter here ask about the other ends of connections in one direction, each question once.
///
/// @param peers those that pods are compared with; blocks only where it matters which pods are in them
/// @param names of ports that the other end declares; only pods that are connected to are asked
/// @param blocks of addresses
/// @param nodes by their labels
/// @param ordered true if rules are asked one after the other, and not only whether any allows
/// @param keys by the peers themselves, each of which is part of one policy
record Questions(
        Set<Key> peers,
        Set<PortMatch> names,
        Set<Peer.Block> blocks,
        Set<Peer.Nodes> nodes,
        boolean ordered,
        Map<Peer, Key> keys) {
    /// A peer, and the namespace that it is about if that is the policy's own; or else "".
    ///
    /// @param hash of the others, which takes long to find out
    record Key(String namespace, Peer peer, int hash) {
        static Key of(Policy policy, Peer peer) {
            boolean own = peer instanceof Peer.Pods pods && pods.namespaces().isEmpty();
            String namespace = own ? policy.namespace() : "";
            return new Key(namespace, peer, Objects.hash(namespace, peer));
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    static Questions of(Collection<Policy> policies, Direction direction) {
        boolean ordered = policies.stream().anyMatch(it -> it.isForCluster() && it.isAbout(direction));
        Questions questions = new Questions(
                new HashSet<>(), new HashSet<>(), new HashSet<>(), new HashSet<>(), ordered, new IdentityHashMap<>());
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
            Key key = Key.of(policy, peer);
            keys.put(peer, key);
            switch (peer) {
                case Peer.Pods _ -> peers.add(key);
                case Peer.Block block -> {
                    blocks.add(block);
                    if (ordered || asksForNames) {
                        peers.add(key);
                    }
                }
                case Peer.Nodes its -> nodes.add(its);
            }
        }
    }

    Key key(Policy policy, Peer peer) {
        Key key = keys.get(peer);
        return key != null ? key : Key.of(policy, peer);
    }

    boolean asksTheSameAs(Questions other) {
        return ordered == other.ordered
                && peers.equals(other.peers)
                && names.equals(other.names)
                && blocks.equals(other.blocks)
                && nodes.equals(other.nodes);
    }

    /// The peers that this address of an endpoint matches.
    Set<Key> answers(Endpoint endpoint, Cidr address, Map<String, String> namespaceLabels) {
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
                case Peer.Nodes _ -> false; // a pod's address is no node's
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
