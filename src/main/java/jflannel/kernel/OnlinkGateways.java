package jflannel.kernel;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Routes to gateways, which must exist before the routes through them.
///
/// An IPv6 gateway may be taken to be on a device's link only if no route leads to it by another device, except the
/// default route: ip6_route_check_nh_onlink in net/ipv6/route.c, "Nexthop has invalid gateway or device mismatch".
/// The gateways to peers are addresses of pods, and a site may route all of `fd00::/8` to a router, or have its pods
/// within the network of a link. A route to the gateway alone, out of the device, is longer than any of these.
///
/// @param foreign IPv6 networks that have routes by other devices
public record OnlinkGateways(Set<Cidr> foreign) {
    public static final OnlinkGateways NONE = new OnlinkGateways(Set.of());

    public OnlinkGateways {
        foreign = Set.copyOf(foreign);
    }

    /// @param prefixes of both families, that have routes by other devices in the main table
    public static OnlinkGateways beside(Collection<Cidr> prefixes) {
        return new OnlinkGateways(prefixes.stream()
                .filter(prefix -> prefix.family() == Family.IPV6 && prefix.length() > 0)
                .collect(Collectors.toSet()));
    }

    /// The routes that these need.
    public List<Route> before(Collection<? extends KernelObject> objects) {
        return objects.stream()
                .flatMap(object -> object instanceof Route route ? Stream.of(route) : Stream.empty())
                .filter(route -> route.onlink() && isCovered(route.gateway()))
                .map(route -> Route.through(Cidr.host(route.gateway()), route.ifIndex()))
                .toList();
    }

    private boolean isCovered(Ip gateway) {
        return foreign.stream().anyMatch(network -> network.contains(gateway));
    }
}
