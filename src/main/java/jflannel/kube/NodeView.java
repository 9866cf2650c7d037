package jflannel.kube;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import jflannel.ip.Ip;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;

/// Which of the cluster's nodes are peers of this one, and how that changes. If two nodes claim one subnet, the one
/// that was registered first counts, on every node alike. Says once about each node why it is left out.
///
/// Makes no calls; one thread uses it.
final class NodeView {
    private static final System.Logger LOG = System.getLogger(NodeView.class.getName());
    private static final Comparator<Claim> OLDEST_FIRST =
            Comparator.comparing(Claim::created).thenComparing(Claim::node);

    /// A node's lease, whether it counts or not.
    private record Claim(String node, String created, Lease lease) {}

    private final NetworkConfig network;
    private final String own;
    private final Map<String, Claim> byNode = new HashMap<>();
    private final Map<Object, TreeSet<Claim>> byKey = new HashMap<>();
    private final Map<Object, Lease> visible = new HashMap<>();
    private final Map<String, String> complained = new HashMap<>();
    private final Map<Ip, String> addresses = new HashMap<>();

    /// @param own this node's name
    NodeView(NetworkConfig network, String own) {
        this.network = network;
        this.own = own;
    }

    /// Begins anew with these nodes.
    LeaseEvent.Resync reset(Collection<NodeRecord> all) {
        byNode.clear();
        byKey.clear();
        visible.clear();
        addresses.clear();
        all.forEach(this::claim);
        complained.keySet().retainAll(all.stream().map(NodeRecord::name).collect(Collectors.toSet()));
        byKey.forEach((key, claims) -> visible.put(key, claims.first().lease()));
        return new LeaseEvent.Resync(Set.copyOf(visible.values()));
    }

    /// Takes in a node as it is now. Most changes of nodes change nothing here.
    List<LeaseEvent> put(NodeRecord node) {
        Claim before = byNode.get(node.name());
        Set<Object> keys = new HashSet<>();
        withdraw(node.name(), keys);
        claim(node).ifPresent(claim -> keys.add(claim.lease().key()));
        return before != null && before.equals(byNode.get(node.name())) ? List.of() : changes(keys);
    }

    /// Takes in that a node is gone.
    List<LeaseEvent> remove(String name) {
        Set<Object> keys = new HashSet<>();
        withdraw(name, keys);
        complained.remove(name);
        return changes(keys);
    }

    private Optional<Claim> claim(NodeRecord node) {
        if (node.name().equals(own) || !Annotations.isManaged(node)) {
            complained.remove(node.name());
            return Optional.empty();
        }
        Claim claim;
        try {
            claim = new Claim(node.name(), node.created(), Annotations.lease(node, network));
        } catch (IllegalArgumentException e) {
            complain(node.name(), "the node %s is left out: %s".formatted(node.name(), e.getMessage()));
            return Optional.empty();
        }
        byNode.put(claim.node(), claim);
        TreeSet<Claim> rivals = byKey.computeIfAbsent(claim.lease().key(), key -> new TreeSet<>(OLDEST_FIRST));
        rivals.add(claim);
        if (rivals.size() > 1) {
            complain(
                    rivals.last().node(),
                    "the node %s is left out: %s has %s already"
                            .formatted(
                                    rivals.last().node(),
                                    rivals.first().node(),
                                    claim.lease().words()));
        } else {
            complainOfSharedAddress(claim);
        }
        return Optional.of(claim);
    }

    /// Two nodes that publish one address receive each other's packets: the trap of machines that all have the same
    /// address behind a NAT of their own.
    private void complainOfSharedAddress(Claim claim) {
        for (Ip ip : claim.lease().announced().publicIps().values()) {
            String other = addresses.putIfAbsent(ip, claim.node());
            if (other != null && !other.equals(claim.node())) {
                complain(
                        claim.node(),
                        "the nodes %s and %s both publish %s: give them --iface, or the annotation public-ip-overwrite"
                                .formatted(other, claim.node(), ip));
                return;
            }
        }
        complained.remove(claim.node());
    }

    private void complain(String node, String about) {
        if (!about.equals(complained.put(node, about))) {
            LOG.log(System.Logger.Level.WARNING, about);
        }
    }

    private void withdraw(String node, Set<Object> keys) {
        Claim claim = byNode.remove(node);
        if (claim != null) {
            Object key = claim.lease().key();
            keys.add(key);
            TreeSet<Claim> rivals = byKey.get(key);
            rivals.remove(claim);
            if (rivals.isEmpty()) {
                byKey.remove(key);
            }
            claim.lease().announced().publicIps().values().forEach(ip -> addresses.remove(ip, node));
        }
    }

    /// Ends come first, so that a subnet is never given to two nodes.
    private List<LeaseEvent> changes(Set<Object> keys) {
        List<LeaseEvent> ends = new ArrayList<>();
        List<LeaseEvent> begins = new ArrayList<>();
        for (Object key : keys) {
            Lease before = visible.get(key);
            Lease after = byKey.containsKey(key) ? byKey.get(key).first().lease() : null;
            if (after == null && before != null) {
                visible.remove(key);
                ends.add(new LeaseEvent.Removed(before));
            } else if (after != null && !after.equals(before)) {
                visible.put(key, after);
                begins.add(new LeaseEvent.Put(after));
            }
        }
        ends.addAll(begins);
        return ends;
    }
}
