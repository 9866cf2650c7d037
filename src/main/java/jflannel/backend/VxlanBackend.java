package jflannel.backend;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.Device;
import jflannel.kernel.Encap;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Neighbor;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.kernel.TunnelPackets;
import jflannel.kernel.Vxlan;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.names.Names;
import jflannel.underlay.PeerPath;
import jflannel.underlay.Underlay;

/// Wraps pods' frames in UDP, all of it in the kernel: no packet enters this process.
///
/// A node publishes its subnet, its public address and the MAC address of its vxlan device (VTEP). Every other node
/// then makes three entries for it, in advance, so that the kernel never has to ask who lives where:
///
///     10.5.2.0/24 via 10.5.2.0 dev flannel.1 onlink      route: pods of that node are behind its VTEP
///     10.5.2.0 lladdr 82:4b:b6:2f:54:4e                   neighbor: the VTEP's address has this MAC
///     82:4b:b6:2f:54:4e dst 192.0.2.2                     fdb: frames for this MAC travel to that host
///
/// The first flannel answered the kernel's L3-miss and L2-miss requests on demand, and lost the packets that caused
/// them. Entries made in advance cost memory in proportion to the nodes (not the pods), and lose nothing.
///
/// With External, routes carry the tunnel's end, and there is no fdb; what travels between nodes is the same:
///
///     10.5.2.0/24 encap ip id 1 src 192.0.2.1 dst 192.0.2.2 via 10.5.2.0 dev flannel.1 onlink
///     10.5.2.0 lladdr 82:4b:b6:2f:54:4e                   neighbor: as above, for the node's kernel looks at the
///     MAC
///
/// With DirectRouting, peers on one link with this node get a plain route to their host instead.
final class VxlanBackend implements Backend {
    private final NetworkConfig config;
    private final Underlay underlay;
    private final VxlanOptions options;
    private final VxlanDevices devices;

    /// @param links the kernel's devices: one of this name keeps its MAC address
    /// @param before what this node announced when it ran before: its peers know those MAC addresses
    VxlanBackend(
            NetworkConfig config, Names names, Underlay underlay, List<Link> links, Optional<Announcement> before) {
        this.config = config;
        this.underlay = underlay;
        this.options = VxlanOptions.of(config);
        Set<Family> families = EnumSet.copyOf(config.pools().keySet());
        this.devices = new VxlanDevices(families, options, names, underlay, links, before);
        TunnelMtu.require(mtu(), config, underlay);
    }

    @Override
    public Announcement announcement() {
        Map<Family, String> data = new EnumMap<>(Family.class);
        for (Family family : config.pools().keySet()) {
            data.put(
                    family,
                    new VtepData(
                                    OptionalInt.of(options.vni()),
                                    devices.of(family).mac())
                            .json());
        }
        return new Announcement(underlay.publicIps(), config.type().title(), data);
    }

    @Override
    public int mtu() {
        return devices.all().stream().mapToInt(Device::mtu).min().orElseThrow();
    }

    @Override
    public List<Device> devices() {
        return devices.all();
    }

    @Override
    public List<KernelObject> objects(Lease own, KernelFacts kernel) {
        List<KernelObject> objects = new ArrayList<>();
        for (LeasedSubnet subnet : own.subnets()) {
            Family family = subnet.cidr().family();
            objects.add(new Address(index(family, kernel), subnet.cidr().address(), family.bits()));
        }
        return objects;
    }

    @Override
    public Reach reach(LeasedSubnet peer, Lease own, KernelFacts kernel) {
        List<KernelObject> entries = new ArrayList<>(entries(peer, kernel));
        entries.addAll(kernel.gateways().before(entries));
        return new Reach(entries, Optional.empty());
    }

    @Override
    public boolean asksForPaths() {
        return true;
    }

    private int index(Family family, KernelFacts kernel) {
        return kernel.devices().get(devices.of(family).name());
    }

    /// The entries for a peer's subnet.
    ///
    /// @throws IllegalArgumentException if what it published is unusable
    private List<KernelObject> entries(LeasedSubnet peer, KernelFacts kernel) {
        Device device = devices.of(peer.cidr().family());
        Vxlan vxlan = VxlanDevices.vxlan(device);
        if (vxlan.local() != null && vxlan.local().family() != peer.publicIp().family()) {
            throw new IllegalArgumentException(
                    device.name() + " sends from " + vxlan.local() + ", which is of the other family");
        }
        Optional<PeerPath> path = kernel.path(peer.publicIp());
        Optional<PeerPath> direct = path.filter(it -> options.directRouting() && it.isDirect());
        if (direct.isPresent()) {
            int limit = direct.get().mtu() < underlay.mtu() ? direct.get().mtu() : 0;
            return List.of(
                    Route.via(peer.cidr(), peer.publicIp(), direct.get().link().index(), false)
                            .withMtu(limit));
        }
        VtepData vtep = VtepData.parse(peer.backendData() == null ? "{}" : peer.backendData());
        if (vtep.vni().isPresent() && vtep.vni().getAsInt() != options.vni()) {
            throw new IllegalArgumentException(
                    "its VNI is %d, and this node's is %d".formatted(vtep.vni().getAsInt(), options.vni()));
        }
        int index = index(peer.cidr().family(), kernel);
        Ip gateway = peer.cidr().address();
        Neighbor neighbor = Neighbor.permanent(index, gateway, vtep.mac());
        return vxlan.external()
                ? List.of(neighbor, intoTunnel(peer, index, kernel))
                : List.of(
                        neighbor,
                        Neighbor.forwarding(index, vtep.mac(), peer.publicIp()),
                        Route.via(peer.cidr(), gateway, index, true).withMtu(limit(path, peer)));
    }

    private Route intoTunnel(LeasedSubnet peer, int index, KernelFacts kernel) {
        Ip source = underlay.publicIps().get(peer.publicIp().family());
        Encap encap = Encap.vxlan(options.vni(), source, peer.publicIp());
        return Route.into(encap, peer.cidr(), peer.cidr().address(), index, RouteMetric.of(peer.cidr()))
                .withMtu(limit(kernel.path(peer.publicIp()), peer));
    }

    /// What fits through the tunnel to a peer, if that is less than the device carries; else 0.
    private int limit(Optional<PeerPath> path, LeasedSubnet peer) {
        int whole = devices.of(peer.cidr().family()).mtu();
        return path.map(it -> it.mtu() - VxlanDevices.overhead(peer.publicIp().family()))
                .filter(mtu -> mtu > 0 && mtu < whole)
                .orElse(0);
    }

    /// Everything on our devices except what the kernel puts there by itself, and our routes past them.
    @Override
    public Ownership ownership(KernelFacts kernel) {
        Set<Integer> indexes = new HashSet<>(kernel.devices().values());
        Predicate<Route> pastThem = GatewayRoutes.ours(config, kernel::underlay, options.directRouting());
        return Ownership.of(
                indexes,
                route -> indexes.contains(route.ifIndex()) && route.protocol() != Route.KERNEL || pastThem.test(route));
    }

    @Override
    public Optional<Tunnel> tunnel() {
        Map<Family, String> byFamily = new EnumMap<>(Family.class);
        config.pools()
                .keySet()
                .forEach(family -> byFamily.put(family, devices.of(family).name()));
        return Optional.of(
                new Tunnel(new TunnelPackets.Vxlan(options.port(), options.vni()), byFamily, !options.directRouting()));
    }

    @Override
    public Set<String> deviceNames() {
        return devices.all().stream().map(Device::name).collect(Collectors.toSet());
    }
}
