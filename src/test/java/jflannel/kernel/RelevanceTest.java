package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.linux.KernelException;
import jflannel.netlink.Answer;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Rtnetlink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelevanceTest {
    private static final int OWN = 4;
    private static final int UNDERLAY = 2;
    private static final int POD = 9;

    private final Relevance relevance = new Relevance(
            new Interest(Set.of("flannel.1"), Set.of("eth0"), Set.of(Cidr.parse("10.5.0.0/16")), Set.of()));

    @BeforeEach
    void threeDevices() {
        relevance.reset(List.of(link(OWN, "flannel.1"), link(UNDERLAY, "eth0"), link(POD, "veth1")));
    }

    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, delimiter = '|', textBlock = """
            destination   | gateway      | device | concerns
            10.5.2.0/24   | 10.5.2.0     | 4      | object
            10.5.2.0/24   | 192.0.2.2    | 2      | object
            10.5.2.0/24   | 192.0.2.99   | 9      | object
            10.5.2.0/25   | 192.0.2.99   | 9      | object
            10.5.0.0/16   | 192.0.2.99   | 9      | object
            172.16.0.0/16 | 10.5.2.0     | 4      | object
            10.0.0.0/8    | 192.0.2.99   | 9      | underlay
            0.0.0.0/0     | 192.0.2.254  | 2      | underlay
            0.0.0.0/0     | 192.0.2.254  | 0      | underlay
            198.51.0.0/16 | 192.0.2.254  | 2      | underlay
            10.5.1.7/32   |              | 9      | nothing
            10.5.1.7/32   | 10.5.1.7     | 4      | object
            10.99.0.0/16  | 192.0.2.99   | 9      | nothing
            fd00:9::/64   | fd00::1      | 9      | nothing
            """)
    void routesMatterByDeviceOrDestination(String destination, String gateway, int device, String concerns)
            throws Exception {
        Ip via = gateway == null ? null : Ip.parse(gateway);
        Route route = Route.via(Cidr.parse(destination), via, device, true);
        assertThat(news(Rtnetlink.RTM_NEWROUTE, route.encode()))
                .isEqualTo(expected(concerns, new KernelNews.Present(route)));
        assertThat(news(Rtnetlink.RTM_DELROUTE, route.encode()))
                .isEqualTo(expected(concerns, new KernelNews.Absent(route.key())));
    }

    @Test
    void aRuleOfOursIsAnObjectAndAnyOtherMayLeadToOtherNodes() throws Exception {
        RoutingRule ours = RoutingRule.to(Cidr.parse("10.5.0.0/16"), 100, 5000);
        assertThat(news(Rtnetlink.RTM_NEWRULE, ours.encode())).contains(new KernelNews.Present(ours));
        assertThat(news(Rtnetlink.RTM_DELRULE, ours.encode())).contains(new KernelNews.Absent(ours.key()));
        RoutingRule foreign = new RoutingRule(ours.destination(), 100, 5000, Route.BOOT);
        assertThat(news(Rtnetlink.RTM_NEWRULE, foreign.encode())).contains(new KernelNews.UnderlayChanged());
    }

    @Test
    void routesOfAnotherTableMatterOnlyIfItIsOneOfOurs() throws Exception {
        Route route = Route.through(Cidr.parse("10.5.2.0/24"), OWN);
        assertThat(news(Rtnetlink.RTM_NEWROUTE, route.encode())).contains(new KernelNews.Present(route));
        assertThat(news(Rtnetlink.RTM_NEWROUTE, route.inTable(100).encode())).isEmpty();
    }

    /// Another table or another device may lead to a peer's host, too.
    @ParameterizedTest
    @CsvSource({
        "02200000 34030001 00000000 08000f0034000000 08000100c6336402 0800040009000000, true", // in table 52
        "02180000 fe030001 00000000 08000f00fe000000 08000100c6336400 0800040009000000, true",
        "02180000 fe660001 00000000 08000f00fe000000 08000100c6336400 0800040009000000, false", // ours
        "02200000 ff02fe02 00000000 08000f00ff000000 08000100c6336402 0800040009000000, false", // the local table
        "02180000 fe030001 00000000 08000f00fe000000 08000100c6336500 0800040009000000, false"
    })
    void routesToPeersMatterInWhateverTable(String bytes, boolean matters) throws Exception {
        Relevance aware = new Relevance(new Interest(
                Set.of(),
                Set.of(),
                Set.of(),
                Set.of(),
                Set.of(FibRoute.MAIN),
                false,
                network -> network.contains(Ip.parse("198.51.100.2"))));
        byte[] body = HexFormat.of().parseHex(bytes.replace(" ", ""));
        for (int type : new int[] {Rtnetlink.RTM_NEWROUTE, Rtnetlink.RTM_DELROUTE}) {
            assertThat(aware.news(new Answer(type, 0, 0, ByteBuffer.wrap(body))).isPresent())
                    .isEqualTo(matters);
        }
    }

    private static Optional<KernelNews> expected(String concerns, KernelNews ofObject) {
        return switch (concerns) {
            case "object" -> Optional.of(ofObject);
            case "underlay" -> Optional.of(new KernelNews.UnderlayChanged());
            default -> Optional.empty();
        };
    }

    @ParameterizedTest
    @CsvSource({"4, object", "2, nothing", "9, nothing"})
    void neighborsAndForwardingEntriesMatterOnOwnDevices(int device, String concerns) throws Exception {
        Mac mac = Mac.parse("02:00:5e:10:00:01");
        Ip ip = Ip.parse("192.0.2.2");
        for (Neighbor entry : List.of(Neighbor.permanent(device, ip, mac), Neighbor.forwarding(device, mac, ip))) {
            boolean isOfHost = device == UNDERLAY && !entry.forwarding();
            assertThat(news(Rtnetlink.RTM_NEWNEIGH, entry.encode()))
                    .isEqualTo(expected(isOfHost ? "underlay" : concerns, new KernelNews.Present(entry)));
            assertThat(news(Rtnetlink.RTM_DELNEIGH, entry.encode()))
                    .isEqualTo(expected(concerns, new KernelNews.Absent(entry.key())));
        }
    }

    /// While it deletes one, the kernel reports it as failed, and without its Ethernet address.
    @Test
    void aNeighborThatIsNotPermanentAnyMoreIsGone() throws Exception {
        Neighbor entry = Neighbor.permanent(OWN, Ip.parse("192.0.2.2"), Mac.parse("02:00:5e:10:00:01"));
        byte[] failed = new MessageWriter()
                .u8(Family.IPV4.af())
                .zeros(3)
                .u32(OWN)
                .u16(0x20) // NUD_FAILED
                .zeros(2)
                .attribute(1, Ip.parse("192.0.2.2").bytes()) // NDA_DST
                .bytes();
        assertThat(news(Rtnetlink.RTM_NEWNEIGH, failed)).contains(new KernelNews.Absent(entry.key()));
    }

    @ParameterizedTest
    @CsvSource({
        "4, 192.0.2.2, object",
        "2, 192.0.2.2, underlay",
        "9, 192.0.2.2, nothing",
        "4, 10.5.7.2,  object",
        "2, 10.5.7.2,  underlay",
        "9, 10.5.7.2,  object"
    })
    void addressesMatterOnOwnDevicesOnTheUnderlayAndAmongPods(int device, String ip, String concerns) throws Exception {
        Address address = new Address(device, Ip.parse(ip), 24);
        assertThat(news(Rtnetlink.RTM_NEWADDR, address.encode()))
                .isEqualTo(expected(concerns, new KernelNews.Present(address)));
        assertThat(news(Rtnetlink.RTM_DELADDR, address.encode()))
                .isEqualTo(expected(concerns, new KernelNews.Absent(address.key())));
    }

    @Test
    void aDeviceIsFollowedThroughItsLife() throws Exception {
        KernelNews gone = new KernelNews.DeviceGone("flannel.1");
        assertThat(news(Rtnetlink.RTM_NEWLINK, bytes(OWN, "flannel.1", 1450)))
                .as("as known")
                .isEmpty();
        assertThat(news(Rtnetlink.RTM_NEWLINK, bytes(OWN, "flannel.1", 1400)))
                .as("changed")
                .contains(new KernelNews.DeviceChanged(link(OWN, "flannel.1", 1400)));
        assertThat(news(Rtnetlink.RTM_NEWLINK, bytes(POD, "veth1", 1400)))
                .as("a pod's")
                .isEmpty();
        assertThat(news(Rtnetlink.RTM_NEWLINK, bytes(OWN, "old", 1400)))
                .as("renamed")
                .contains(gone);
        assertThat(news(Rtnetlink.RTM_DELLINK, bytes(OWN, "old", 1400)))
                .as("no longer ours")
                .isEmpty();
        assertThat(news(Rtnetlink.RTM_NEWLINK, bytes(12, "flannel.1", 1450)))
                .as("made again")
                .contains(new KernelNews.DeviceChanged(link(12, "flannel.1", 1450)));
        assertThat(news(Rtnetlink.RTM_NEWADDR, new Address(12, Ip.parse("10.5.1.0"), 32).encode()))
                .isPresent();
        byte[] leavesItsBridge = bytes(12, "flannel.1", 1450);
        leavesItsBridge[0] = Rtnetlink.AF_BRIDGE;
        assertThat(news(Rtnetlink.RTM_DELLINK, leavesItsBridge)).isEmpty();
        assertThat(news(Rtnetlink.RTM_DELLINK, bytes(12, "flannel.1", 1450))).contains(gone);
        assertThat(news(Rtnetlink.RTM_DELLINK, bytes(POD, "veth1", 1450))).isEmpty();
    }

    @Test
    void aDeviceThatLeadsToNodesIsFollowedToo() throws Exception {
        KernelNews changed = new KernelNews.UnderlayChanged();
        assertThat(news(Rtnetlink.RTM_NEWLINK, bytes(UNDERLAY, "eth0", 1450))).isEmpty();
        assertThat(news(Rtnetlink.RTM_NEWLINK, bytes(UNDERLAY, "eth0", 1400))).contains(changed);
        assertThat(news(Rtnetlink.RTM_NEWLINK, bytes(UNDERLAY, "old", 1400)))
                .as("renamed")
                .contains(changed);
        assertThat(news(Rtnetlink.RTM_NEWLINK, bytes(UNDERLAY, "eth0", 1400)))
                .as("back")
                .contains(changed);
        assertThat(news(Rtnetlink.RTM_DELLINK, bytes(UNDERLAY, "eth0", 1400))).contains(changed);
    }

    private Optional<KernelNews> news(int type, byte[] body) throws KernelException {
        return relevance.news(new Answer(type, 0, 0, ByteBuffer.wrap(body)));
    }

    private static Link link(int index, String name) {
        return link(index, name, 1450);
    }

    private static Link link(int index, String name, int mtu) {
        return new Link(index, name, "", mtu, null, false, 0, null);
    }

    private static byte[] bytes(int index, String name, int mtu) {
        return Link.ifinfomsg(index, 0, 0)
                .text(Link.IFLA_IFNAME, name)
                .u32Attribute(Link.IFLA_MTU, mtu)
                .bytes();
    }
}
