package jflannel.backend;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import jflannel.ip.Ip;
import jflannel.kernel.Route;
import jflannel.lease.NetworkConfig;

/// Routes to peers' subnets with the peer's host as the next hop, and no tunnel.
final class GatewayRoutes {
    private GatewayRoutes() {}

    /// Which routes out of the external interface may be deleted: those marked as ours, and those that Go flannel left,
    /// which bear no mark but lead to a destination that only a lease has.
    ///
    /// @param external index of the external interface
    /// @param adopt also claim Go flannel's; false where Go flannel would not have made such routes
    static Predicate<Route> ours(NetworkConfig config, int external, boolean adopt) {
        return marked(config)
                .or(route -> adopt
                        && isGateway(config, route)
                        && route.protocol() == Route.BOOT
                        && route.ifIndex() == external
                        && PeerSubnets.isLeaseShaped(config, route.destination()));
    }

    /// The routes marked as ours, out of whatever interface: a backend without such routes may find those of another,
    /// which ran before the configuration was changed.
    static Predicate<Route> marked(NetworkConfig config) {
        return route -> isGateway(config, route) && route.protocol() == Route.OURS;
    }

    /// How hosts on the node's own links are reached: the interface, if the kernel's best route has no gateway. A route
    /// with several next hops reads as one without gateway and interface, and leads to no link.
    ///
    /// @param routes the kernel's main table
    static Optional<Integer> directInterface(List<Route> routes, Ip host) {
        Route best = null;
        for (Route route : routes) {
            if (route.protocol() != Route.OURS
                    && route.destination().contains(host)
                    && (best == null || isBetter(route, best))) {
                best = route;
            }
        }
        return Optional.ofNullable(best)
                .filter(route -> route.gateway() == null && route.ifIndex() != 0 && route.type() == Route.UNICAST)
                .map(Route::ifIndex);
    }

    private static boolean isBetter(Route route, Route than) {
        int longer = route.destination().length() - than.destination().length();
        return longer > 0 || longer == 0 && route.metric() < than.metric();
    }

    private static boolean isGateway(NetworkConfig config, Route route) {
        return route.type() == Route.UNICAST && route.gateway() != null && inNetwork(config, route);
    }

    private static boolean inNetwork(NetworkConfig config, Route route) {
        return config.pool(route.destination().family())
                .filter(pool -> pool.network().contains(route.destination()))
                .isPresent();
    }
}
