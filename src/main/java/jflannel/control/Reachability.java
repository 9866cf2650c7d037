package jflannel.control;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.Clsact;
import jflannel.kernel.Filter;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Neighbor;
import jflannel.kernel.Outcome;
import jflannel.kernel.Route;
import jflannel.kernel.RoutingRule;
import jflannel.kernel.WireguardPeer;
import jflannel.kernel.XfrmPolicy;
import jflannel.lease.Lease;
import jflannel.lease.Peers;
import jflannel.status.Board;
import jflannel.status.Condition;

/// Which peers a pass could not reach, and why.
///
/// @param failed how many peers are out of reach
/// @param unreachable what is out of reach: keys of leases, single subnets, gateways, forwarding entries
/// @param basis true if the kernel refused what all peers need: an address of this node's own, a rule
record Reachability(int peers, int failed, Set<Object> unreachable, boolean basis) {
    static final Reachability UNKNOWN = new Reachability(0, 0, Set.of(), false);

    /// A peer is out of reach if what it published makes no sense, or if the kernel refused the route to it, or the
    /// neighbor that the route goes through.
    static Reachability of(Peers peers, Map<Object, String> ignored, Outcome outcome) {
        Set<Object> unreachable = new HashSet<>(ignored.keySet());
        boolean basis = false;
        for (KernelObject object : outcome.lacking()) {
            switch (object) {
                case Route route -> unreachable.add(route.destination());
                case Neighbor neighbor -> unreachable.add(neighbor.forwarding() ? neighbor : neighbor.ip());
                case WireguardPeer peer -> unreachable.addAll(peer.networks());
                case Address _, RoutingRule _ -> basis = true;
                case XfrmPolicy policy -> unreachable.add(policy.peer());
                case Clsact _, Filter _ -> {} // without them, the daemon reaches everybody
            }
        }
        long failed = unreachable.stream().filter(key -> peers.get(key) != null).count();
        if (failed < unreachable.size()) {
            failed = peers.leases().stream()
                    .filter(lease -> isAmong(unreachable, lease))
                    .count();
        }
        return new Reachability(peers.leases().size(), (int) failed, unreachable, basis);
    }

    /// @param hosts that the kernel has no way to
    static String unreachable(List<Ip> hosts) {
        return hosts.isEmpty()
                ? ""
                : "the kernel has no way to the hosts of other nodes: %s%s"
                        .formatted(hosts.getFirst(), hosts.size() == 1 ? "" : ", and " + (hosts.size() - 1) + " more");
    }

    boolean lacks(Lease lease) {
        return isAmong(unreachable, lease);
    }

    private static boolean isAmong(Set<Object> unreachable, Lease lease) {
        return unreachable.contains(lease.key())
                || lease.cidrs().stream()
                        .anyMatch(cidr -> unreachable.contains(cidr) || unreachable.contains(cidr.address()));
    }

    /// Shows what the kernel refused and whom this node ignores: how many, the first of them, and why.
    void show(Map<Object, String> ignored, Outcome outcome, UnaryOperator<String> names, Board board) {
        String refused = outcome.refused().isEmpty()
                ? ""
                : names.apply("%d refused, the first: %s"
                        .formatted(
                                outcome.refused().size(),
                                outcome.refused().getFirst().getMessage()));
        boolean serious = basis || failed == peers && !outcome.lacking().isEmpty();
        board.set(Condition.KERNEL_REFUSES, serious ? refused : "");
        board.set(Condition.PEERS_REFUSED, serious ? "" : refused);
        board.set(
                Condition.PEERS_IGNORED,
                ignored.entrySet().stream()
                        .map(entry -> PeerLog.words(entry.getKey()) + ": " + entry.getValue())
                        .min(String::compareTo)
                        .map(first -> ignored.size() == 1 ? first : ignored.size() + " of them, such as " + first)
                        .orElse(""));
    }
}
