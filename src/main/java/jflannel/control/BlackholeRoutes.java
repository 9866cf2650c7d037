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

    /// @param wanted false to make none; those of an earlier run are among the [Remains]
    BlackholeRoutes(Kernel kernel, boolean wanted) {
        this.kernel = kernel;
        this.wanted = wanted;
    }

    void converge(Lease own) throws IOException {
        if (wanted) {
            List<Route> desired = own.cidrs().stream()
                    .map(cidr -> new Route(cidr, null, 0, false, Route.OURS, METRIC, Route.BLACKHOLE))
                    .toList();
            kernel.converge(Ownership.ofRoutes(BlackholeRoutes::isOne), desired);
        }
    }

    /// True for a route that this class makes.
    static boolean isOne(Route route) {
        return route.type() == Route.BLACKHOLE && route.protocol() == Route.OURS;
    }
}
