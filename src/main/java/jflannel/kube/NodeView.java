package jflannel.kube;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jflannel.lease.Claim;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.LeaseJudge;
import jflannel.lease.NetworkConfig;
import jflannel.status.Board;

/// The nodes of the cluster, and which of them are peers of this one by the word of the [LeaseJudge]: of two that claim
/// one subnet, the one that was registered first.
///
/// Makes no calls; one thread uses it.
final class NodeView {
    private final NetworkConfig network;
    private final String own;
    private final LeaseJudge judge;
    private final Map<String, Claim> claims = new HashMap<>();
    private final Map<String, String> malformed = new HashMap<>();

    /// @param own this node's name
    /// @param lease this node's
    /// @param board shows which nodes are left out
    NodeView(NetworkConfig network, String own, Lease lease, Board board) {
        this.network = network;
        this.own = own;
        this.judge = new LeaseJudge(network, "node", lease, board);
    }

    /// Replaces the whole view with these nodes.
    LeaseEvent.Resync reset(Collection<NodeRecord> all) {
        claims.clear();
        malformed.clear();
        all.forEach(this::read);
        return judge.reset(List.copyOf(claims.values()), malformed);
    }

    /// This node has another lease, by which all others are judged again.
    LeaseEvent.Resync own(Lease lease) {
        judge.own(lease);
        return judge.reset(List.copyOf(claims.values()), malformed);
    }

    /// Takes in a node as it is now. Most changes of nodes change nothing here.
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

    /// Takes in that a node is gone.
    List<LeaseEvent> remove(String name) {
        forget(name);
        return judge.remove(name);
    }

    private void forget(String name) {
        claims.remove(name);
        malformed.remove(name);
    }

    private void read(NodeRecord node) {
        if (node.name().equals(own) || !Annotations.isManaged(node)) {
            return;
        }
        try {
            Lease lease = Annotations.lease(node, network);
            claims.put(node.name(), new Claim(node.name(), node.name(), age(node.created()), lease));
        } catch (IllegalArgumentException e) {
            malformed.put(node.name(), e.getMessage());
        }
    }

    /// The digits of a time in RFC 3339, which grow with it. Java's own reader of times takes long to load.
    private static long age(String created) {
        String digits = created.replaceAll("[^0-9]", "");
        return digits.length() == "20260131120000".length() ? Long.parseLong(digits) : Long.MAX_VALUE;
    }
}
