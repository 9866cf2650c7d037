package jflannel.trace;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.foreign.AllRules;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.Address;
import jflannel.kernel.FibRoute;
import jflannel.kernel.Filter;
import jflannel.kernel.ForwardingEntry;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Link;
import jflannel.kernel.NeighborEntry;
import jflannel.kernel.NextHop;
import jflannel.kernel.Path;
import jflannel.kernel.PolicyRule;
import jflannel.kernel.Route;
import jflannel.kernel.RouteQuery;
import jflannel.kernel.Vxlan;
import jflannel.kernel.WireguardState;
import jflannel.kernel.XfrmPolicy;
import jflannel.kernel.XfrmState;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.linux.KernelReply;
import jflannel.policy.Connection;
import jflannel.policy.KernelRefusal;

/// Node 1 of the story as its kernel would show it: a pod behind cni0, flannel.1, eth0, and what a vxlan backend made
/// for node 2. Tests take something away, or put something in the way.
final class FakeView implements View {
    final List<XfrmPolicy> policies = new ArrayList<>();
    final List<XfrmState> states = new ArrayList<>();
    static final int ETH0 = 2;
    static final int VXLAN = 3;
    static final int CNI0 = 4;
    static final int VETH = 5;
    static final Mac VTEP = Mac.parse("82:4b:b6:2f:54:4e");
    private static final int PERMANENT = 0x80;
    private static final int REACHABLE = 0x02;

    final Map<Integer, Link> links = new HashMap<>();
    final List<FibRoute> routes = new ArrayList<>();
    final List<PolicyRule> rules = new ArrayList<>();
    final List<NeighborEntry> neighbors = new ArrayList<>();
    final List<ForwardingEntry> forwarding = new ArrayList<>();
    final Map<String, String> sysctls = new HashMap<>(Map.of("net/ipv4/conf/cni0/forwarding", "1"));
    WireguardState wireguard = new WireguardState(Optional.empty(), 51820, List.of());
    final List<Filter> filters = new ArrayList<>();
    /// An address more of eth0, or null.
    Ip taken;
    String iptables = "";
    String nft = "";
    Optional<KernelRefusal> refusal = Optional.empty();

    FakeView() {
        link(new Link(ETH0, "eth0", "", 1500, Mac.parse("02:00:00:00:00:02"), true, 0, null));
        link(new Link(
                VXLAN,
                "flannel.1",
                "vxlan",
                1450,
                Mac.parse("02:00:00:00:00:03"),
                true,
                0,
                new Vxlan(1, 8472, Ip.parse("10.168.0.2"), ETH0, false, false)));
        link(new Link(CNI0, "cni0", "bridge", 1450, Mac.parse("02:00:00:00:00:04"), true, 0, null));
        link(new Link(VETH, "veth1", "veth", 1450, Mac.parse("02:00:00:00:00:05"), true, CNI0, null));
        route("10.168.0.0/24", null, ETH0, Route.KERNEL);
        route("0.0.0.0/0", "10.168.0.1", ETH0, Route.BOOT);
        route("100.96.1.0/24", null, CNI0, Route.KERNEL);
        route("100.96.2.0/24", "100.96.2.0", VXLAN, Route.OURS);
        Mac pod = Mac.parse("02:00:00:00:00:06");
        neighbors.add(new NeighborEntry(CNI0, Ip.parse("100.96.1.2"), pod, REACHABLE));
        forwarding.add(new ForwardingEntry(VETH, pod, null, CNI0, false));
        neighbors.add(new NeighborEntry(VXLAN, Ip.parse("100.96.2.0"), VTEP, PERMANENT));
        forwarding.add(new ForwardingEntry(VXLAN, VTEP, Ip.parse("10.168.0.3"), 0, false));
        Mac host = Mac.parse("02:00:00:00:00:07");
        neighbors.add(new NeighborEntry(ETH0, Ip.parse("10.168.0.3"), host, REACHABLE));
        rule(32766, "0.0.0.0/0", FibRoute.MAIN);
    }

    void link(Link link) {
        links.put(link.index(), link);
    }

    void route(String destination, String gateway, int device, int protocol) {
        route(destination, gateway, device, protocol, FibRoute.MAIN);
    }

    void route(String destination, String gateway, int device, int protocol, int table) {
        NextHop hop = new NextHop(gateway == null ? null : Ip.parse(gateway), device);
        routes.add(new FibRoute(
                table, Cidr.parse(destination), protocol, Route.UNICAST, 0, null, 0, 0, List.of(hop), false, false));
    }

    /// @param type RTN_*: one that ends packets
    void end(String destination, int type) {
        routes.add(new FibRoute(
                FibRoute.MAIN, Cidr.parse(destination), Route.BOOT, type, 0, null, 0, 0, List.of(), false, false));
    }

    void rule(int priority, String to, int table) {
        rule(priority, to, table, 1);
    }

    /// @param action FR_ACT_*
    void rule(int priority, String to, int table, int action) {
        Cidr all = Cidr.parse("0.0.0.0/0");
        rules.add(new PolicyRule(priority, all, Cidr.parse(to), "", "", 0, 0, 0, action, table, -1, false, List.of()));
        rules.sort(Comparator.comparingInt(PolicyRule::priority));
    }

    private Optional<FibRoute> lookup(Ip destination) {
        return rules.stream()
                .filter(rule -> rule.destination().contains(destination))
                .takeWhile(rule -> !rule.refuses())
                .flatMap(rule -> routes.stream()
                        .filter(route -> route.table() == rule.table()
                                && route.destination().contains(destination))
                        .max(Comparator.comparingInt(
                                route -> route.destination().length()))
                        .stream())
                .findFirst();
    }

    @Override
    public KernelReply<Path> path(RouteQuery query) {
        Ip to = query.destination();
        if (addresses().stream().anyMatch(address -> address.address().ip().equals(to))) {
            return new KernelReply<>(new Path(null, 1, to, FibRoute.LOCAL, Path.Kind.LOCAL, 0, false), null);
        }
        return lookup(to)
                .filter(route -> !route.nextHops().isEmpty())
                .map(route -> {
                    NextHop hop = route.nextHops().getFirst();
                    Ip source = hop.ifIndex() == ETH0 ? Ip.parse("10.168.0.2") : Ip.parse("100.96.1.0");
                    return new KernelReply<>(
                            new Path(hop.gateway(), hop.ifIndex(), source, route.table(), Path.Kind.HOST, 0, false),
                            null);
                })
                .orElseGet(() -> new KernelReply<>(
                        null, new KernelException("find the route to " + to, Errno.ENETUNREACH.number(), null)));
    }

    @Override
    public KernelReply<FibRoute> route(RouteQuery query) {
        return new KernelReply<>(lookup(query.destination()).orElse(null), null);
    }

    @Override
    public List<FibRoute> covering(Ip ip) {
        return routes.stream().filter(route -> route.destination().contains(ip)).toList();
    }

    @Override
    public List<Link> links() {
        return List.copyOf(links.values());
    }

    @Override
    public List<InterfaceAddress> addresses() {
        return Stream.of(
                        new InterfaceAddress(new Address(ETH0, Ip.parse("10.168.0.2"), 24)),
                        new InterfaceAddress(new Address(VXLAN, Ip.parse("100.96.1.0"), 32)),
                        new InterfaceAddress(new Address(CNI0, Ip.parse("100.96.1.1"), 24)),
                        taken == null ? null : new InterfaceAddress(new Address(ETH0, taken, 32)))
                .filter(Objects::nonNull)
                .toList();
    }

    @Override
    public List<PolicyRule> policyRules(Family family) {
        return rules;
    }

    @Override
    public List<NeighborEntry> neighbors(Ip ip) {
        return neighbors.stream().filter(entry -> entry.ip().equals(ip)).toList();
    }

    @Override
    public List<ForwardingEntry> forwarding(int device, Mac mac) {
        return forwarding.stream()
                .filter(entry -> entry.mac().equals(mac) && (device == 0 || entry.ifIndex() == device))
                .toList();
    }

    @Override
    public Optional<KernelRefusal> refusal(Connection connection) {
        return refusal;
    }

    @Override
    public List<String> policiesOn(Connection connection) {
        return List.of("selected by shop/web");
    }

    @Override
    public WireguardState wireguard(int device) {
        return wireguard;
    }

    @Override
    public List<Filter> filters() {
        return filters;
    }

    @Override
    public List<XfrmPolicy> policies() {
        return policies;
    }

    @Override
    public List<XfrmState> securityAssociations() {
        return states;
    }

    @Override
    public Optional<String> sysctl(String name) {
        return Optional.ofNullable(sysctls.get(name));
    }

    @Override
    public AllRules rules(Ip destination) throws IOException {
        return AllRules.parse(destination.family(), iptables.lines().toList(), nft);
    }

    @Override
    public Optional<PodNamespace> pod(Ip address) {
        return Optional.empty();
    }
}
