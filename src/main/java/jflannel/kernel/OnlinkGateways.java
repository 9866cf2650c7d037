package jflannel.kernel;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Routes to gateways that must be there before the routes through them.
///
/// An IPv6 gateway may be taken to be on a device's link only if no route leads to it by another device, except the
/// default route: ip6_route_check_nh_onlink in net/ipv6/route.c, "Nexthop has invalid gateway or device mismatch". The
/// gateways to peers are addresses of pods, and a site may route all of `fd00::/8` to a router, or have its pods within
/// the network of a link. A route to the gateway alone, out of the device, is longer than any of these.
///
/// @param foreign IPv6 networks that have routes by other devices
public record OnlinkGateways(Set<Cidr> foreign) {
    public static final OnlinkGateways NONE = new OnlinkGateways(Set.of());

    public OnlinkGateways {
        foreign = Set.copyOf(foreign);
    }

    /// @param networks where pods live
    /// @param own indexes of this program's devices
    public static OnlinkGateways read(Kernel kernel, Collection<Cidr> networks, Set<Integer> own) throws IOException {
        List<FibRoute> covering = kernel.fib(route -> route.table() == FibRoute.MAIN
                && route.destination().family() == Family.IPV6
                && route.destination().length() > 0
                && route.type() == Route.UNICAST
                && route.nextHops().stream().noneMatch(hop -> own.contains(hop.ifIndex()))
                && networks.stream().anyMatch(route.destination()::overlaps));
        return new OnlinkGateways(covering.stream().map(FibRoute::destination).collect(Collectors.toSet()));
    }

    /// The routes that these need.
    public List<Route> before(Collection<? extends KernelObject> objects) {
        List<Route> needed = new ArrayList<>();
        for (KernelObject object : objects) {
            if (object instanceof Route route && route.onlink() && isCovered(route.gateway())) {
                needed.add(Route.through(Cidr.host(route.gateway()), route.ifIndex()));
            }
        }
        return needed;
    }

    private boolean isCovered(Ip gateway) {
        return foreign.stream().anyMatch(network -> network.contains(gateway));
    }
}
