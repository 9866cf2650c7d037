package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.netlink.Answer;
import jflannel.netlink.MessageReader;
import jflannel.netlink.Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Messages byte by byte, grouped by attribute. What is sent was taken from ip(8) and bridge(8) doing the same, what
/// is received from a Linux 6.18; both on a little-endian machine.
class CodecTest {
    private static final Mac VTEP = Mac.parse("02:00:5e:10:00:01");
    private static final Cidr SUBNET = Cidr.parse("10.5.2.0/24");
    private static final Cidr SUBNET6 = Cidr.parse("fd00:5:2::/64");
    private static final Encap ENCAP = Encap.vxlan(1, Ip.parse("192.0.2.1"), Ip.parse("192.0.2.2"));
    private static final Encap ENCAP6 = Encap.vxlan(1, Ip.parse("2001:db8::1"), Ip.parse("2001:db8::2"));

    record Case(String name, KernelObject object, String bytes) {
        @Override
        public String toString() {
            return name;
        }
    }

    static final List<Case> SENT = List.of(
            new Case(
                    "IPv4 address",
                    new Address(4, Ip.parse("10.5.1.0"), 32),
                    "02200000 04000000  08000200 0a050100  08000100 0a050100"),
            new Case(
                    "IPv6 address without detection of duplicates and without a route",
                    new Address(4, Ip.parse("fd00:5::"), 128),
                    "0a800000 04000000  14000200 fd000005 00000000 00000000 00000000"
                            + "08000800 02020000  14000100 fd000005 00000000 00000000 00000000"),
            new Case(
                    "IPv4 neighbor",
                    Neighbor.permanent(4, SUBNET.address(), VTEP),
                    "02000000 04000000 80000000  08000100 0a050200  0a000200 02005e10 00010000"),
            new Case(
                    "IPv6 neighbor",
                    Neighbor.permanent(4, SUBNET6.address(), VTEP),
                    "0a000000 04000000 80000000  14000100 fd000005 00020000 00000000 00000000"
                            + "0a000200 02005e10 00010000"),
            new Case(
                    "fdb entry over IPv4",
                    Neighbor.forwarding(5, VTEP, Ip.parse("192.0.2.2")),
                    "07000000 05000000 80000200  08000100 c0000202  0a000200 02005e10 00010000"),
            new Case(
                    "fdb entry over IPv6",
                    Neighbor.forwarding(5, VTEP, Ip.parse("2001:db8::2")),
                    "07000000 05000000 80000200  14000100 20010db8 00000000 00000000 00000002"
                            + "0a000200 02005e10 00010000"),
            new Case(
                    "onlink route",
                    Route.via(SUBNET, SUBNET.address(), 4, true),
                    "02180000 fe660001 04000000  08000100 0a050200  08000500 0a050200  08000400 04000000"),
            new Case(
                    "onlink IPv6 route, whose metric is always named",
                    Route.via(SUBNET6, SUBNET6.address(), 4, true),
                    "0a400000 fe660001 04000000  14000100 fd000005 00020000 00000000 00000000"
                            + "14000500 fd000005 00020000 00000000 00000000  08000600 00040000  08000400 04000000"),
            new Case(
                    "route that carries the tunnel's end",
                    Route.into(ENCAP, SUBNET, SUBNET.address(), 4, 0),
                    "02180000 fe660001 04000000  08000100 0a050200"
                            + "28001680 0c000100 00000000 00000001 08000300 c0000201 08000200 c0000202 06000600 00010000"
                            + "06001500 02000000  08000500 0a050200  08000400 04000000"),
            new Case(
                    "IPv6 route that carries the tunnel's end",
                    Route.into(ENCAP6, SUBNET6, SUBNET6.address(), 4, 0),
                    "0a400000 fe660001 04000000  14000100 fd000005 00020000 00000000 00000000"
                            + "40001680 0c000100 00000000 00000001 14000300 20010db8 00000000 00000000 00000001"
                            + "14000200 20010db8 00000000 00000000 00000002 06000600 00010000  06001500 04000000"
                            + "14000500 fd000005 00020000 00000000 00000000  08000600 00040000  08000400 04000000"),
            new Case(
                    "IPv4 route through an IPv6 next hop",
                    Route.via(Cidr.parse("10.5.3.0/24"), Ip.parse("fe80::1"), 3, false),
                    "02180000 fe660001 00000000  08000100 0a050300"
                            + "16001200 0a00fe80 00000000 00000000 00000000 00010000  08000400 03000000"),
            new Case(
                    "route for packets of a size",
                    Route.via(SUBNET, Ip.parse("192.0.2.2"), 3, false).withMtu(1300),
                    "02180000 fe660001 00000000  08000100 0a050200  08000500 c0000202  08000400 03000000"
                            + "0c000800 08000200 14050000"),
            new Case(
                    "IPv6 route for packets of a size",
                    Route.via(SUBNET6, Ip.parse("fd00:1::2"), 3, false).withMtu(1300),
                    "0a400000 fe660001 00000000  14000100 fd000005 00020000 00000000 00000000"
                            + "14000500 fd000001 00000000 00000000 00000002  08000600 00040000  08000400 03000000"
                            + "0c000800 08000200 14050000"),
            new Case(
                    "blackhole",
                    new Route(Cidr.parse("10.5.1.0/24"), null, 0, false, Route.OURS, 0, Route.BLACKHOLE),
                    "02180000 fe660006 00000000  08000100 0a050100"),
            new Case(
                    "route out of a device",
                    new Route(Cidr.parse("10.6.0.0/16"), null, 3, false, Route.OURS, 7, Route.UNICAST),
                    "02100000 fe66fd01 00000000  08000100 0a060000  08000600 07000000  08000400 03000000"),
            new Case(
                    "route of another table",
                    Route.through(Cidr.parse("10.6.0.0/16"), 3).inTable(100),
                    "02100000 6466fd01 00000000  08000100 0a060000  08000400 03000000"),
            new Case(
                    "route of a table whose number needs an attribute",
                    Route.through(Cidr.parse("10.6.0.0/16"), 3).inTable(-1),
                    "02100000 0066fd01 00000000  08000100 0a060000  08000400 03000000  08000f00 ffffffff"),
            new Case(
                    "route that leaves the table",
                    Route.skipping(Cidr.parse("10.5.1.0/24"), 100),
                    "02180000 64660009 00000000  08000100 0a050100"),
            new Case(
                    "rule",
                    RoutingRule.to(Cidr.parse("10.5.0.0/16"), 100, 5000),
                    "02100000 00000001 00000000  08000100 0a050000  08000600 88130000  08000f00 64000000"
                            + "05001500 66000000"));

    static final List<Case> RECEIVED = List.of(
            new Case(
                    "route of another table",
                    Route.via(SUBNET, SUBNET.address(), 4, true).inTable(300),
                    "02180000 fc660001 04000000  08000f00 2c010000  08000100 0a050200  08000500 0a050200"
                            + "08000400 04000000"),
            new Case(
                    "rule",
                    RoutingRule.to(Cidr.parse("10.5.0.0/16"), 300, 5000),
                    "02100000 fc000001 00000000  08000f00 2c010000  08000e00 ffffffff  08000600 88130000"
                            + "05001500 66000000  08000100 0a050000"),
            new Case(
                    "IPv6 address, with cache information and wide flags",
                    new Address(4, Ip.parse("fd00:5::"), 128),
                    "0a808200 04000000  14000100 fd000005 00000000 00000000 00000000"
                            + "14000600 ffffffff ffffffff 744e0400 744e0400  08000800 82020000"),
            new Case(
                    "neighbor, with probes and cache information",
                    Neighbor.permanent(4, SUBNET.address(), VTEP),
                    "02000000 04000000 80000001  08000100 0a050200  0a000200 02005e10 00010000"
                            + "08000400 00000000  14000300 20000000 20000000 20000000 00000000"),
            new Case(
                    "fdb entry, made by bridge(8), which sets one more state",
                    Neighbor.forwarding(4, VTEP, Ip.parse("192.0.2.2")),
                    "07000000 04000000 c0000201  0a000200 02005e10 00010000  08000100 c0000202"
                            + "14000300 00000000 6c000000 6c000000 00000000"),
            new Case(
                    "onlink route",
                    Route.via(SUBNET, SUBNET.address(), 4, true),
                    "02180000 fe660001 04000000  08000f00 fe000000  08000100 0a050200  08000500 0a050200"
                            + "08000400 04000000"),
            new Case(
                    "onlink IPv6 route",
                    Route.via(SUBNET6, SUBNET6.address(), 4, true),
                    "0a400000 fe660001 04000000  08000f00 fe000000  14000100 fd000005 00020000 00000000 00000000"
                            + "08000600 00040000  14000500 fd000005 00020000 00000000 00000000  08000400 04000000"
                            + "24000c00 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000"
                            + "05001400 00000000"),
            new Case(
                    "route that carries the tunnel's end",
                    Route.into(ENCAP, SUBNET, SUBNET.address(), 4, 0),
                    "02180000 fe660001 04000000  08000f00 fe000000  08000100 0a050200  08000500 0a050200"
                            + "08000400 04000000  38001600 0c000100 00000000 00000001 08000200 c0000202"
                            + "08000300 c0000201 05000500 00000000 05000400 00000000 06000600 00010000"
                            + "06001500 02000000"),
            new Case(
                    "IPv6 route that carries the tunnel's end",
                    Route.into(ENCAP6, SUBNET6, SUBNET6.address(), 4, 0),
                    "0a400000 fe660001 04000000  08000f00 fe000000  14000100 fd000005 00020000 00000000 00000000"
                            + "08000600 00040000  14000500 fd000005 00020000 00000000 00000000  08000400 04000000"
                            + "50001600 0c000100 00000000 00000001 14000200 20010db8 00000000 00000000 00000002"
                            + "14000300 20010db8 00000000 00000000 00000001 05000500 00000000 05000400 00000000"
                            + "06000600 00010000  06001500 04000000  24000c00 00000000 00000000 00000000 00000000"
                            + "00000000 00000000 00000000 00000000  05001400 00000000"),
            new Case(
                    "route for packets of a size",
                    Route.via(SUBNET, Ip.parse("192.0.2.2"), 3, false).withMtu(1300),
                    "02180000 fe660001 00000000  08000f00 fe000000  08000100 0a050200  0c000800 08000200 14050000"
                            + "08000500 c0000202  08000400 03000000"),
            new Case(
                    "route with several next hops, which is none that this program makes",
                    new Route(Cidr.parse("198.51.101.0/24"), null, 0, false, Route.BOOT, 0, Route.UNICAST),
                    "02180000 fe030001 00000000  08000f00 fe000000  08000100 c6336500"
                            + "34000900 10000002 03000000 08000500 c0000201 20001000 05000000"
                            + "16001200 0a00fe80 00000000 00000000 00000000 00010000"),
            new Case(
                    "IPv6 blackhole, which has the loopback device for no reason",
                    new Route(Cidr.parse("fd00:5:1::/64"), null, 0, false, Route.OURS, 9000, Route.BLACKHOLE),
                    "0a400000 fe660006 00000000  08000f00 fe000000  14000100 fd000005 00010000 00000000 00000000"
                            + "08000600 28230000  08000400 01000000  05001400 00000000"));

    static final List<Case> IGNORED = List.of(
            new Case(
                    "neighbor that is not permanent",
                    null,
                    "0a000000 04000000 40000005  14000100 ff020000 00000000 00000000 00000016"
                            + "0a000200 33330000 00160000"),
            new Case("fdb entry without a destination", null, "07000000 04000000 80000200  0a000200 33330000 00010000"),
            new Case(
                    "neighbor on InfiniBand, whose addresses have 20 bytes",
                    null,
                    "02000000 04000000 80000001  08000100 0a050200"
                            + "18000200 00000000 00000000 00000000 00000000 00000000"),
            new Case(
                    "route for one type of service",
                    null,
                    "02180010 fe660001 00000000  08000100 0a050200  08000400 04000000"),
            new Case(
                    "rule that takes no default route from the table",
                    null,
                    "02100000 fc000001 00000000  08000f00 2c010000  08000e00 00000000  08000600 88130000"
                            + "05001500 66000000  08000100 0a050000"),
            new Case(
                    "rule for marked packets",
                    null,
                    "02100000 fc000001 00000000  08000f00 2c010000  08000e00 ffffffff  08000600 88130000"
                            + "05001500 66000000  08000100 0a050000  08000a00 01000000"),
            new Case(
                    "rule for packets to anywhere else",
                    null,
                    "02100000 fc000001 02000000  08000f00 2c010000  08000e00 ffffffff  08000600 88130000"
                            + "05001500 66000000  08000100 0a050000"));

    @ParameterizedTest(name = "{0}")
    @FieldSource("SENT")
    void isSentAsIpSendsIt(Case sent) {
        assertThat(HexFormat.of().formatHex(encode(sent.object))).isEqualTo(sent.bytes.replace(" ", ""));
    }

    @ParameterizedTest(name = "{0}")
    @FieldSource({"SENT", "RECEIVED"})
    void isReadAsItWasMeant(Case received) throws Exception {
        KernelObject read = decode(received.object.getClass(), bytes(received.bytes));
        // an fdb entry that was sent names its state as permanent, which is all that matters
        assertThat(read).isEqualTo(received.object);
    }

    @ParameterizedTest(name = "{0}")
    @FieldSource("IGNORED")
    void isNotManaged(Case received) throws Exception {
        Class<? extends KernelObject> kind = received.name.startsWith("route")
                ? Route.class
                : received.name.startsWith("rule") ? RoutingRule.class : Neighbor.class;
        assertThat(decode(kind, bytes(received.bytes))).isNull();
    }

    @Test
    void aRouteThatIsAddedNeverReplacesOneThatCameMeanwhile() {
        Route route = Route.through(SUBNET, 3);
        Neighbor neighbor = Neighbor.permanent(3, SUBNET.address(), VTEP);
        assertThat(ObjectRequests.of(new Plan.Change(Plan.Verb.ADD, route)).flags())
                .isEqualTo(0x600); // create, exclusively
        assertThat(ObjectRequests.of(new Plan.Change(Plan.Verb.REPLACE, route)).flags())
                .isEqualTo(0x500);
        assertThat(ObjectRequests.of(new Plan.Change(Plan.Verb.ADD, neighbor)).flags())
                .isEqualTo(0x500);
    }

    @Test
    void aDeletionLeavesTheScopeOpen() {
        byte[] bytes = Route.through(Cidr.parse("10.6.0.0/16"), 3).encodeForDeletion();
        assertThat(bytes[6]).isEqualTo((byte) 255);
        assertThat(bytes[5]).isEqualTo((byte) Route.OURS);
    }

    @Test
    void aVxlanDeviceIsReadWithAllItsProperties() throws Exception {
        String received = "00000100 04000000 43100100 00000000  0e000300 666c616e 6e656c2e 31000000"
                + "08000400 aa050000  0a000100 bab41b5d 88710000  e8001200"
                + "0a000100 76786c61 6e000000 d8000200 08000100 01000000 08000300 03000000"
                + "08000400 c0000201 05000500 00000000 05001c00 00000000 05000600 00000000"
                + "05001d00 00000000 08001a00 00000000 08002000 00000000 05000700 00000000"
                + "05000b00 00000000 05000c00 00000000 05000d00 00000000 05000e00 00000000"
                + "05001900 00000000 08000800 2c010000 08000900 00000000 06000f00 21180000"
                + "05001200 01000000 05001300 00000000 05001400 00000000 05001500 00000000"
                + "05001600 00000000 05001f00 01000000 08000a00 00000000 0c002100 f7ffffff 000000ff"
                + "0c000600 6e6f7175 65756500";
        assertThat(Link.decode(new MessageReader("link", bytes(received))))
                .isEqualTo(new Link(
                        4,
                        "flannel.1",
                        "vxlan",
                        1450,
                        Mac.parse("ba:b4:1b:5d:88:71"),
                        true,
                        0,
                        new Vxlan(1, 8472, Ip.parse("192.0.2.1"), 3, false, false)));
    }

    @Test
    void aNetworkIsAdmittedAsBridgeDoesIt() {
        Link flannel = new Link(4, "flannel.1", "vxlan", 1450, VTEP, true, 0, Vxlan.external(1, 8472, 3));
        Request request = LinkRequests.admit(flannel, 1);
        assertThat(request.type()).isEqualTo(0x78);
        assertThat(HexFormat.of().formatHex(request.body()))
                .isEqualTo("07000000" + "04000000" + "0c000180" + "0800010001000000");
    }

    @Test
    void aDeletionNamesNeitherTunnelNorSize() {
        byte[] bytes =
                Route.into(ENCAP, SUBNET, SUBNET.address(), 4, 0).withMtu(1300).encodeForDeletion();
        byte[] without = Route.via(SUBNET, SUBNET.address(), 4, true).encodeForDeletion();
        assertThat(bytes).isEqualTo(without);
    }

    @Test
    void aTunnelOfAnotherKindIsSeenToBeAnother() throws Exception {
        String received = "02180000 fe660001 04000000  08000100 0a050200  08000500 0a050200  08000400 04000000"
                + "0c001600 08000100 00064100  06001500 01000000"; // mpls
        Route route = Route.decode(new MessageReader("route", bytes(received)));
        assertThat(route.encap().type()).isEqualTo(1);
        assertThat(route).isNotEqualTo(Route.via(SUBNET, SUBNET.address(), 4, true));
    }

    @Test
    void countersOfNftablesAreAskedForAndRead() throws Exception {
        Request request = NftablesCounters.list("mine");
        assertThat(request.type()).isEqualTo(0x0a13);
        assertThat(HexFormat.of().formatHex(request.body()))
                .isEqualTo("01000000" + "090001006d696e6500000000" + "0800030000000001");
        String received = "01000002 09000100 6d696e65 00000000 0a000200 70696e67 73000000 08000300 00000001"
                + "0c000600 00000000 00000002  08000500 00000001"
                + "1c000400 0c000100 00000002 000000fc 0c000200 00000001 00000003";
        assertThat(NftablesCounters.decode(new MessageReader("counters", bytes(received))))
                .isEqualTo(new NftablesCounters.Named("pings", (1L << 32) + 3));
        for (String wrong : List.of(received.substring(0, 80), received.replace("0c0002", "0c0003"))) {
            assertThatThrownBy(() -> NftablesCounters.decode(new MessageReader("counters", bytes(wrong))))
                    .hasMessage("read counters: Bad message: no name, or no count of packets [errno 74]");
        }
    }

    @Test
    void aRefusalBringsTheKernelsOwnWords() throws Exception {
        String quoted = "68000000 02000002 c0ae006b d51f0000  9bffffff"
                + "34000000 18000506 c0ae006b 00000000 02180000 fe030001 00000000"
                + "08000100 0a090000 08000500 cb007105 08000400 03000000"
                + "20000100 4e657874 686f7020 68617320 696e7661 6c696420 67617465 77617900";
        String capped = "44000000 02000003 c0ae006b d51f0000  9bffffff  34000000 18000506 c0ae006b 00000000"
                + "20000100 4e657874 686f7020 68617320 696e7661 6c696420 67617465 77617900";
        Request request = new Request(0, 0, new byte[0], "put", Route.via(SUBNET, Ip.parse("203.0.113.5"), 3, false));
        for (String datagram : List.of(quoted, capped)) {
            Answer answer = Answer.split(ByteBuffer.wrap(bytes(datagram))).getFirst();
            assertThat(answer.sequence()).isEqualTo(0x6b00aec0);
            assertThat(answer.refusal(request))
                    .hasMessage("put route 10.5.2.0/24 via 203.0.113.5 dev 3:"
                            + " Network is unreachable: Nexthop has invalid gateway [errno 101]");
        }
    }

    @Test
    void anAttributeOfTheWrongLengthIsNamed() {
        String received = "02180000 fe660001 00000000  06000400 04000000";
        assertThatThrownBy(() -> Route.decode(new MessageReader("routes", bytes(received))))
                .isInstanceOfSatisfying(
                        KernelException.class,
                        e -> assertThat(e.is(Errno.EBADMSG)).isTrue())
                .hasMessage("read routes: Bad message: attribute 4 has 2 bytes instead of 4 [errno 74]");
        assertThatThrownBy(() -> Route.decode(new MessageReader("routes", bytes("0218"))))
                .hasMessage("read routes: Bad message: it ends after 2 bytes [errno 74]");
        assertThatThrownBy(() -> Route.decode(new MessageReader("routes", bytes(received.replace("0600", "4000")))))
                .hasMessage("read routes: Bad message: attribute 4 claims 64 of 8 bytes [errno 74]");
    }

    static byte[] encode(KernelObject object) {
        return switch (object) {
            case Address address -> address.encode();
            case Clsact clsact -> clsact.encode();
            case Filter filter -> filter.encode();
            case Neighbor neighbor -> neighbor.encode();
            case Route route -> route.encode();
            case RoutingRule rule -> rule.encode();
            case WireguardPeer _, XfrmPolicy _ -> throw new IllegalArgumentException(object + " has a test of its own");
        };
    }

    static KernelObject decode(Class<? extends KernelObject> kind, byte[] bytes) throws KernelException {
        MessageReader in = new MessageReader(kind.getSimpleName(), bytes);
        if (kind == Address.class) {
            InterfaceAddress address = Address.decode(in);
            return address == null ? null : address.address();
        }
        if (kind == RoutingRule.class) {
            return RoutingRule.decode(in);
        }
        return kind == Neighbor.class ? Neighbor.decode(in) : Route.decode(in);
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
}
