package jflannel.underlay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostNetworksTest {
    /// A host on a LAN, with a docker bridge of its own, a bridge of pods, and a tunnel.
    private static final String HOST = """
            link lo 65536
            link eth0 1500
            link docker0 1500 kind bridge
            link cni0 1450 kind bridge
            link flannel.1 1450 kind vxlan
            addr 127.0.0.1/8 dev lo
            addr 192.168.100.11/24 dev eth0
            addr 172.17.0.1/16 dev docker0
            addr 10.244.7.1/24 dev cni0
            addr 10.244.7.0/32 dev flannel.1
            addr 2001:db8:0:1::11/64 dev eth0
            route default via 192.168.100.1 dev eth0
            route 10.99.0.0/24 via 192.168.100.7 dev eth0
            route 10.9.9.9/32 via 192.168.100.1 dev eth0
            route 10.244.8.0/24 via 10.244.8.0 dev flannel.1
            route fd00::/8 via fe80::1 dev eth0
            """;

    @ParameterizedTest(name = "{1} in {0}")
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            192.168.0.0/16     | 192.168.100.0/24    | covers 192.168.100.1, a gateway
            192.168.0.0/16     | 192.168.100.0/26    | covers 192.168.100.1, a gateway
            192.168.0.0/16     | 192.168.100.8/29    | covers 192.168.100.11, an address of this host
            192.168.0.0/16     | 192.168.100.128/26  | is within 192.168.100.0/24, the network of eth0
            192.168.0.0/16     | 192.168.96.0/20     | covers 192.168.100.11, an address of this host
            192.168.0.0/16     | 192.168.101.0/24    | -
            172.16.0.0/12      | 172.17.5.0/24       | is within 172.17.0.0/16, the network of docker0
            172.16.0.0/12      | 172.18.5.0/24       | -
            10.0.0.0/8         | 10.9.9.0/24         | -
            10.0.0.0/8         | 10.9.9.9/32         | covers 10.9.9.9, a name server of this host
            10.0.0.0/8         | 10.244.7.0/24       | -
            10.0.0.0/8         | 10.244.8.0/24       | -
            10.0.0.0/8         | 10.99.0.0/26        | -
            10.0.0.0/8         | 10.77.5.0/24        | covers 10.77.5.5, the store
            10.0.0.0/8         | 10.77.0.0/16        | covers 10.77.5.5, the store
            2001:db8:0:1:5::/80 | 2001:db8:0:1:5:9::/96 | -
            2001:db8:0:1::/80  | 2001:db8:0:1::/96   | covers 2001:db8:0:1::11, an address of this host
            2001:db8::/48      | 2001:db8:0:1:5:9::/96 | is within 2001:db8:0:1::/64, the network of eth0
            fd00:1::/80        | fd00:1:0:0:0:9::/96 | -
            """)
    void aSubnetThatTakesAwayWhatTheHostHasIsNamed(String pods, String subnet, String why) {
        assertThat(networks(HOST, pods, List.of(Cidr.parse("10.244.7.0/24"))).conflict(Cidr.parse(subnet)))
                .isEqualTo(Optional.ofNullable(why));
    }

    /// In a table that is asked first, a route to pods wins over the host's longer one.
    @Test
    void noRouteOfTheHostsProtectsAnAddressFromRoutesInATableThatIsAskedFirst() {
        NodeFacts facts = facts(Cidr.parse("10.0.0.0/8")).withOwnTable(true);
        assertThat(read(new FakeHost(HOST), facts, List.of(), List.of(Ip.parse("10.9.9.9")))
                        .conflict(Cidr.parse("10.9.9.0/24")))
                .contains("covers 10.9.9.9, a name server of this host");
    }

    /// The network card may have an address of the subnet that this node was given.
    @Test
    void theHostsOwnNetworkIsNotThatOfPodsThoughItIsLeased() {
        Cidr lan = Cidr.parse("192.168.100.0/24");
        assertThat(networks(HOST, "192.168.0.0/16", List.of(lan)).conflict(lan))
                .contains("covers 192.168.100.1, a gateway");
        assertThat(networks(HOST.replace("eth0 1500", "eth0 1500 kind veth"), "192.168.0.0/16", List.of(lan))
                        .conflict(lan))
                .contains("covers 192.168.100.1, a gateway");
    }

    /// In a container the uplink is a veth, as is the host's end of a pod's.
    @Test
    void anUplinkIsNoneOfThePodsThoughItHasOneOfTheirAddresses() {
        String host = HOST.replace("eth0 1500", "eth0 1500 kind veth") + "addr 10.244.7.77/32 dev eth0\n";
        Cidr own = Cidr.parse("10.244.7.0/24");
        HostNetworks networks = networks(host, "10.244.0.0/16", List.of(own));
        assertThat(networks.conflict(own)).contains("covers 10.244.7.77, an address of this host");
        assertThat(networks(host, "192.168.0.0/16", List.of(own)).conflict(Cidr.parse("192.168.100.128/26")))
                .contains("is within 192.168.100.0/24, the network of eth0");
    }

    @Test
    void aBridgeOfPodsIsNoneOfTheHosts() {
        String docker = """
                link docker0 1450 kind bridge
                addr 10.244.7.1/24 dev docker0
                """;
        Cidr own = Cidr.parse("10.244.7.0/24");
        assertThat(networks(docker, "10.244.0.0/16", List.of(own)).conflict(own))
                .isEmpty();
        assertThat(networks(docker, "10.244.0.0/16", List.of()).conflict(own)).isEmpty();
        assertThat(networks(docker.replace("docker0", "cni0"), "10.244.0.0/16", List.of())
                        .conflict(own))
                .isEmpty();
        String taken = "covers 10.244.7.1, an address of this host";
        assertThat(networks(docker.replace("docker0", "lan"), "10.244.0.0/16", List.of())
                        .conflict(own))
                .contains(taken);
        String withCard = docker + "link eth0 1500 port-of docker0";
        assertThat(networks(withCard, "10.244.0.0/16", List.of(own)).conflict(own))
                .contains(taken);
    }

    @Test
    void aBridgeWithAnAddressOfAFormerSubnetIsNamed() {
        List<Cidr> own = List.of(Cidr.parse("10.244.7.0/24"));
        assertThat(networks(HOST, "10.244.0.0/16", own).bridgeFaults()).isEmpty();
        List<Cidr> other = List.of(Cidr.parse("10.244.9.0/24"));
        assertThat(networks(HOST, "10.244.0.0/16", other).bridgeFaults())
                .containsExactly("cni0 has an address of 10.244.7.0/24, and this node's subnet is 10.244.9.0/24:"
                        + " its pods are not reached");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            addr 10.244.7.1/24 dev cni0 | addr 10.244.7.1/24 dev docker0 | docker0 and cni0 both have the subnet 10.244.7.0/24: packets for its pods arrive at one of them only
            addr 10.244.7.1/24 dev cni0 | link pod0 1450 kind veth port-of cni0 | cni0 has pods and no address, so they have no gateway until another pod comes
            link cni0 1450 kind bridge  | link cni0 1450 kind bridge off | cni0 is down: its pods are not reached until it is set up
            addr 10.244.7.1/24 dev cni0 | addr 10.244.7.1/24 dev cni0 noprefixroute | somebody deleted the route to 10.244.7.0/24 by cni0: its pods are not reached. Do: ip route add 10.244.7.0/24 dev cni0 src 10.244.7.1
            """)
    void aBridgeThatKeepsPacketsFromItsPodsIsNamed(String line, String other, String words) {
        boolean also = other.startsWith("addr") && !other.startsWith(line);
        String host = HOST.replace(line + "\n", (also ? line + "\n" : "") + other + "\n");
        if (!host.contains("port-of")) {
            host += "link pod0 1450 kind veth port-of cni0\n";
        }
        assertThat(networks(host, "10.244.0.0/16", List.of(Cidr.parse("10.244.7.0/24")))
                        .bridgeFaults())
                .containsExactly(words);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            route 10.244.7.128/25 via 192.168.100.7 dev eth0 | is elsewhere in part: 10.244.7.128/25, which has a route
            route 10.244.7.9/32 via 192.168.100.7 dev eth0   | -
            route 10.244.8.0/25 via 192.168.100.7 dev eth0   | -
            """)
    void aRouteThatLeadsOwnPodsPacketsElsewhereIsNamed(String route, String words) {
        Cidr own = Cidr.parse("10.244.7.0/24");
        assertThat(networks(HOST + route + "\n", "10.244.0.0/16", List.of(own)).diversion(own))
                .isEqualTo(Optional.ofNullable(words));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            10.244.0.0/16      | -
            fd00:1::/80        | -
            10.0.0.0/8         | the pods' network 10.0.0.0/8 overlaps what this host has: 10.9.9.9, a name server of this host; 10.77.5.5, the store; 10.99.0.0/24, which has a route; 10.9.9.9/32, which has a route; subnets that cover it are not used
            172.16.0.0/12      | the pods' network 172.16.0.0/12 overlaps what this host has: 172.17.0.0/16, the network of docker0; 172.17.0.1, an address of this host; subnets that cover it are not used
            2001:db8:0:1:5::/80 | the pods' network 2001:db8:0:1:5::/80 is within 2001:db8:0:1::/64, the network of eth0: other hosts on that link look for pods there, with ARP or NDP, and get no answer
            """)
    void aNetworkThatOverlapsIsToldWithBothPrefixes(String pods, String words) {
        assertThat(networks(HOST, pods, List.of(Cidr.parse("10.244.7.0/24"))).overlap())
                .isEqualTo(Optional.ofNullable(words));
    }

    /// Routes of other tables, and to devices without an address there, are no links with hosts.
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            route 10.0.0.0/8 dev tun0 table 52                | -
            route 10.0.0.0/8 dev tun0                         | -
            route 10.244.9.0/24 dev tun0 table 52             | 10.244.9.0/24, which has a route by tun0 in the table 52
            route 10.244.9.0/24 dev tun0                      | 10.244.9.0/24, which has a route by tun0
            route 10.244.9.0/24 via 192.168.100.7 dev eth0 table 52 | 10.244.9.0/24, which has a route in the table 52
            addr 10.244.9.1/24 dev tun0                       | 10.244.9.0/24, the network of tun0; 10.244.9.1, an address of this host
            """)
    void aRouteIsToldAsWhatItIs(String line, String words) {
        String host = HOST + "link tun0 1400 kind tun\n" + line + "\n";
        assertThat(networks(host, "10.244.0.0/16", List.of(Cidr.parse("10.244.7.0/24")))
                        .overlap())
                .isEqualTo(Optional.ofNullable(words)
                        .map(it -> "the pods' network 10.244.0.0/16 overlaps what this host has: " + it
                                + (line.contains(" via ")
                                        ? "; packets there take that route"
                                        : "; subnets that cover it are not used")));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"route 10.244.0.0/16 dev tun0 table 52", "route 10.244.0.0/16 dev tun0"})
    void aVpnThatOffersThePodsNetworkTakesNoSubnetAway(String route) {
        Cidr own = Cidr.parse("10.244.7.0/24");
        Cidr peer = Cidr.parse("10.244.9.0/24");
        String host = HOST + "link tun0 1400 kind tun\n" + route + "\n";
        HostNetworks networks = networks(host, "10.244.0.0/16", List.of(own));
        assertThat(networks.overlap()).isEmpty();
        assertThat(networks.conflict(peer)).isEmpty();
        assertThat(networks.isFree(own)).isTrue();
        assertThat(networks(host + "addr 10.244.0.9/16 dev tun0\n", "10.244.0.0/16", List.of(own))
                        .conflict(peer))
                .get()
                .asString()
                .contains("is within 10.244.0.0/16, the network of tun0");
    }

    @Test
    void theBridgesOfPodsAreKnown() {
        assertThat(networks(HOST, "10.244.0.0/16", List.of(Cidr.parse("10.244.7.0/24")))
                        .podBridges())
                .containsExactly("cni0");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"10.9.9.0/24, false", "10.77.5.0/24, false", "10.244.7.0/24, true", "10.99.0.0/24, true"})
    void thisNodeLeasesNothingThatTheHostHas(String block, boolean free) {
        HostNetworks networks = networks(HOST, "10.0.0.0/8", List.of(Cidr.parse("10.244.7.0/24")));
        assertThat(networks.isFree(Cidr.parse(block))).isEqualTo(free);
    }

    /// A peer's subnet with the address of its host.
    private static LeasedSubnet peer(String subnet, String host) {
        return new LeasedSubnet(Cidr.parse(subnet), Ip.parse(host), "{}");
    }

    @Test
    void aPeerWhoseAddressIsAmongPodsIsLeftOut() {
        HostNetworks networks = networks(HOST, "10.244.0.0/16", List.of());
        Map<Cidr, String> harmful = networks.harmful(
                List.of(
                        peer("10.244.8.0/24", "192.168.100.12"),
                        peer("10.244.9.0/24", "10.244.8.77"),
                        peer("10.244.10.0/24", "10.244.10.1"),
                        peer("10.244.11.0/24", "10.244.7.9"),
                        peer("10.244.12.0/24", "10.244.200.1")),
                List.of(Cidr.parse("10.244.7.0/24")));
        assertThat(harmful)
                .containsOnly(
                        Map.entry(
                                Cidr.parse("10.244.9.0/24"),
                                "its address 10.244.8.77 is in the subnet 10.244.8.0/24 of 192.168.100.12"),
                        Map.entry(Cidr.parse("10.244.10.0/24"), "it covers 10.244.10.1, its own host"),
                        Map.entry(
                                Cidr.parse("10.244.11.0/24"),
                                "its address 10.244.7.9 is in this node's own subnet 10.244.7.0/24"));
    }

    /// Where all hosts have addresses in the pods' network, it is the subnet that was chosen badly.
    @Test
    void aSubnetThatCoversAnotherHostIsLeftOut() {
        HostNetworks networks = networks(HOST, "192.168.0.0/16", List.of());
        assertThat(networks.harmful(
                        List.of(
                                peer("192.168.7.0/24", "192.168.8.12"),
                                peer("192.168.9.0/24", "192.168.7.13"),
                                peer("192.168.100.0/25", "192.168.8.14")),
                        List.of()))
                .containsOnly(
                        Map.entry(Cidr.parse("192.168.7.0/24"), "it covers 192.168.7.13, another node"),
                        Map.entry(Cidr.parse("192.168.100.0/25"), "it covers 192.168.100.1, a gateway"));
    }

    /// Whatever hosts have and whatever is leased: packets to what a host needs go on as they did.
    @Test
    void noLeasesCutTheHostOff() {
        Random random = new Random(20260203);
        int leftOut = 0;
        for (int i = 0; i < 3_000; i++) {
            leftOut += oneHost(random);
        }
        assertThat(leftOut).isGreaterThan(3_000); // so the leases were not harmless anyway
    }

    private static int oneHost(Random random) {
        FakeHost host = new FakeHost(randomHost(random));
        Cidr pods = cidr(random, random.nextInt(4, 17));
        Ip store = near(random, host);
        Ip resolver = near(random, host);
        NodeFacts facts = facts(pods).withStore(List.of(store));
        HostNetworks networks = read(host, facts, List.of(), List.of(resolver));
        List<LeasedSubnet> peers = Stream.generate(() -> new LeasedSubnet(
                        within(random, pods), random.nextInt(3) == 0 ? near(random, host) : ip(random), "{}"))
                .limit(random.nextInt(1, 20))
                .toList();
        Map<Cidr, String> harmful = networks.harmful(peers, List.of());
        List<LeasedSubnet> accepted =
                peers.stream().filter(peer -> !harmful.containsKey(peer.cidr())).toList();
        Set<Ip> needed = new HashSet<>(List.of(store, resolver));
        accepted.forEach(peer -> needed.add(peer.publicIp()));
        host.routes.stream()
                .flatMap(route -> route.nextHops().stream())
                .filter(hop -> hop.gateway() != null)
                .forEach(hop -> needed.add(hop.gateway()));
        host.addresses.forEach(it -> needed.add(it.address().ip()));
        List<Cidr> before =
                host.routes.stream().map(route -> route.destination()).toList();
        List<Cidr> after = new ArrayList<>(before);
        accepted.forEach(peer -> after.add(peer.cidr()));
        for (Ip ip : needed) {
            assertThat(best(after, ip))
                    .as("the route to %s, with pods in %s: %s", ip, pods, host.routes)
                    .isEqualTo(best(before, ip));
        }
        Stream.of(store, resolver)
                .filter(ip -> !ip.isLoopback())
                .forEach(ip -> assertThat(networks.isFree(new Cidr(ip, 30))).isFalse());
        return harmful.size();
    }

    private static Optional<Cidr> best(List<Cidr> routes, Ip ip) {
        return routes.stream().filter(route -> route.contains(ip)).max(Comparator.comparingInt(Cidr::length));
    }

    private static String randomHost(Random random) {
        StringBuilder host = new StringBuilder("link lo 65536\naddr 127.0.0.1/8 dev lo\n");
        for (int i = 0; i < 3; i++) {
            Cidr lan = cidr(random, random.nextInt(8, 31));
            host.append("link eth%d 1500\naddr %s/%d dev eth%d\n".formatted(i, inside(random, lan), lan.length(), i));
            host.append("route %s via %s dev eth%d\n"
                    .formatted(i == 0 ? "default" : cidr(random, random.nextInt(1, 33)), inside(random, lan), i));
        }
        return host.toString();
    }

    /// An address that is often one of the host's networks.
    private static Ip near(Random random, FakeHost host) {
        List<Cidr> networks =
                host.routes.stream().map(route -> route.destination()).toList();
        return inside(random, networks.get(random.nextInt(networks.size())));
    }

    private static Ip inside(Random random, Cidr network) {
        long size = 1L << network.family().bits() - network.length();
        return network.address().plus(random.nextLong(size));
    }

    private static Cidr within(Random random, Cidr network) {
        return new Cidr(inside(random, network), random.nextInt(network.length() + 1, 31));
    }

    /// In a narrow range, so that things meet.
    private static Cidr cidr(Random random, int length) {
        return new Cidr(ip(random), length);
    }

    private static Ip ip(Random random) {
        return Ip.parse("10.0.0.0").plus(random.nextLong(1 << 18));
    }

    private static HostNetworks networks(String host, String pods, List<Cidr> own) {
        NodeFacts facts = facts(Cidr.parse(pods)).withStore(List.of(Ip.parse("10.77.5.5")));
        return read(new FakeHost(host), facts, own, List.of(Ip.parse("10.9.9.9")));
    }

    private static boolean isLeaseShaped(Cidr block) {
        return block.length() == 24;
    }

    private static NodeFacts facts(Cidr pods) {
        return NodeFacts.of(Set.of(Family.values())).withPodNetworks(Set.of(pods));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            extension | route 10.5.2.0/24 via 192.168.100.12 dev eth0 | -
            extension | route 10.5.2.0/24 dev gre1                    | -
            host-gw   | route 10.5.2.0/24 via 192.168.100.12 dev eth0 | 10.5.2.0/24, which has a route
            host-gw   | route 10.5.2.0/24 dev gre1                    | 10.5.2.0/24, which has a route by gre1
            extension | addr 10.5.2.1/24 dev gre1                     | 10.5.2.0/24, the network of gre1
            """)
    void routesToPodsAreNobodysElseWhereCommandsMakeThem(String backend, String line, String overlap) {
        NetworkConfig config = NetworkConfig.parse(
                "config", "{\"Network\":\"10.5.0.0/16\",\"Backend\":{\"Type\":\"%s\"}}".formatted(backend));
        HostNetworks networks =
                read(new FakeHost(HOST + "link gre1 1400\n" + line + "\n"), NodeFacts.of(config), List.of(), List.of());
        assertThat(networks.overlap().isPresent()).as("%s", networks.overlap()).isEqualTo(overlap != null);
        assertThat(networks.overlap().orElse("")).contains(overlap == null ? "" : overlap);
    }

    private static HostNetworks read(FakeHost host, NodeFacts facts, List<Cidr> own, List<Ip> resolvers) {
        HostNetworksReader reader = new HostNetworksReader(
                facts, new Interfaces(host.links, host.addresses), own, HostNetworksTest::isLeaseShaped, resolvers);
        return reader.from(host.routes.stream()
                .filter(HostNetworksReader.ofInterest(facts, resolvers))
                .toList());
    }
}
