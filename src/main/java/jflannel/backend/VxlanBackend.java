package jflannel.backend;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.Encap;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Neighbor;
import jflannel.kernel.Outcome;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.underlay.Underlay;

/// Wraps pods' frames into UDP, all of it in the kernel: no packet enters this process.
///
/// A node publishes its subnet, its public address and the MAC address of its vxlan device (VTEP). Every other node
/// then makes three entries for it, ahead of need, so that the kernel never has to ask who lives where:
///
///     10.5.2.0/24 via 10.5.2.0 dev flannel.1 onlink      route: pods of that node are behind its VTEP
///     10.5.2.0 lladdr 82:4b:b6:2f:54:4e                   neighbor: the VTEP's address has this MAC
///     82:4b:b6:2f:54:4e dst 192.0.2.2                     fdb: frames for this MAC travel to that host
///
/// The first flannel answered the kernel's L3-miss and L2-miss questions one by one, on demand, and lost the packets
/// that raised them; entries made ahead cost memory in proportion to the nodes (not the pods), and no packet.
///
/// With External, routes carry the tunnel's end, and there is no fdb; what travels between nodes is the same:
///
///     10.5.2.0/24 encap ip id 1 src 192.0.2.1 dst 192.0.2.2 via 10.5.2.0 dev flannel.1 onlink
///     10.5.2.0 lladdr 82:4b:b6:2f:54:4e                   neighbor: as above, for the node's kernel looks at the MAC
///
/// With DirectRouting, peers on one link with this node get a plain route to their host instead.
final class VxlanBackend implements Backend {
    static final String TYPE = "vxlan";
    static final int MAX_VNI = (1 << 24) - 1;

    private final NetworkConfig config;
    private final Underlay underlay;
    private final Kernel kernel;
    private final List<VxlanDevice> devices;
    private final boolean directRouting;
    private final Complaints complaints = new Complaints(System.getLogger(VxlanBackend.class.getName()));
    private final PeerSubnets peerSubnets;
    private final Optional<Announcement> before;
    private Optional<Tunnel> tunnel = Optional.empty();

    VxlanBackend(NetworkConfig config, Underlay underlay, Kernel kernel) {
        this(config, underlay, kernel, Optional.empty());
    }

    /// @param before what this node announced when it ran before: its peers know those MAC addresses
    VxlanBackend(NetworkConfig config, Underlay underlay, Kernel kernel, Optional<Announcement> before) {
        this.before = before;
        this.config = config;
        this.underlay = underlay;
        this.kernel = kernel;
        this.directRouting = config.backend().bool("DirectRouting", false);
        this.devices = VxlanDevice.all(EnumSet.copyOf(config.pools().keySet()), config.backend(), underlay, kernel);
        this.peerSubnets = new PeerSubnets(config, underlay, TYPE, complaints);
    }

    @Override
    public Announcement announce() throws IOException {
        Link external = underlay.link(kernel);
        Map<Family, String> data = new EnumMap<>(Family.class);
        for (VxlanDevice device : devices) {
            Family first = device.families().iterator().next();
            String announced = device.announce(external, before.flatMap(it -> it.backendData(first)));
            device.families().forEach(family -> data.put(family, announced));
        }
        return new Announcement(underlay.publicIps(), TYPE, data);
    }

    @Override
    public int mtu() {
        return devices.stream().mapToInt(VxlanDevice::mtu).min().orElseThrow();
    }

    @Override
    public Outcome reconcile(Lease own, Peers peers) throws IOException {
        Link external = underlay.link(kernel);
        Map<Family, Link> links = links(external);
        tunnel = Optional.of(tunnel(links));
        List<KernelObject> desired = new ArrayList<>(reachingAll(own, peers, links));
        links.forEach((family, link) -> own.subnet(family).ifPresent(subnet -> desired.add(address(link, subnet))));
        complaints.endOfRound();
        return kernel.converge(ours(links, external), desired);
    }

    @Override
    public Outcome welcome(Lease own, Peers newcomers) throws IOException {
        return kernel.add(reachingAll(own, newcomers, links(underlay.link(kernel))));
    }

    /// The devices as they should be.
    private Map<Family, Link> links(Link external) throws IOException {
        Map<Family, Link> links = new EnumMap<>(Family.class);
        for (VxlanDevice device : devices) {
            Link link = device.ensure(external);
            device.families().forEach(family -> links.put(family, link));
        }
        return links;
    }

    private List<KernelObject> reachingAll(Lease own, Peers peers, Map<Family, Link> links) throws IOException {
        List<Route> routes = directRouting ? kernel.routes() : List.of();
        Map<Object, LeasedSubnet> holders = new HashMap<>();
        List<KernelObject> desired = new ArrayList<>();
        for (LeasedSubnet peer : peerSubnets.of(peers, own)) {
            List<KernelObject> entries = reaching(peer, links.get(peer.cidr().family()), routes);
            if (claim(entries, peer, holders)) {
                desired.addAll(entries);
            }
        }
        return desired;
    }

    /// Makes `peer` the holder of its entries' places, unless another holds one of them. Two peers with one MAC
    /// address cannot both be reached, and must not undo each other for ever.
    private boolean claim(List<KernelObject> entries, LeasedSubnet peer, Map<Object, LeasedSubnet> holders) {
        for (KernelObject entry : entries) {
            LeasedSubnet holder = holders.putIfAbsent(entry.key(), peer);
            if (holder != null && holder != peer) {
                String what = entry instanceof Neighbor neighbor && neighbor.forwarding()
                        ? "MAC address " + neighbor.mac()
                        : "place";
                ignore(peer, "its %s is already that of %s at %s".formatted(what, holder.cidr(), holder.publicIp()));
                return false;
            }
        }
        return true;
    }

    /// The entries for a peer's subnet; none if what it published makes no sense.
    private List<KernelObject> reaching(LeasedSubnet peer, Link link, List<Route> routes) {
        Ip local = link.vxlan().local();
        if (local != null && local.family() != peer.publicIp().family()) {
            ignore(peer, link.name() + " sends from " + local + ", which is of the other family");
            return List.of();
        }
        Optional<Integer> direct =
                directRouting ? GatewayRoutes.directInterface(routes, peer.publicIp()) : Optional.empty();
        if (direct.isPresent()) {
            return List.of(Route.via(peer.cidr(), peer.publicIp(), direct.get(), false));
        }
        try {
            VtepData vtep = VtepData.parse(peer.backendData() == null ? "{}" : peer.backendData());
            Ip gateway = peer.cidr().address();
            Neighbor neighbor = Neighbor.permanent(link.index(), gateway, vtep.mac());
            return link.vxlan().external()
                    ? List.of(neighbor, intoTunnel(peer, link))
                    : List.of(
                            neighbor,
                            Neighbor.forwarding(link.index(), vtep.mac(), peer.publicIp()),
                            Route.via(peer.cidr(), gateway, link.index(), true));
        } catch (RuntimeException e) {
            ignore(peer, e.getMessage());
            return List.of();
        }
    }

    private Route intoTunnel(LeasedSubnet peer, Link link) {
        Ip source = underlay.publicIps().get(peer.publicIp().family());
        Encap encap = Encap.vxlan(devices.getFirst().vni(), source, peer.publicIp());
        return Route.into(encap, peer.cidr(), peer.cidr().address(), link.index(), metric(peer.cidr()));
    }

    /// The number of the subnet, because one metric for all would be slow. The kernel hashes the next hops of IPv4
    /// routes by a few properties, of which only the metric differs between these (fib_info_hash_bucket in
    /// net/ipv4/fib_semantics.c): with one for all, each new route is compared with all others, and 50,000 of them
    /// take minutes. There is one such route to a subnet, so its metric decides nothing else.
    private static int metric(Cidr subnet) {
        return subnet.family() == Family.IPV4
                ? ByteBuffer.wrap(subnet.address().bytes()).getInt()
                        >>> subnet.family().bits() - subnet.length()
                : 0;
    }

    private void ignore(LeasedSubnet peer, String reason) {
        complaints.about(peer.cidr(), "ignoring %s at %s: %s".formatted(peer.cidr(), peer.publicIp(), reason));
    }

    private static Address address(Link link, LeasedSubnet own) {
        return new Address(
                link.index(), own.cidr().address(), own.cidr().family().bits());
    }

    /// Everything on our devices but what the kernel puts there by itself, and our routes past them.
    private Ownership ours(Map<Family, Link> links, Link external) {
        Set<Integer> indexes = links.values().stream().map(Link::index).collect(Collectors.toSet());
        Predicate<Route> pastThem = GatewayRoutes.ours(config, external.index(), directRouting);
        return Ownership.of(
                indexes,
                route -> indexes.contains(route.ifIndex()) && route.protocol() != Route.KERNEL || pastThem.test(route));
    }

    private Tunnel tunnel(Map<Family, Link> links) {
        Link any = links.values().iterator().next(); // they have one port and network identifier
        Map<Family, String> names = new EnumMap<>(Family.class);
        links.forEach((family, link) -> names.put(family, link.name()));
        return new Tunnel(any.vxlan().port(), devices.getFirst().vni(), names, !directRouting);
    }

    @Override
    public Optional<Tunnel> tunnel() {
        return tunnel;
    }

    @Override
    public Set<Object> ignored() {
        return complaints.subjects();
    }

    @Override
    public Set<String> devices() {
        return devices.stream().map(VxlanDevice::name).collect(Collectors.toSet());
    }

    @Override
    public void close() {}
}
