package jflannel.backend;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.Route;

/// Which hosts are on one of the node's own links: those whose best route has no gateway.
public final class DirectLinks {
    private final Map<Cidr, Route> best = new HashMap<>();

    /// @param routes the kernel's main table. A route with several next hops reads as one without gateway and
    /// interface,
    ///     and leads to no link
    public DirectLinks(List<Route> routes) {
        for (Route route : routes) {
            if (route.protocol() != Route.OURS) {
                best.merge(route.destination(), route, DirectLinks::better);
            }
        }
    }

    private static Route better(Route one, Route other) {
        return Integer.compareUnsigned(one.metric(), other.metric()) <= 0 ? one : other;
    }

    /// The index of the interface, if the host is on its link.
    public Optional<Integer> to(Ip host) {
        for (int length = host.family().bits(); length >= 0; length--) {
            Route route = best.get(new Cidr(host, length));
            if (route != null) {
                return route.gateway() == null && route.ifIndex() != 0 && route.type() == Route.UNICAST
                        ? Optional.of(route.ifIndex())
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }
}
