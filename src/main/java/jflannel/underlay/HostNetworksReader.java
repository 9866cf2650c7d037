package jflannel.underlay;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.FibRoute;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.NextHop;
import jflannel.kernel.Route;

/// Finds out what this host has: its addresses, the networks of its links, its gateways, and its routes to its
/// store and name servers. Ignores what flannel made and what belongs to pods.
public final class HostNetworksReader {
    /// Pod bridges with names that no administrator uses for anything else.
    private static final Set<String> POD_BRIDGES = Set.of("cni0", "cbr0", "kube-bridge");

    private final NodeFacts facts;
    private final Interfaces interfaces;
    private final Set<Cidr> ownSubnets;
    private final Predicate<Cidr> leaseShaped;
    private final Set<Ip> resolvers;
    private final Set<Integer> podDevices;

    /// @param ownSubnets that this node leases, or leased before: bridges with such addresses belong to pods
    /// @param leaseShaped true for a block that a node of this network may lease: a container bridge there belongs
    ///     to pods
    HostNetworksReader(
            NodeFacts facts,
            Interfaces interfaces,
            Collection<Cidr> ownSubnets,
            Predicate<Cidr> leaseShaped,
            Collection<Ip> resolvers) {
        this.facts = facts;
        this.interfaces = interfaces;
        this.ownSubnets = Set.copyOf(ownSubnets);
        this.leaseShaped = leaseShaped;
        this.resolvers = new LinkedHashSet<>(resolvers);
        DeviceRoles roles = new DeviceRoles(interfaces, facts.podNetworks());
        this.podDevices = interfaces.links().stream()
                .filter(link -> isOfPods(link, roles))
                .map(Link::index)
                .collect(Collectors.toSet());
    }

    /// What the host has now.
    ///
    /// @param ownSubnets that this node leases, or leased before: bridges with such addresses belong to pods
    /// @param leaseShaped true for a block that a node of this network may lease: a container bridge there belongs
    ///     to pods
    public static HostNetworks read(
            Kernel kernel,
            NodeFacts facts,
            Collection<Cidr> ownSubnets,
            Predicate<Cidr> leaseShaped,
            Collection<Ip> resolvers)
            throws IOException {
        // routes first: a bridge of pods that comes up meanwhile must not count as the host's
        List<FibRoute> routes = kernel.fib(ofInterest(facts, resolvers));
        return new HostNetworksReader(facts, Interfaces.of(kernel), ownSubnets, leaseShaped, resolvers).from(routes);
    }

    /// True for routes of others that concern the pods' networks, an address that the host needs, or a gateway. Of a
    /// router's million routes, few do.
    static Predicate<FibRoute> ofInterest(NodeFacts facts, Collection<Ip> resolvers) {
        Set<Ip> servers = servers(facts, resolvers).keySet();
        return route -> route.protocol() != Route.OURS
                && (route.type() == Route.UNICAST || route.type() == FibRoute.LOCAL_TYPE)
                && !route.destination().address().isLinkLocal()
                && (facts.podNetworks().stream().anyMatch(route.destination()::overlaps)
                        || servers.stream().anyMatch(route.destination()::contains)
                        || gateways(route).stream().anyMatch(ip -> isIn(facts.podNetworks(), ip)));
    }

    private boolean leadsToPods(FibRoute route) {
        return route.nextHops().stream().map(NextHop::ifIndex).anyMatch(podDevices::contains);
    }

    private boolean isByCommand(FibRoute route) {
        return facts.commands()
                && route.protocol() != Route.KERNEL
                && facts.podNetworks().stream().anyMatch(pods -> pods.contains(route.destination()));
    }

    /// True for flannel's own devices; bridges of pods, which have an address in this node's subnet and no physical
    /// interface; and the host's ends of pods' veth pairs, which have no other addresses. In a container the uplink
    /// is such a device too.
    private boolean isOfPods(Link link, DeviceRoles roles) {
        List<Address> addresses = addressesOf(link).toList();
        return roles.isFlannels(link)
                || switch (link.kind()) {
                    case "bridge" ->
                        addresses.stream().anyMatch(it -> isBridgeOfPods(link, it)) && !roles.hasOutwardPort(link);
                    case "veth" -> !addresses.isEmpty() && addresses.stream().allMatch(this::isOfPodsVeth);
                    default -> false;
                };
    }

    private boolean isOfPodsVeth(Address address) {
        return address.length() == address.ip().family().bits() && isIn(ownSubnets, address.ip());
    }

    private boolean isBridgeOfPods(Link bridge, Address address) {
        return isIn(ownSubnets, address.ip())
                || POD_BRIDGES.contains(bridge.name()) && isIn(facts.podNetworks(), address.ip())
                || isOfContainers(bridge) && leaseShaped.test(new Cidr(address.ip(), address.length()));
    }

    /// A bridge of pods, or of containers that are unrelated to them.
    private static boolean isOfContainers(Link bridge) {
        return DeviceRoles.isUsualBridge(bridge) && !bridge.name().startsWith("virbr");
    }

    private static boolean isIn(Set<Cidr> networks, Ip ip) {
        return networks.stream().anyMatch(network -> network.contains(ip));
    }

    /// The servers that the host cannot do without, and what they are.
    private static Map<Ip, String> servers(NodeFacts facts, Collection<Ip> resolvers) {
        Map<Ip, String> servers = new LinkedHashMap<>();
        facts.store().stream().filter(ip -> !ip.isLoopback()).forEach(ip -> servers.put(ip, "the store"));
        resolvers.forEach(ip -> servers.putIfAbsent(ip, "a name server of this host"));
        return servers;
    }

    /// @param routes those [of interest][#ofInterest]
    HostNetworks from(List<FibRoute> routes) {
        List<HostNetworks.Attached> attached = new ArrayList<>();
        List<HostNetworks.Routed> routed = new ArrayList<>();
        Set<Cidr> prefixes = new HashSet<>();
        NavigableMap<Ip, HostNetworks.Need> needed = new TreeMap<>();
        servers(facts, resolvers).forEach((ip, what) -> needed.put(ip, new HostNetworks.Need(what, false)));
        for (FibRoute route : routes) {
            if (leadsToPods(route) || isByCommand(route)) {
                continue;
            }
            if (route.type() == FibRoute.LOCAL_TYPE) {
                if (!isOfAddress(route.destination())) {
                    routed.add(new HostNetworks.Routed(route.destination(), route.table()));
                }
                continue;
            }
            gateways(route).forEach(ip -> needed.putIfAbsent(ip, new HostNetworks.Need("a gateway", false)));
            Cidr network = route.destination();
            if (route.table() == FibRoute.MAIN) {
                prefixes.add(network);
            }
            if (route.isOnLink()
                    && network.length() > 0
                    && network.length() < network.family().bits()) {
                attached.add(attached(route));
            } else if (network.length() > 0) {
                routed.add(new HostNetworks.Routed(network, route.table()));
            }
        }
        ownAddresses()
                .map(Address::ip)
                .forEach(ip -> needed.put(ip, new HostNetworks.Need("an address of this host", true)));
        ownAddresses().forEach(it -> ofLinkThatIsDown(it, attached));
        return new HostNetworks(
                facts.podNetworks(),
                List.copyOf(attached),
                List.copyOf(routed),
                needed,
                Set.copyOf(prefixes),
                bridgeFaults(routes),
                podBridges(),
                facts.ownTable());
    }

    /// True for the routes that the kernel makes for each address.
    private boolean isOfAddress(Cidr destination) {
        return interfaces.addresses().stream().map(it -> it.address().ip()).anyMatch(destination.address()::equals);
    }

    /// A device that is down has its addresses, and no route to their network before it comes up.
    private void ofLinkThatIsDown(Address address, List<HostNetworks.Attached> attached) {
        Cidr network = new Cidr(address.ip(), address.length());
        boolean single = address.length() == address.ip().family().bits();
        interfaces
                .numbered(address.ifIndex())
                .filter(link -> !single && !link.up() && !Interfaces.isLoopback(link))
                .map(link -> new HostNetworks.Attached(network, link.name()))
                .filter(it -> facts.podNetworks().stream().anyMatch(network::overlaps) && !attached.contains(it))
                .ifPresent(attached::add);
    }

    /// What keeps packets from pods behind a bridge: an address of another subnet than this node's, or none, or a
    /// second bridge with the same subnet, or the lack of the route that the address brings along.
    private List<String> bridgeFaults(List<FibRoute> routes) {
        List<String> faults = new ArrayList<>();
        Map<Cidr, String> holders = new HashMap<>();
        for (Link bridge : interfaces.links()) {
            if (bridge.kind().equals("bridge")) {
                if (podDevices.contains(bridge.index())) {
                    ofOwn(bridge, routes, holders, faults);
                }
                if (POD_BRIDGES.contains(bridge.name()) && hasPods(bridge)) {
                    ofNamed(bridge).ifPresent(faults::add);
                }
            }
        }
        return List.copyOf(faults);
    }

    private void ofOwn(Link bridge, List<FibRoute> routes, Map<Cidr, String> holders, List<String> faults) {
        addressesOf(bridge).filter(it -> isIn(facts.podNetworks(), it.ip())).forEach(it -> {
            Cidr subnet = new Cidr(it.ip(), it.length());
            if (!isIn(ownSubnets, it.ip())) {
                faults.add("%s has an address of %s, and this node's subnet is %s: its pods are not reached"
                        .formatted(
                                bridge.name(),
                                subnet,
                                ownSubnets.stream().sorted().map(Cidr::toString).collect(joining(" and "))));
                return;
            }
            String other = holders.putIfAbsent(subnet, bridge.name());
            if (other != null && !other.equals(bridge.name())) {
                faults.add("%s and %s both have the subnet %s: packets for its pods arrive at one of them only"
                        .formatted(other, bridge.name(), subnet));
            } else if (bridge.up() && subnet.family() == Family.IPV4 && !isRouted(subnet, bridge, routes)) {
                faults.add("somebody deleted the route to %1$s by %2$s: its pods are not reached. Do: ip route add %1$s"
                                .formatted(subnet, bridge.name())
                        + " dev %s src %s".formatted(bridge.name(), it.ip()));
            }
        });
    }

    private static boolean isRouted(Cidr subnet, Link bridge, List<FibRoute> routes) {
        return subnet.length() == Family.IPV4.bits()
                || routes.stream()
                        .filter(route -> route.destination().equals(subnet) && route.type() == Route.UNICAST)
                        .flatMap(route -> route.nextHops().stream())
                        .anyMatch(hop -> hop.ifIndex() == bridge.index());
    }

    private Optional<String> ofNamed(Link bridge) {
        if (!bridge.up()) {
            return Optional.of(bridge.name() + " is down: its pods are not reached until it is set up");
        }
        return addressesOf(bridge).findAny().isEmpty()
                ? Optional.of(
                        bridge.name() + " has pods and no address, so they have no gateway until another pod comes")
                : Optional.empty();
    }

    private boolean hasPods(Link bridge) {
        return interfaces.links().stream().anyMatch(link -> link.master() == bridge.index());
    }

    private Stream<Address> addressesOf(Link link) {
        return interfaces.addresses().stream()
                .map(InterfaceAddress::address)
                .filter(it -> it.ifIndex() == link.index() && !it.ip().isLinkLocal());
    }

    private static List<Ip> gateways(FibRoute route) {
        return route.nextHops().stream()
                .map(NextHop::gateway)
                .filter(ip -> ip != null && !ip.isLinkLocal())
                .toList();
    }

    private HostNetworks.Attached attached(FibRoute route) {
        Cidr network = route.destination();
        Optional<Link> link = route.nextHops().stream()
                .filter(hop -> hop.gateway() == null)
                .findFirst()
                .flatMap(hop -> interfaces.numbered(hop.ifIndex()));
        String device = link.map(Link::name).orElse("an interface");
        boolean addressed = ownAddresses()
                .anyMatch(it ->
                        link.filter(each -> each.index() == it.ifIndex()).isPresent() && network.contains(it.ip()));
        return new HostNetworks.Attached(
                network, device, addressed ? "" : HostNetworks.Routed.words(" by " + device, route.table()));
    }

    private Set<String> podBridges() {
        return interfaces.links().stream()
                .filter(link -> link.kind().equals("bridge") && podDevices.contains(link.index()))
                .map(Link::name)
                .collect(Collectors.toSet());
    }

    private Stream<Address> ownAddresses() {
        return interfaces.addresses().stream()
                .map(InterfaceAddress::address)
                .filter(it -> !podDevices.contains(it.ifIndex()) && !isOfTunnel(it))
                .filter(it -> !it.ip().isLoopback() && !it.ip().isLinkLocal());
    }

    /// Our tunnel device has this address. If somebody renames that device, it keeps it beside its successor.
    private boolean isOfTunnel(Address address) {
        return address.length() == address.ip().family().bits()
                && ownSubnets.stream().anyMatch(subnet -> subnet.address().equals(address.ip()));
    }
}
