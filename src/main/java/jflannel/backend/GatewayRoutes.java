package jflannel.backend;

import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import jflannel.ip.Family;
import jflannel.kernel.Route;
import jflannel.lease.NetworkConfig;

/// Routes to peers' subnets with the peer's host as the next hop, and no tunnel.
final class GatewayRoutes {
    private GatewayRoutes() {}

    /// Which routes out of the external interface may be deleted: those marked as ours, and those that Go flannel
    /// left, which have no mark but lead to a destination that only a lease has.
    ///
    /// @param external index of the external interface of a family
    /// @param adopt also claim Go flannel's; false where Go flannel would not have made such routes
    static Predicate<Route> ours(NetworkConfig config, ToIntFunction<Family> external, boolean adopt) {
        return marked(config)
                .or(route -> adopt
                        && isGateway(config, route)
                        && route.protocol() == Route.BOOT
                        && route.ifIndex()
                                == external.applyAsInt(route.destination().family())
                        && PeerSubnets.isLeaseShaped(config, route.destination()));
    }

    /// The routes marked as ours, out of any interface: a backend without such routes may find those of another one,
    /// which ran before the configuration changed.
    static Predicate<Route> marked(NetworkConfig config) {
        return route -> isGateway(config, route) && route.protocol() == Route.OURS;
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
