package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import org.junit.jupiter.api.Test;

/// What the kernel says of routes and of the ways of packets, byte by byte. What is sent was taken from ip(8), what
/// is received from a Linux 6.18; both on a little-endian machine.
class FibCodecTest {
    @Test
    void aRouteWithSeveralNextHopsIsReadWithAllOfThem() throws Exception {
        FibRoute route = route("02180000 fe030001 00000000  08000f00 fe000000  08000100 c6336500"
                + "34000900 10000002 03000000 08000500 c0000201 20001000 05000000"
                + "16001200 0a00fe80 00000000 00000000 00000000 00010000");
        assertThat(route.destination()).isEqualTo(Cidr.parse("198.51.101.0/24"));
        assertThat(route.nextHops())
                .containsExactly(
                        new NextHop(Ip.parse("192.0.2.1"), 3, 0, 3, null),
                        new NextHop(Ip.parse("fe80::1"), 5, 16, 1, null));
        assertThat(route.isOnLink()).isFalse();
    }

    @Test
    void anIpv6RouteWithSeveralNextHopsIsReadWithAllOfThem() throws Exception {
        FibRoute route = route("0a300000 fe030001 00000000  08000f00 fe000000"
                + "14000100 20010db8 00010000 00000000 00000000  08000600 00040000"
                + "3c000900 1c000000 03000000 14000500 fd000001 00000000 00000000 00000001"
                + "1c001000 05000000 14000500 fd000002 00000000 00000000 00000001"
                + "24000c00 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000"
                + "05001400 00000000");
        assertThat(route.destination()).isEqualTo(Cidr.parse("2001:db8:1::/48"));
        assertThat(route.metric()).isEqualTo(1024);
        assertThat(route.nextHops())
                .containsExactly(
                        new NextHop(Ip.parse("fd00:1::1"), 3, 0, 1, null),
                        new NextHop(Ip.parse("fd00:2::1"), 5, 16, 1, null));
    }

    @Test
    void theLargestMetricIsTheWorst() throws Exception {
        FibRoute worst = route("02180000 fe030001 00000000  08000f00 fe000000  08000100 c6336400  08000600 ffffffff"
                + "14000800 08000100 04000000 08000200 14050000  08000500 c0000201  08000400 03000000");
        FibRoute better = route("02180000 fe030001 00000000  08000f00 fe000000  08000100 c6336400  08000600 64000000"
                + "08000500 c0000201  08000400 03000000");
        assertThat(worst.mtu()).isEqualTo(1300);
        assertThat(better.mtu()).isZero();
        assertThat(better.isBetterThan(worst)).isTrue();
        assertThat(worst.isBetterThan(better)).isFalse();
    }

    @Test
    void aRouteOfAnotherTableNamesItsObject() throws Exception {
        FibRoute route = route("02180000 fc030001 00000000  08000f00 e8030000  08000100 c6336600  08001e00 0a000000");
        assertThat(route.table()).isEqualTo(1000);
        assertThat(route.lacksNextHops()).isTrue();
        Map<Integer, NextHopObject> objects = Map.of(
                1, object("02fd0000 00000000  08000100 01000000  08000500 03000000  08000600 c0000201"),
                2, object("0afd0000 01000000  08000100 02000000  08000500 05000000"),
                10,
                        object("00000000 00000000  08000100 0a000000  06000300 00000000"
                                + "14000200 01000000 02000000 02000000 00000000  08000e00 00000080"));
        assertThat(route.resolve(objects).nextHops())
                .containsExactly(new NextHop(Ip.parse("192.0.2.1"), 3, 0, 3, null), new NextHop(null, 5, 1, 1, null));
        assertThat(route.resolve(Map.of()).nextHops()).isEmpty();
    }

    @Test
    void aBlackholeAmongTheObjectsLeadsNowhere() throws Exception {
        FibRoute route = route("02180000 fc030001 00000000  08000f00 e8030000  08000100 c6336600  08001e00 0b000000");
        FibRoute resolved = route.resolve(Map.of(11, object("02000000 00000000  08000100 0b000000  04000400")));
        assertThat(resolved.type()).isEqualTo(Route.BLACKHOLE);
        assertThat(resolved.nextHops()).isEmpty();
    }

    @Test
    void aDamagedNextHopIsNamed() {
        for (String damaged : List.of("0c000900 04000000 03000000", "10000900 20000000 03000000 00000000")) {
            assertThatThrownBy(() -> route("02180000 fe030001 00000000  08000f00 fe000000" + damaged))
                    .isInstanceOf(KernelException.class)
                    .hasMessageContaining("Bad message");
        }
    }

    @Test
    void aPacketIsAskedAboutAsIpDoes() {
        Ip destination = Ip.parse("198.51.100.9");
        RouteQuery query = new RouteQuery(destination, Ip.parse("192.0.2.10"), 0, 3, 7, 0, 0);
        assertThat(hex(query.request().body()))
                .isEqualTo("02202000" + "00000000" + "00100000" + "08000100c6336409" + "08000200c000020a"
                        + "0800040003000000" + "0800100007000000");
        assertThat(hex(RouteQuery.to(destination).matchRequest().body()))
                .isEqualTo("02200000" + "00000000" + "00300000" + "08000100c6336409");
        assertThat(hex(RouteQuery.to(destination).udp(8472).request().body()))
                .isEqualTo("02200000" + "00000000" + "00100000" + "08000100c6336409" + "05001b0011000000"
                        + "06001d0021180000");
        RouteQuery ipv6 = RouteQuery.to(Ip.parse("2001:db8:1::1"));
        assertThat(hex(ipv6.request().body()))
                .isEqualTo("0a800000" + "00000000" + "00000000" + "1400010020010db8000100000000000000000001");
        assertThat(hex(ipv6.matchRequest().body())).startsWith("0a800000" + "00000000" + "00200000");
    }

    @Test
    void theWayOfAPacketIsRead() throws Exception {
        assertThat(path("02200000 fe000001 00020000  08000f00 fe000000  08000100 c6336409  08000400 03000000"
                        + "08000700 c000020a  08000500 c0000201  14000800 08000100 04000000 08000200 14050000"
                        + "08001900 00000000"
                        + "24000c00 02000000 01000000 00000000 00000000 00000000 00000000 00000000 00000000"))
                .isEqualTo(
                        new Path(Ip.parse("192.0.2.1"), 3, Ip.parse("192.0.2.10"), 254, Path.Kind.HOST, 1300, false));
    }

    @Test
    void whatWasLearnedFromAMessageExpires() throws Exception {
        assertThat(path("02200000 fe000001 00020000  08000f00 fe000000  08000100 c6336409  08000400 03000000"
                                + "14000800 08000100 04000000 08000200 14050000"
                                + "24000c00 02000000 01000000 4de90000 00000000 00000000 00000000 00000000 00000000")
                        .learned())
                .isTrue();
    }

    @Test
    void aWayToNowhereIsNone() throws Exception {
        assertThat(path("0a800000 00000007 00000000  08000400 01000000")).isNull();
    }

    private static FibRoute route(String bytes) throws KernelException {
        return FibRoute.decode(reader(bytes));
    }

    private static NextHopObject object(String bytes) throws KernelException {
        return NextHopObject.decode(reader(bytes));
    }

    private static Path path(String bytes) throws KernelException {
        return Path.decode(reader(bytes));
    }

    private static MessageReader reader(String bytes) {
        return new MessageReader("answer", HexFormat.of().parseHex(bytes.replace(" ", "")));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
