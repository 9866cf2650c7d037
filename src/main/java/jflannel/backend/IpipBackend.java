package jflannel.backend;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.Device;
import jflannel.kernel.Encap;
import jflannel.kernel.IpTunnel;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.kernel.TunnelPackets;
import jflannel.lease.Announcement;
import jflannel.lease.IpipKeys;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.names.Names;
import jflannel.underlay.PeerPath;
import jflannel.underlay.Underlay;
import jflannel.underlay.Uplink;

/// Puts pods' packets into IP packets, with nothing but a second IP header, all of it in the kernel. The smallest
/// tunnel there is, for networks that let the protocols 4 and 41 through.
///
/// A peer is one route, which says where the outer packet goes. Inside IPv4 its gateway does, and for IPv6 pods the
/// gateway is an address of `::/96`, in which RFC 4213 puts IPv4 addresses:
///
///     10.5.2.0/24 via 192.0.2.2 dev flannel.ipip onlink
///     fd05:0:0:2::/64 via ::192.0.2.2 dev flannel-v6.ipip onlink
///
/// The kernel accepts no IPv6 gateway that is on the link of another device. So inside IPv6 the route carries the
/// tunnel's end itself, and one external device serves both families:
///
///     10.5.2.0/24 encap ip6 src 2001:db8::1 dst 2001:db8::2 dev flannel.ipip
///
/// With DirectRouting, peers on one link with this node get a plain route to their host instead.
final class IpipBackend implements Backend {
    private final NetworkConfig config;
    private final Underlay underlay;
    private final boolean directRouting;
    private final Map<Family, Device> devices = new EnumMap<>(Family.class);

    IpipBackend(NetworkConfig config, Names names, Underlay underlay) {
        this.config = config;
        this.underlay = underlay;
        this.directRouting = config.option(IpipKeys.DIRECT_ROUTING);
        for (Family inner : config.pools().keySet().stream().sorted().toList()) {
            devices.put(inner, device(inner, names));
        }
        TunnelMtu.require(mtu(), config, underlay);
    }

    /// The device for the pods of a family; that of the other family if that one carries both.
    private Device device(Family inner, Names names) {
        Uplink uplink = uplink(inner);
        int mtu = uplink.mtu() - overhead(outer(uplink));
        if (outer(uplink) == Family.IPV4) {
            return new Device(names.ipip(inner), IpTunnel.inIpv4(inner, uplink.address()), null, mtu);
        }
        return devices.values().stream()
                .filter(other -> other.kind().equals(IpTunnel.inIpv6()))
                .findFirst()
                .orElseGet(() -> new Device(names.ipip(inner), IpTunnel.inIpv6(), null, mtu));
    }

    /// True if a device of this name and kind was made by an earlier run.
    static boolean isOwn(Link link, Names names) {
        return link.properties() instanceof IpTunnel
                && Stream.of(Family.values()).map(names::ipip).anyMatch(link.name()::equals);
    }

    private Uplink uplink(Family inner) {
        return underlay.uplink(inner)
                .orElseGet(() -> underlay.uplinks().values().iterator().next());
    }

    private static Family outer(Uplink uplink) {
        return uplink.publicIp().family();
    }

    /// What the tunnel adds to a packet, in bytes.
    private static int overhead(Family outer) {
        return outer.headerBytes();
    }

    @Override
    public Announcement announcement() {
        return new Announcement(underlay.publicIps(), config.type().title(), Map.of());
    }

    @Override
    public int mtu() {
        return devices.values().stream().mapToInt(Device::mtu).min().orElseThrow();
    }

    @Override
    public List<Device> devices() {
        return List.copyOf(new LinkedHashSet<>(devices.values()));
    }

    @Override
    public List<KernelObject> objects(Lease own, KernelFacts kernel) {
        List<KernelObject> objects = new ArrayList<>();
        for (LeasedSubnet subnet : own.subnets()) {
            Family inner = subnet.cidr().family();
            objects.add(new Address(index(inner, kernel), subnet.cidr().address(), inner.bits()));
        }
        return objects;
    }

    private int index(Family inner, KernelFacts kernel) {
        return kernel.devices().get(devices.get(inner).name());
    }

    @Override
    public boolean asksForPaths() {
        return true;
    }

    @Override
    public Reach reach(LeasedSubnet peer, Lease own, KernelFacts kernel) {
        List<KernelObject> routes = new ArrayList<>(List.of(route(peer, kernel)));
        routes.addAll(kernel.gateways().before(routes));
        return new Reach(routes, Optional.empty());
    }

    private Route route(LeasedSubnet peer, KernelFacts kernel) {
        Family inner = peer.cidr().family();
        Ip host = peer.publicIp();
        Uplink uplink = uplink(inner);
        if (outer(uplink) != host.family()) {
            throw new IllegalArgumentException("%s sends from %s, which is of the other family than %s"
                    .formatted(devices.get(inner).name(), uplink.publicIp(), host));
        }
        Optional<PeerPath> path = kernel.path(host);
        Optional<PeerPath> direct = path.filter(it -> directRouting && it.isDirect())
                .filter(_ -> inner == Family.IPV4 || host.family() == Family.IPV6);
        if (direct.isPresent()) {
            int limit = direct.get().mtu() < underlay.mtu() ? direct.get().mtu() : 0;
            return Route.via(peer.cidr(), host, direct.get().link().index(), false)
                    .withMtu(limit);
        }
        return intoTunnel(peer.cidr(), host, uplink, index(inner, kernel)).withMtu(limit(path, inner, host));
    }

    private static Route intoTunnel(Cidr subnet, Ip host, Uplink uplink, int index) {
        if (host.family() == Family.IPV6) {
            Encap encap = Encap.inIpv6(uplink.publicIp(), host);
            return Route.into(encap, subnet, index, RouteMetric.of(subnet));
        }
        return Route.via(subnet, subnet.family() == Family.IPV4 ? host : IpTunnel.gatewayTo(host), index, true);
    }

    /// What fits through the tunnel to a peer, if that is less than the device carries; else 0.
    private int limit(Optional<PeerPath> path, Family inner, Ip host) {
        int whole = devices.get(inner).mtu();
        return path.map(it -> it.mtu() - overhead(host.family()))
                .filter(mtu -> mtu > 0 && mtu < whole)
                .orElse(0);
    }

    /// Everything on our devices except what the kernel puts there by itself, and our routes past them.
    @Override
    public Ownership ownership(KernelFacts kernel) {
        Set<Integer> indexes = new HashSet<>(kernel.devices().values());
        Predicate<Route> pastThem = GatewayRoutes.ours(config, kernel::underlay, directRouting);
        return Ownership.of(
                indexes,
                route -> indexes.contains(route.ifIndex()) && route.protocol() != Route.KERNEL || pastThem.test(route));
    }

    @Override
    public Optional<Tunnel> tunnel() {
        Map<Family, String> names = new EnumMap<>(Family.class);
        devices.forEach((inner, device) -> names.put(inner, device.name()));
        Set<Integer> protocols = devices.keySet().stream().map(Family::protocol).collect(Collectors.toSet());
        return Optional.of(new Tunnel(new TunnelPackets.InIp(protocols), names, !directRouting));
    }

    @Override
    public Set<String> deviceNames() {
        return devices.values().stream().map(Device::name).collect(Collectors.toSet());
    }
}
