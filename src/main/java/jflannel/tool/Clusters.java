package jflannel.tool;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.control.Overlay;
import jflannel.inspect.Comparison;
import jflannel.inspect.Entry;
import jflannel.inspect.Inspection;
import jflannel.inspect.KnownLeases;
import jflannel.inspect.PeerState;
import jflannel.kernel.KernelObject;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.trace.Cluster;

/// What an inspection of this node says about the cluster.
public final class Clusters {
    private Clusters() {}

    public static Cluster of(Inspection seen) {
        Optional<KnownLeases> leases = seen.leases().value();
        Optional<Comparison> comparison = seen.comparison().value();
        Optional<Overlay> overlay = seen.overlay().value();
        Optional<Lease> own = seen.own().value();
        int port = overlay.isPresent() && own.isPresent()
                ? overlay.get().backend().port(own.get()).orElse(0)
                : 0;
        return new Cluster(
                seen.network().value().map(NetworkConfig::networks).orElse(Map.of()),
                own.map(Lease::subnets).orElse(List.of()),
                leases.map(known -> peers(known, comparison)).orElse(List.of()),
                comparison.map(it -> wanted(it.base())).orElse(List.of()),
                port,
                seen.flannel().process().isPresent(),
                leases.isPresent() ? "" : seen.leases().words(),
                leases.isPresent() && comparison.isEmpty() ? seen.comparison().words() : "");
    }

    private static List<Cluster.Peer> peers(KnownLeases known, Optional<Comparison> comparison) {
        Map<Object, PeerState> states = new HashMap<>();
        comparison.ifPresent(
                it -> it.peers().forEach(state -> states.put(state.lease().key(), state)));
        Set<Lease> held = known.held();
        List<Cluster.Peer> peers = new ArrayList<>(known.peers().size());
        for (Lease lease : known.peers()) {
            PeerState state = states.get(lease.key());
            Collection<KernelObject> wanted = state == null ? List.of() : wanted(state.entries());
            String ignored = state == null ? "" : state.ignored();
            peers.addAll(Cluster.Peer.of(lease, held.contains(lease), ignored, wanted));
        }
        return peers;
    }

    private static List<KernelObject> wanted(List<Entry> entries) {
        return entries.stream().map(Entry::wanted).toList();
    }
}
