package jflannel.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import jflannel.foreign.Packet;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.Filter;
import jflannel.kernel.Hook;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Neighbor;
import jflannel.kernel.NeighborEntry;
import jflannel.kernel.Route;
import jflannel.lease.ConfigException;
import jflannel.lease.LeasedSubnet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The walk from container-1 to container-2, on a node that is whole, and on one where something is not.
class WalkerTest {
    static final Ip POD = Ip.parse("100.96.1.2");
    static final Ip REMOTE = Ip.parse("100.96.2.3");
    private static final Ip PEER = Ip.parse("10.168.0.3");
    static final LeasedSubnet SUBNET = new LeasedSubnet(Cidr.parse("100.96.2.0/24"), PEER, null);
    static final List<KernelObject> WANTED = List.of(
            Route.via(SUBNET.cidr(), Ip.parse("100.96.2.0"), FakeView.VXLAN, true),
            Neighbor.permanent(FakeView.VXLAN, Ip.parse("100.96.2.0"), FakeView.VTEP),
            Neighbor.forwarding(FakeView.VXLAN, FakeView.VTEP, PEER));

    private final FakeView view = new FakeView();
    private Cluster cluster = cluster(new Cluster.Peer(SUBNET, false, false, "", WANTED));

    static Cluster cluster(Cluster.Peer... peers) {
        return new Cluster(
                Map.of(Family.IPV4, Cidr.parse("100.96.0.0/16")),
                List.of(new LeasedSubnet(Cidr.parse("100.96.1.0/24"), Ip.parse("10.168.0.2"), null)),
                List.of(peers),
                List.of(),
                8285,
                false,
                "",
                "");
    }

    private Trace trace(Ip from, Ip to) throws IOException {
        return Walker.walk(Question.echo(from, to), view, cluster);
    }

    private Hop broken() throws IOException {
        Trace trace = trace(POD, REMOTE);
        assertThat(trace.verdict()).as(trace.summary()).isEqualTo(Verdict.BROKEN);
        assertThat(trace.broken()).hasValue(trace.hops().size() - 1);
        return trace.hops().getLast();
    }

    private static List<String> steps(Trace trace) {
        return trace.hops().stream()
                .map(hop -> hop.step().word() + " " + (hop.predicted() ? hop.node() : hop.device()))
                .toList();
    }

    @Test
    void aPacketToAPodOfAnotherNodePassesAllThatTheStoryNames() throws Exception {
        Trace trace = trace(POD, REMOTE);

        assertThat(steps(trace))
                .containsExactly(
                        "pod ",
                        "device veth1",
                        "device cni0",
                        "route flannel.1",
                        "device flannel.1",
                        "neighbor flannel.1",
                        "fdb flannel.1",
                        "tunnel flannel.1",
                        "route eth0",
                        "device eth0",
                        "neighbor eth0",
                        "peer 10.168.0.3",
                        "delivery 10.168.0.3");
        assertThat(trace.verdict()).isEqualTo(Verdict.OK);
        assertThat(trace.hops().get(8).packet())
                .isEqualTo("UDP 10.168.0.2 > 10.168.0.3:8472 [ VXLAN 1 [ ICMP 100.96.1.2 > 100.96.2.3 ] ]");
        assertThat(trace.hops()).noneMatch(Hop::daemon);
    }

    @Test
    void aMissingRouteIsNamedWithTheCommandThatMakesIt() throws Exception {
        view.routes.removeIf(route -> route.protocol() == Route.OURS);

        Hop hop = broken();
        assertThat(hop.step()).isEqualTo(Step.ROUTE);
        assertThat(hop.reason())
                .isEqualTo("the route to 100.96.2.0/24 is missing, so it follows the route to 0.0.0.0/0");
        assertThat(hop.remedy())
                .endsWith("ip route replace 100.96.2.0/24 via 100.96.2.0 dev flannel.1 onlink proto 102");
    }

    @Test
    void aRoutingRuleThatSendsItElsewhereIsNamed() throws Exception {
        view.rule(100, "100.96.0.0/16", 7);
        view.route("0.0.0.0/0", "10.168.0.1", FakeView.ETH0, Route.BOOT, 7);

        Hop hop = broken();
        assertThat(hop.step()).isEqualTo(Step.ROUTE);
        assertThat(hop.reason())
                .contains("100: from all to 100.96.0.0/16 lookup 7")
                .endsWith("leaves by eth0");
        assertThat(hop.remedy()).contains("priority 99");
    }

    @Test
    void aRouteOfAnotherProgramThatWinsIsNamed() throws Exception {
        view.route("100.96.2.0/25", "10.168.0.9", FakeView.ETH0, Route.BOOT);
        assertThat(broken().remedy()).endsWith("ip route del 100.96.2.0/25");
    }

    @Test
    void aNeighborWithAnotherMacThanThePeerAnnouncedIsWrong() throws Exception {
        view.neighbors.removeIf(entry -> entry.ifIndex() == FakeView.VXLAN);
        view.neighbors.add(
                new NeighborEntry(FakeView.VXLAN, Ip.parse("100.96.2.0"), Mac.parse("02:00:00:00:00:99"), 0x80));

        Hop hop = broken();
        assertThat(hop.step()).isEqualTo(Step.NEIGHBOR);
        assertThat(hop.reason()).contains("holds 02:00:00:00:00:99, but the peer announced 82:4b:b6:2f:54:4e");
    }

    @Test
    void aMissingForwardingEntryIsNamed() throws Exception {
        view.forwarding.removeIf(entry -> entry.ifIndex() == FakeView.VXLAN);

        Hop hop = broken();
        assertThat(hop.step()).isEqualTo(Step.FDB);
        assertThat(hop.remedy())
                .endsWith("bridge fdb replace 82:4b:b6:2f:54:4e dev flannel.1 dst 10.168.0.3 self permanent");
    }

    @Test
    void aPeerThatNobodyAnswersForOnTheLinkIsNamed() throws Exception {
        view.neighbors.removeIf(entry -> entry.ifIndex() == FakeView.ETH0);
        view.neighbors.add(new NeighborEntry(FakeView.ETH0, PEER, null, 0x20));
        assertThat(broken().reason()).isEqualTo("10.168.0.3 does not answer on eth0");
    }

    @Test
    void aTunnelThatMakesPacketsTooLargeIsNamed() throws Exception {
        view.link(new Link(FakeView.ETH0, "eth0", "", 1400, Mac.parse("02:00:00:00:00:02"), true, 0, null));

        Hop hop = broken();
        assertThat(hop.device()).isEqualTo("eth0");
        assertThat(hop.reason())
                .startsWith("a full-size packet of 1450 bytes becomes one of 1500, and 1400 fit through");
        assertThat(hop.remedy()).contains("configuration to 1350");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cni0", "flannel.1", "eth0", "veth1"})
    void aDeviceThatIsDownIsNamed(String name) throws Exception {
        Link link = view.links.values().stream()
                .filter(it -> it.name().equals(name))
                .findFirst()
                .orElseThrow();
        view.link(new Link(
                link.index(), name, link.kind(), link.mtu(), link.mac(), false, link.master(), link.properties()));
        assertThat(broken().remedy()).isEqualTo("ip link set " + name + " up");
    }

    @Test
    void aNodeThatDoesNotForwardIsNamed() throws Exception {
        view.sysctls.put("net/ipv4/conf/cni0/forwarding", "0");
        assertThat(broken().remedy()).isEqualTo("sysctl -w net.ipv4.ip_forward=1");
    }

    @Test
    void aDropOfAnyProgramEndsTheWayAndAnAcceptOfOneTableDoesNotOverrideIt() throws Exception {
        view.iptables = """
                *filter
                :FORWARD ACCEPT [0:0]
                -A FORWARD -s 100.96.0.0/16 -j ACCEPT
                """;
        view.nft = """
                {"nftables":[{"table":{"family":"inet","name":"mine"}},
                 {"chain":{"family":"inet","table":"mine","name":"fwd","type":"filter","hook":"forward","prio":10,
                  "policy":"accept"}},
                 {"rule":{"family":"inet","table":"mine","chain":"fwd","expr":[
                  {"match":{"op":"==","left":{"meta":{"key":"oifname"}},"right":"flannel.1"}},{"drop":null}]}}]}
                """;
        Hop hop = broken();
        assertThat(hop.what()).isEqualTo("FORWARD: a rule accepts it, a rule drops it");
        assertThat(hop.evidence())
                .containsExactly(
                        "iptables, table filter, chain FORWARD: -A FORWARD -s 100.96.0.0/16 -j ACCEPT",
                        "the nftables table inet mine, chain fwd: oifname flannel.1 drop");
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker-20.rules", "docker-28.rules", "kube-proxy.rules"})
    void besideTheRulesOfOthersNothingIsBlamed(String file) throws Exception {
        view.iptables = others(file).replace("10.244.", "100.96.") + """
                *filter
                :FLANNEL-FWD - [0:0]
                -A FORWARD -j FLANNEL-FWD
                -A FLANNEL-FWD -s 100.96.0.0/16 -j ACCEPT
                -A FLANNEL-FWD -d 100.96.0.0/16 -j ACCEPT
                """;
        for (Trace trace : List.of(trace(POD, REMOTE), trace(REMOTE, POD), trace(null, REMOTE))) {
            assertThat(trace.verdict()).as(trace.summary()).isEqualTo(Verdict.OK);
        }
    }

    /// Rules of real programs, as their tools printed them.
    private static String others(String file) throws IOException {
        try (var stream = WalkerTest.class.getResourceAsStream("/jflannel/foreign/" + file)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8).replace("10.244.5.", "172.17.0.");
        }
    }

    @Test
    void aPolicyThatDropsIsNamedWithItsCommand() throws Exception {
        view.iptables = "*filter\n:FORWARD DROP [0:0]\n";
        assertThat(broken().remedy()).isEqualTo("If nobody needs that rule: iptables -t filter -P FORWARD ACCEPT");
    }

    @Test
    void aDropThatDependsOnARateMakesItUnknown() throws Exception {
        view.iptables = """
                *filter
                :FORWARD ACCEPT [0:0]
                -A FORWARD -m limit --limit 5/min -j DROP
                """;
        Trace trace = trace(POD, REMOTE);
        assertThat(trace.verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(trace.summary()).contains("may drop it", "--limit 5/min");
    }

    @Test
    void aBlanketMasqueradeBetweenPodsIsWrong() throws Exception {
        view.iptables = "*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -j MASQUERADE\n";

        Hop hop = broken();
        assertThat(hop.reason())
                .startsWith("a rule masquerades packets between pods, so that the other one sees 100.96.1.0");
        assertThat(hop.remedy()).endsWith("iptables -t nat -D POSTROUTING -j MASQUERADE");
    }

    @Test
    void aServiceIsTranslatedAndTheWayGoesOn() throws Exception {
        view.iptables = """
                *nat
                :PREROUTING ACCEPT [0:0]
                :KUBE-SERVICES - [0:0]
                :KUBE-SVC-X - [0:0]
                :KUBE-SEP-1 - [0:0]
                :KUBE-SEP-2 - [0:0]
                :KUBE-MARK-MASQ - [0:0]
                :POSTROUTING ACCEPT [0:0]
                :KUBE-POSTROUTING - [0:0]
                -A PREROUTING -j KUBE-SERVICES
                -A KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 53 -j KUBE-SVC-X
                -A KUBE-SVC-X -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-1
                -A KUBE-SVC-X -j KUBE-SEP-2
                -A KUBE-SEP-1 -s 100.96.2.3/32 -j KUBE-MARK-MASQ
                -A KUBE-SEP-1 -p tcp -m tcp -j DNAT --to-destination 100.96.2.3:8053
                -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
                -A POSTROUTING -j KUBE-POSTROUTING
                -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
                -A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
                -A KUBE-POSTROUTING -j MASQUERADE --random-fully
                """;
        Trace trace = Walker.walk(new Question(POD, Ip.parse("10.96.0.10"), Packet.TCP, 53), view, cluster);

        assertThat(trace.hops())
                .anySatisfy(hop -> assertThat(hop.what())
                        .isEqualTo("PREROUTING: kube-proxy translates the destination into 100.96.2.3 port 8053,"
                                + " one of several"));
        assertThat(trace.hops().getLast().packet()).isEqualTo("TCP 100.96.1.2 > 100.96.2.3:8053");
        assertThat(trace.verdict()).isEqualTo(Verdict.OK);
    }

    @Test
    void anUnleasedSubnetIsNamed() throws Exception {
        cluster = cluster();
        assertThat(broken().reason()).isEqualTo("no node has leased the subnet of 100.96.2.3");
    }

    @Test
    void aLeaseThatTheStoreHasLostMakesItUnknown() throws Exception {
        cluster = cluster(new Cluster.Peer(SUBNET, false, true, "", WANTED));
        assertThat(trace(POD, REMOTE).verdict()).isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void theWorldOutsideSeesANodeOnlyIfSomebodyMasquerades() throws Exception {
        Ip outside = Ip.parse("192.0.2.9");
        assertThat(trace(POD, outside).verdict()).isEqualTo(Verdict.UNKNOWN);

        view.iptables = "*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -s 100.96.0.0/16 -j MASQUERADE\n";
        Trace trace = trace(POD, outside);
        assertThat(trace.verdict()).isEqualTo(Verdict.OK);
        assertThat(trace.hops().getLast().packet()).isEqualTo("ICMP 10.168.0.2 > 192.0.2.9");
    }

    @Test
    void aPodOfThisNodeIsReachedByItsBridge() throws Exception {
        assertThat(steps(trace(null, POD)))
                .containsExactly("pod ", "route cni0", "neighbor cni0", "device veth1", "delivery ");
    }

    @Test
    void whoCarriesUdpPacketsIsSaidWithTheReason() throws Exception {
        view.link(new Link(FakeView.VXLAN, "flannel0", "tun", 1472, null, true, 0, null, false, "", List.of()));
        List<KernelObject> route = List.of(Route.via(SUBNET.cidr(), Ip.parse("100.96.2.0"), FakeView.VXLAN, true));
        cluster = cluster(new Cluster.Peer(SUBNET, true, false, "", route));

        assertThat(broken().reason()).contains("no process has flannel0 open");
        assertThat(broken().what()).contains("no program of flannel's is attached");

        view.filters.add(new Filter(FakeView.VXLAN, Hook.EGRESS, 1, "flannel0", 7, 0));
        assertThat(trace(POD, REMOTE).verdict()).isEqualTo(Verdict.OK);
        assertThat(trace(POD, REMOTE).hops()).noneMatch(Hop::daemon);

        cluster = cluster(new Cluster.Peer(SUBNET, false, false, "", route));
        view.link(new Link(FakeView.VXLAN, "flannel0", "tun", 1472, null, true, 0, null));
        assertThat(trace(POD, REMOTE).hops()).anySatisfy(hop -> {
            assertThat(hop.daemon()).isTrue();
            assertThat(hop.what()).contains("the peer does not announce that it takes others");
        });
    }

    @Test
    void withoutLeasesTheKernelIsFollowedAndTheRestIsSaidToBeUnknown() throws Exception {
        cluster = Cluster.unknown("etcd does not answer");
        Trace trace = trace(POD, REMOTE);
        assertThat(trace.verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(steps(trace)).contains("fdb flannel.1", "peer 10.168.0.3");
        assertThat(trace.notes().getFirst()).contains("etcd does not answer");
    }

    @Test
    void aPacketFromAPodOfAnotherNodeComesOutOfTheTunnel() throws Exception {
        Trace trace = trace(REMOTE, POD);
        assertThat(steps(trace))
                .containsExactly(
                        "pod 10.168.0.3",
                        "device eth0",
                        "tunnel flannel.1",
                        "route cni0",
                        "neighbor cni0",
                        "device veth1",
                        "delivery ");
        assertThat(trace.hops().get(1).packet())
                .isEqualTo("UDP 10.168.0.3 > 10.168.0.2:8472 [ VXLAN 1 [ ICMP 100.96.2.3 > 100.96.1.2 ] ]");
        assertThat(trace.verdict()).isEqualTo(Verdict.OK);
    }

    @Test
    void whatIsClosedForTunnelPacketsOnArrivalIsNamed() throws Exception {
        view.iptables = "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -j ACCEPT\n";
        Hop last = trace(REMOTE, POD).hops().getLast();
        assertThat(last.reason()).contains("table filter, chain INPUT: its policy is to drop");
    }

    @Test
    void theMapsOfKubeProxyInNftablesAreFollowed() throws Exception {
        view.nft = """
                {"nftables":[{"table":{"family":"ip","name":"kube-proxy"}},
                 {"map":{"family":"ip","table":"kube-proxy","name":"service-ips","elem":[
                  [{"concat":["10.96.0.11","tcp",53]},{"goto":{"target":"other"}}],
                  [{"concat":["10.96.0.10","tcp",53]},{"goto":{"target":"service"}}]]}},
                 {"chain":{"family":"ip","table":"kube-proxy","name":"service"}},
                 {"chain":{"family":"ip","table":"kube-proxy","name":"ep-1"}},
                 {"chain":{"family":"ip","table":"kube-proxy","name":"pre","type":"nat","hook":"prerouting","prio":-100,
                  "policy":"accept"}},
                 {"rule":{"family":"ip","table":"kube-proxy","chain":"pre","expr":[{"vmap":{"key":{"concat":[
                  {"payload":{"protocol":"ip","field":"daddr"}},{"meta":{"key":"l4proto"}},
                  {"payload":{"protocol":"th","field":"dport"}}]},"data":"@service-ips"}}]}},
                 {"rule":{"family":"ip","table":"kube-proxy","chain":"service","expr":[{"vmap":{"key":{"numgen":
                  {"mode":"random","mod":1,"offset":0}},"data":{"set":[[0,{"goto":{"target":"ep-1"}}]]}}}]}},
                 {"rule":{"family":"ip","table":"kube-proxy","chain":"ep-1","expr":[{"match":{"op":"==","left":
                  {"meta":{"key":"l4proto"}},"right":"tcp"}},{"dnat":{"addr":"100.96.2.3","port":8053}}]}}]}
                """;
        Trace trace = Walker.walk(new Question(POD, Ip.parse("10.96.0.10"), Packet.TCP, 53), view, cluster);
        assertThat(trace.hops().getLast().packet()).isEqualTo("TCP 100.96.1.2 > 100.96.2.3:8053");
    }

    @Test
    void aSourceThatIsNotHereIsRefused() {
        assertThatThrownBy(() -> trace(Ip.parse("100.96.9.3"), POD)).isInstanceOf(ConfigException.class);
    }
}
