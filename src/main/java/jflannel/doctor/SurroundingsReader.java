package jflannel.doctor;

import static java.util.stream.Collectors.toSet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import jflannel.control.ForeignRoutes;
import jflannel.control.Overlay;
import jflannel.control.PodWays;
import jflannel.inspect.Comparison;
import jflannel.inspect.Entry;
import jflannel.inspect.Inspection;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Device;
import jflannel.kernel.FibRoute;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelEntries;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Path;
import jflannel.kernel.PolicyRule;
import jflannel.kernel.Route;
import jflannel.kernel.RouteQuery;
import jflannel.kernel.Vxlan;
import jflannel.kernel.Wireguard;
import jflannel.kernel.WireguardDevices;
import jflannel.kernel.WireguardState;
import jflannel.lease.Lease;
import jflannel.lease.Peers;
import jflannel.linux.Errno;
import jflannel.linux.KernelReply;
import jflannel.linux.Sysctl;
import jflannel.names.DaemonFiles;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.HostNetworksReader;
import jflannel.underlay.NodeFacts;
import jflannel.underlay.PathMtus;
import jflannel.underlay.PeerPaths;
import jflannel.underlay.Resolvers;
import jflannel.underlay.Uplink;

/// Asks the kernel about the packets' ways.
final class SurroundingsReader {
    private static final int DEFAULT_TABLE = 253;
    /// Types of routes that end packets, as ip-route(8) calls them.
    private static final Map<Integer, String> ENDS =
            Map.of(Route.BLACKHOLE, "blackhole", Route.UNREACHABLE, "unreachable", Route.PROHIBIT, "prohibit");

    /// How many peers to ask about one by one.
    private static final int SAMPLES = 16;

    private final Kernel kernel;
    private final Inspection flannel;
    private final Overlay overlay;
    private final Lease own;
    private final Collection<Lease> peers;
    private final NavigableSet<Ip> hosts = new TreeSet<>();

    /// @param peers of this network
    SurroundingsReader(Kernel kernel, Inspection flannel, Overlay overlay, Lease own, Collection<Lease> peers) {
        this.kernel = kernel;
        this.flannel = flannel;
        this.overlay = overlay;
        this.own = own;
        this.peers = peers;
        peers.forEach(peer -> hosts.addAll(peer.announced().publicIps().values()));
    }

    Surroundings read() throws IOException {
        PeerPaths paths = new PeerPaths(kernel);
        paths.look(Peers.of(peers), overlay.underlay(), overlay.outerMtu());
        List<PolicyRule> rules = rules();
        HostNetworks host = host();
        return new Surroundings(
                host,
                new PodWays(kernel).detour(desired(), own, overlay.underlay().addresses(), host.inOtherTables()),
                rules.stream()
                        .filter(rule -> rule.refuses() && rule.mask() == 0)
                        .toList(),
                withoutMain(rules),
                tunnelDetours(),
                new PathMtus(overlay.outerMtu().own(), paths.narrow()).words(),
                ike(),
                wireguard(),
                unanswered());
    }

    private Surroundings.Ike ike() {
        if (overlay.backend().ike().isEmpty()) {
            return Surroundings.Ike.NONE;
        }
        return Surroundings.Ike.look(DaemonFiles.charon(flannel.flannel().options().node.subnetFile));
    }

    private List<WireguardState.Peer> wireguard() throws IOException {
        List<WireguardState.Peer> peers = new ArrayList<>();
        try (WireguardDevices devices = new WireguardDevices()) {
            for (Device device : overlay.backend().devices()) {
                Optional<Link> link = kernel.link(device.name()).filter(it -> it.properties() instanceof Wireguard);
                if (link.isPresent()) {
                    peers.addAll(devices.read(link.get().index()).peers());
                }
            }
        }
        return peers;
    }

    private List<PolicyRule> rules() throws IOException {
        List<PolicyRule> all = new ArrayList<>();
        try (KernelEntries entries = new KernelEntries()) {
            for (Family family : Family.values()) {
                all.addAll(entries.policyRules(family));
            }
        }
        return all;
    }

    /// Somebody has deleted the rule that every kernel begins with.
    private static Set<Family> withoutMain(List<PolicyRule> rules) {
        Set<Family> families = EnumSet.noneOf(Family.class);
        rules.forEach(rule -> families.add(rule.destination().family()));
        rules.stream()
                .filter(rule -> rule.leadsToTable() && rule.table() == FibRoute.MAIN)
                .forEach(rule -> families.remove(rule.destination().family()));
        return families;
    }

    private HostNetworks host() throws IOException {
        boolean ownTable = flannel.flannel().options().node.routeTable != FibRoute.MAIN;
        NodeFacts facts = NodeFacts.of(overlay.network()).withOwnTable(ownTable);
        List<Cidr> toPeers = desired().stream()
                .filter(Route.class::isInstance)
                .map(object -> ((Route) object).destination())
                .toList();
        Set<Route> foreign =
                flannel.comparison().value().map(Comparison::overriding).orElse(Set.of());
        List<Cidr> overriding = ForeignRoutes.among(foreign, own.cidrs()).stream()
                .map(Route::destination)
                .toList(); // a check of their own names them
        return HostNetworksReader.read(kernel, facts, own.cidrs(), overlay.network()::offers, Resolvers.read())
                .withoutRoutes(toPeers)
                .withoutRoutes(overriding);
    }

    /// What the kernel holds of what it should: the ways of the rest are no question of rules.
    private List<KernelObject> desired() {
        return flannel.comparison().value().map(Comparison::peers).orElse(List.of()).stream()
                .flatMap(peer -> peer.entries().stream())
                .filter(Entry::isPresent)
                .map(Entry::wanted)
                .toList();
    }

    private List<Ip> samples() {
        int step = Math.max(1, hosts.size() / SAMPLES);
        List<Ip> all = List.copyOf(hosts);
        List<Ip> samples = new ArrayList<>();
        for (int i = 0; i < all.size() && samples.size() < SAMPLES; i += step) {
            samples.add(all.get(i));
        }
        return samples;
    }

    private List<Surroundings.TunnelDetour> tunnelDetours() throws IOException {
        List<Ip> targets = samples().stream()
                .filter(ip -> overlay.underlay().uplink(ip.family()).isPresent())
                .toList();
        List<RouteQuery> queries = targets.stream().map(this::outward).toList();
        List<RouteQuery> bare = targets.stream().map(ip -> RouteQuery.to(ip)).toList();
        List<KernelReply<Path>> replies = kernel.pathsOf(queries);
        List<KernelReply<FibRoute>> routes = kernel.routesFor(queries);
        List<KernelReply<Path>> plain = kernel.pathsOf(bare);
        List<Surroundings.TunnelDetour> detours = new ArrayList<>();
        for (int i = 0; i < targets.size(); i++) {
            detour(targets.get(i), replies.get(i), routes.get(i), plain.get(i)).ifPresent(detours::add);
        }
        return detours;
    }

    /// A tunnel packet to that host, as its device sends it.
    private RouteQuery outward(Ip peer) {
        Uplink uplink = overlay.underlay().uplink(peer.family()).orElseThrow();
        RouteQuery query = RouteQuery.to(peer).from(uplink.address());
        Optional<Integer> port = overlay.backend().port(own);
        Optional<Link> lower = overlay.backend().devices().stream()
                .map(device -> device.kind())
                .filter(kind -> kind instanceof Vxlan vxlan && vxlan.lower() != 0)
                .flatMap(kind -> flannel.links().stream().filter(link -> link.index() == ((Vxlan) kind).lower()))
                .findFirst();
        RouteQuery withPort = port.map(query::udp).orElse(query);
        return lower.map(withPort::by).orElse(withPort);
    }

    /// @param reply the kernel's answer for a tunnel packet
    /// @param route the same, without the assumption that the host is on the link if there is no route
    /// @param plain its answer for any packet to that host
    private Optional<Surroundings.TunnelDetour> detour(
            Ip peer, KernelReply<Path> reply, KernelReply<FibRoute> route, KernelReply<Path> plain) throws IOException {
        Uplink uplink = overlay.underlay().uplink(peer.family()).orElseThrow();
        String question = "ip route get %s from %s%s"
                .formatted(
                        peer,
                        uplink.address(),
                        overlay.backend()
                                .port(own)
                                .map(port -> " ipproto udp dport " + port)
                                .orElse(""));
        Path path = reply.object();
        if (path == null || route.refusal() != null && isCertain(route)) {
            String why = path == null && reply.refusal() != null
                    ? Errno.words(reply.refusal().errno())
                    : "there is no route, or one to nowhere";
            boolean onLink =
                    path != null && plain.object() != null && plain.object().gateway() == null;
            return Optional.of(new Surroundings.TunnelDetour(
                    peer,
                    "the kernel finds no way for packets to %s: %s".formatted(peer, why)
                            + (onLink ? "; it takes that host to be on the link" : ""),
                    question,
                    !onLink,
                    withoutEnd(peer)));
        }
        boolean usual = path.table() == FibRoute.MAIN
                || path.table() == FibRoute.LOCAL
                || path.table() == DEFAULT_TABLE
                || path.table() == 0;
        String device = name(path.ifIndex());
        boolean byGateway = path.gateway() != null && isOnLink(peer);
        if (usual || path.local() || device.equals(uplink.device()) && !byGateway) {
            return Optional.empty();
        }
        return Optional.of(new Surroundings.TunnelDetour(
                peer,
                "packets to %s leave by %s%s, because of a rule for the table %d"
                        .formatted(peer, device, path.gateway() == null ? "" : " via " + path.gateway(), path.table()),
                question,
                false,
                ""));
    }

    /// A command that deletes the route that ends packets to a host; "" if none does.
    private String withoutEnd(Ip peer) throws IOException {
        Set<Integer> asked = rules().stream()
                .filter(PolicyRule::leadsToTable)
                .map(PolicyRule::table)
                .collect(toSet());
        return kernel
                .fib(route -> route.destination().contains(peer)
                        && ENDS.containsKey(route.type())
                        && asked.contains(route.table()))
                .stream()
                // IPv6 has one for everything in the main table
                .filter(route -> route.destination().length() > 0 || route.table() != FibRoute.MAIN)
                .max(Comparator.comparingInt(route -> route.destination().length()))
                .map(route -> "ip%s route delete %s %s%s"
                        .formatted(
                                peer.family() == Family.IPV6 ? " -6" : "",
                                ENDS.get(route.type()),
                                route.destination(),
                                route.table() == FibRoute.MAIN ? "" : " table " + PolicyRule.tableName(route.table())))
                .orElse("");
    }

    private static boolean isCertain(KernelReply<FibRoute> route) {
        return route.refusal().is(Errno.ENETUNREACH)
                || route.refusal().is(Errno.EHOSTUNREACH)
                || route.refusal().is(Errno.EACCES);
    }

    /// True if an interface of this host has an address in a network with that one.
    private boolean isOnLink(Ip peer) {
        return flannel.addresses().stream()
                .map(it -> it.address())
                .anyMatch(it -> it.ip().family() == peer.family()
                        && it.length() > 0
                        && new Cidr(it.ip(), it.length()).contains(peer));
    }

    private String name(int index) {
        return flannel.links().stream()
                .filter(link -> link.index() == index)
                .map(Link::name)
                .findFirst()
                .orElse("device " + index);
    }

    /// Asks how the kernel would take packets from other nodes. Only IPv4 has rp_filter.
    private List<Surroundings.Unanswered> unanswered() throws IOException {
        List<Surroundings.Unanswered> packets = new ArrayList<>();
        Optional<Uplink> uplink = overlay.underlay().uplink(Family.IPV4);
        Optional<Cidr> pods = own.subnet(Family.IPV4).map(it -> it.cidr());
        Map<Family, String> devices = new EnumMap<>(Family.class);
        overlay.backend().tunnel().ifPresent(tunnel -> devices.putAll(tunnel.devices()));
        if (devices.isEmpty()) {
            overlay.backend().deviceNames().stream().findFirst().ifPresent(it -> devices.put(Family.IPV4, it));
        }
        for (Lease peer : peers.stream().limit(SAMPLES).toList()) {
            Optional<Ip> host = peer.announced().publicIp(Family.IPV4);
            if (uplink.isPresent() && host.isPresent()) {
                packets.add(new Surroundings.Unanswered(
                        uplink.get().device(), host.get(), uplink.get().address()));
            }
            Optional<Cidr> theirs = peer.subnet(Family.IPV4).map(it -> it.cidr());
            if (pods.isPresent() && theirs.isPresent() && devices.containsKey(Family.IPV4)) {
                packets.add(new Surroundings.Unanswered(
                        devices.get(Family.IPV4),
                        theirs.get().address().plus(1),
                        pods.get().address()));
            }
        }
        packets.removeIf(packet -> link(packet.device()).filter(Link::up).isEmpty());
        List<KernelReply<Path>> replies = kernel.pathsOf(packets.stream()
                .map(packet -> RouteQuery.to(packet.destination())
                        .from(packet.source())
                        .arriving(link(packet.device()).orElseThrow()))
                .toList());
        List<KernelReply<Path>> answers = kernel.pathsOf(
                packets.stream().map(packet -> RouteQuery.to(packet.source())).toList());
        List<Surroundings.Unanswered> refused = new ArrayList<>();
        for (int i = 0; i < packets.size(); i++) {
            Surroundings.Unanswered packet = packets.get(i);
            boolean known = refused.stream().anyMatch(it -> it.device().equals(packet.device()));
            if (!known && isRefused(replies.get(i)) && leavesElsewhere(packet, answers.get(i)) && isStrict(packet)) {
                refused.add(packet);
            }
        }
        return refused;
    }

    /// Kernels from 6.12 on do not say why.
    private static boolean isRefused(KernelReply<Path> reply) {
        return reply.refusal() != null
                && (reply.refusal().is(Errno.EXDEV) || reply.refusal().is(Errno.EINVAL));
    }

    private boolean leavesElsewhere(Surroundings.Unanswered packet, KernelReply<Path> answer) {
        return answer.object() == null || !name(answer.object().ifIndex()).equals(packet.device());
    }

    /// The larger of two settings counts: ip-sysctl.rst of the kernel.
    private static boolean isStrict(Surroundings.Unanswered packet) throws IOException {
        String all = Sysctl.read("net/ipv4/conf/all/rp_filter").orElse("0");
        String one =
                Sysctl.read("net/ipv4/conf/" + packet.device() + "/rp_filter").orElse("0");
        return (all.compareTo(one) > 0 ? all : one).equals("1");
    }

    private Optional<Link> link(String name) {
        return flannel.links().stream().filter(link -> link.name().equals(name)).findFirst();
    }
}
