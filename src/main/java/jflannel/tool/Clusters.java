package jflannel.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.control.Overlay;
import jflannel.inspect.Glimpse;
import jflannel.inspect.Inspection;
import jflannel.inspect.KnownLeases;
import jflannel.inspect.Wanted;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.trace.Cluster;

/// What an inspection of this node says about the cluster.
public final class Clusters {
    private Clusters() {}

    public static Cluster of(Inspection seen) {
        return of(seen, seen.wanted(), seen.comparison().words());
    }

    /// What there is to know about a few addresses.
    public static Cluster of(Glimpse glimpse) {
        return of(glimpse.seen(), glimpse.wanted(), "");
    }

    private static Cluster of(Inspection seen, Wanted wanted, String uncompared) {
        Optional<KnownLeases> leases = seen.leases().value();
        Optional<Overlay> overlay = seen.overlay().value();
        Optional<Lease> own = seen.own().value();
        int port = overlay.isPresent() && own.isPresent()
                ? overlay.get().backend().port(own.get()).orElse(0)
                : 0;
        return new Cluster(
                seen.network().value().map(NetworkConfig::networks).orElse(Map.of()),
                own.map(Lease::subnets).orElse(List.of()),
                leases.map(known -> peers(known, wanted)).orElse(List.of()),
                wanted.base(),
                port,
                seen.flannel().process().isPresent(),
                leases.isPresent() ? "" : seen.leases().words(),
                leases.isPresent() && wanted == Wanted.NOTHING ? uncompared : "");
    }

    private static List<Cluster.Peer> peers(KnownLeases known, Wanted wanted) {
        Set<Lease> held = known.held();
        List<Cluster.Peer> peers = new ArrayList<>(known.peers().size());
        for (Lease lease : known.peers()) {
            Wanted.Peer peer = wanted.peer(lease.key());
            peers.addAll(Cluster.Peer.of(lease, held.contains(lease), peer.ignored(), peer.objects()));
        }
        return peers;
    }
}
