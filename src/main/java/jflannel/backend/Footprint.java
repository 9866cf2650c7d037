package jflannel.backend;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Mac;
import jflannel.kernel.Address;
import jflannel.kernel.Device;
import jflannel.kernel.FibRoute;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Route;
import jflannel.kernel.RoutingRule;
import jflannel.kernel.XfrmPolicy;
import jflannel.lease.AddressPool;
import jflannel.lease.ConfigException;
import jflannel.lease.NetworkConfig;
import jflannel.names.Names;
import jflannel.underlay.Underlay;

/// What a network configuration leaves in the kernel, and what has to go when another one replaces it.
///
/// @param devices names of the backend's devices
/// @param networks of the pods, where the routes lead
public record Footprint(Set<String> devices, Set<Cidr> networks) {
    public static final Footprint NONE = new Footprint(Set.of(), Set.of());

    public Footprint {
        devices = Set.copyOf(devices);
        networks = Set.copyOf(networks);
    }

    public static Footprint of(NetworkConfig config, Backend backend) {
        return new Footprint(backend.deviceNames(), networks(config));
    }

    /// The same, for a configuration that another process used.
    public static Footprint of(NetworkConfig config, Names names, Underlay underlay, List<Link> links) {
        try {
            return of(config, Backends.create(config, names, underlay, links, Optional.empty()));
        } catch (ConfigException e) {
            return new Footprint(Set.of(), networks(config)); // such a backend cannot have run
        }
    }

    /// Devices of earlier runs that nobody remembers. They are known by addresses of this network on them, and by
    /// their names or MAC addresses: those follow from this node's address, or are what peers know this node by.
    ///
    /// @param present what this node uses now; a MAC address that peers know outlives a change of VNI
    public static Footprint abandoned(
            NetworkConfig config,
            Names names,
            Underlay underlay,
            List<Device> present,
            List<Link> links,
            List<InterfaceAddress> addresses) {
        Set<Mac> known =
                present.stream().map(Device::mac).filter(Objects::nonNull).collect(Collectors.toSet());
        Set<Integer> inNetwork = addresses.stream()
                .map(InterfaceAddress::address)
                .filter(address -> isIn(networks(config), Cidr.host(address.ip())))
                .map(Address::ifIndex)
                .collect(Collectors.toSet());
        Set<String> devices = links.stream()
                .filter(link -> inNetwork.contains(link.index()))
                .filter(link -> underlay.publicIps().entrySet().stream()
                                .anyMatch(ip -> VxlanDevices.isOwn(link, names, ip.getKey(), ip.getValue(), known))
                        || IpipBackend.isOwn(link, names))
                .map(Link::name)
                .collect(Collectors.toSet());
        return new Footprint(devices, Set.of());
    }

    private static Set<Cidr> networks(NetworkConfig config) {
        return config.pools().values().stream().map(AddressPool::network).collect(Collectors.toSet());
    }

    public Footprint and(Footprint other) {
        return new Footprint(union(devices, other.devices), union(networks, other.networks));
    }

    private static <T> Set<T> union(Set<T> some, Set<T> others) {
        Set<T> all = new HashSet<>(some);
        all.addAll(others);
        return all;
    }

    /// The devices of this one that the other does not use.
    public Set<String> devicesBeyond(Footprint other) {
        Set<String> beyond = new HashSet<>(devices);
        beyond.removeAll(other.devices);
        return beyond;
    }

    /// The routes of this one's networks that the other has no use for.
    Predicate<Route> routesBeyond(Footprint other) {
        return route -> route.protocol() == Route.OURS
                && isIn(networks, route.destination())
                && !isIn(other.networks, route.destination());
    }

    /// The same, of a rule.
    boolean ruleBeyond(Footprint other, RoutingRule rule) {
        return isOwn(rule) && !isIn(other.networks, rule.destination());
    }

    private boolean isOwn(RoutingRule rule) {
        return rule.protocol() == Route.OURS && isIn(networks, rule.destination());
    }

    /// True for what only [RouteTable] makes in these networks: rules, and routes of other tables than the main one.
    boolean ownsInTables(KernelObject object) {
        return switch (object) {
            case RoutingRule rule -> isOwn(rule);
            case Route route ->
                route.table() != FibRoute.MAIN && route.protocol() == Route.OURS && isIn(networks, route.destination());
            default -> false;
        };
    }

    /// True for an IPsec policy of flannel's between pods of these networks: Go flannel's too.
    public boolean owns(XfrmPolicy policy) {
        return IpsecBackend.isOurs(policy, networks);
    }

    private static boolean isIn(Set<Cidr> networks, Cidr destination) {
        return networks.stream().anyMatch(network -> network.contains(destination));
    }
}
