package jflannel.control;

import java.io.IOException;
import java.util.List;
import jflannel.kernel.Kernel;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.lease.Lease;

/// Keeps a route that swallows packets for this node's own pods when no bridge serves them. Without it such packets
/// take the default route, and two hosts may throw them back and forth.
final class BlackholeRoutes {
    /// Last of all routes: the bridge's own route to the same subnet must win while it is there.
    private static final int METRIC = 65535;

    private final Kernel kernel;
    private final boolean wanted;
    private boolean removed;

    /// @param wanted false to make none, and to remove those of an earlier run
    BlackholeRoutes(Kernel kernel, boolean wanted) {
        this.kernel = kernel;
        this.wanted = wanted;
    }

    /// @param mayRemove false until the store has named all leases
    void converge(Overlay overlay, Lease own, boolean mayRemove) throws IOException {
        if (!wanted && (removed || !mayRemove)) {
            return;
        }
        List<Route> desired = wanted
                ? own.cidrs().stream()
                        .map(cidr -> new Route(cidr, null, 0, false, Route.OURS, METRIC, Route.BLACKHOLE))
                        .toList()
                : List.of();
        kernel.converge(Ownership.ofRoutes(route -> isOne(route) && isIn(overlay, route)), desired);
        removed = !wanted;
    }

    /// Another network's on the same host are not this one's.
    private static boolean isIn(Overlay overlay, Route route) {
        return overlay.footprint().networks().stream().anyMatch(network -> network.contains(route.destination()));
    }

    /// True for a route that this class makes, for whatever network.
    private static boolean isOne(Route route) {
        return route.type() == Route.BLACKHOLE && route.protocol() == Route.OURS;
    }
}
