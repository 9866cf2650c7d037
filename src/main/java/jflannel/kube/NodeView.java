package jflannel.kube;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.lease.Claim;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.LeaseJudge;
import jflannel.lease.LeaseList;
import jflannel.lease.NetworkConfig;
import jflannel.status.Board;

/// The nodes of the cluster, and which of them the [LeaseJudge] accepts as peers: of two nodes that claim the same
/// subnet, the one that was registered first.
///
/// Makes no calls. Used by one thread.
final class NodeView {
    private final NetworkConfig network;
    private final String own;
    private final LeaseJudge judge;
    private final Map<String, Claim> claims = new HashMap<>();
    private final Map<String, String> malformed = new HashMap<>();

    /// @param own this node's name
    /// @param lease this node's
    /// @param board shows which nodes are ignored
    NodeView(NetworkConfig network, String own, Lease lease, Board board) {
        this(network, own, new LeaseJudge(network, "node", lease, board));
    }

    private NodeView(NetworkConfig network, String own, LeaseJudge judge) {
        this.network = network;
        this.own = own;
        this.judge = judge;
    }

    /// What a node sees that may have no lease yet.
    ///
    /// @param own its name
    static LeaseList list(
            NetworkConfig network, Collection<NodeRecord> nodes, String own, Optional<Lease> lease, Board board) {
        NodeView view = lease.map(it -> new NodeView(network, own, it, board))
                .orElseGet(() -> new NodeView(network, own, new LeaseJudge(network, "node", board)));
        return new LeaseList(lease, view.reset(nodes).all(), view.judge.faults());
    }

    /// Replaces the whole view with these nodes.
    LeaseEvent.Resync reset(Collection<NodeRecord> all) {
        claims.clear();
        malformed.clear();
        all.forEach(this::read);
        return judge.reset(List.copyOf(claims.values()), malformed);
    }

    /// Sets this node's new lease, and judges all other nodes again.
    LeaseEvent.Resync own(Lease lease) {
        judge.own(lease);
        return judge.reset(List.copyOf(claims.values()), malformed);
    }

    /// A node was added or changed. Most changes of nodes mean nothing here.
    List<LeaseEvent> put(NodeRecord node) {
        forget(node.name());
        read(node);
        if (claims.containsKey(node.name())) {
            return judge.put(claims.get(node.name()));
        }
        return malformed.containsKey(node.name())
                ? judge.putMalformed(node.name(), malformed.get(node.name()))
                : judge.remove(node.name());
    }

    /// A node was deleted.
    List<LeaseEvent> remove(String name) {
        forget(name);
        return judge.remove(name);
    }

    private void forget(String name) {
        claims.remove(name);
        malformed.remove(name);
    }

    private void read(NodeRecord node) {
        if (node.name().equals(own)) {
            return;
        }
        try {
            claim(node, network).ifPresent(claim -> claims.put(node.name(), claim));
        } catch (IllegalArgumentException e) {
            malformed.put(node.name(), e.getMessage());
        }
    }

    /// What a node claims; empty if flanneld has never run there.
    ///
    /// @throws IllegalArgumentException if it cannot be read; the message says why
    static Optional<Claim> claim(NodeRecord node, NetworkConfig network) {
        return Annotations.isManaged(node)
                ? Optional.of(
                        new Claim(node.name(), node.name(), age(node.created()), Annotations.lease(node, network)))
                : Optional.empty();
    }

    /// The digits of an RFC 3339 time as a number, which preserves its order. Java's own parser is slow to load.
    private static long age(String created) {
        long digits = 0;
        int count = 0;
        for (int i = 0; i < created.length(); i++) {
            char c = created.charAt(i);
            if (c >= '0' && c <= '9') {
                digits = digits * 10 + c - '0';
                count++;
            }
        }
        return count == "20260131120000".length() ? digits : Long.MAX_VALUE;
    }
}
