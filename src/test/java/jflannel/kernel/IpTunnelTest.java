package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.netlink.MessageReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Devices that put IP packets into IP packets, byte by byte.
class IpTunnelTest {
    record Tunnel(String name, IpTunnel kind, String bytes) {
        @Override
        public String toString() {
            return name;
        }
    }

    /// IFLA_INFO_DATA as a Linux 6.1 lists it, of devices that ip(8) made.
    static final List<Tunnel> TUNNELS = List.of(
            new Tunnel(
                    "IPv4 in IPv4",
                    IpTunnel.inIpv4(Family.IPV4, Ip.parse("192.0.2.1")),
                    "08000100 00000000 08000200 c0000201 08000300 00000000 05000400 00000000 05000500 00000000"
                            + "05000900 00000000 05000a00 00000000 08001400 00000000 06000f00 00000000"
                            + "06001100 00000000 06001200 00000000 06001000 00000000"),
            new Tunnel(
                    "tunl0, which comes with the module",
                    new IpTunnel("ipip", null, null, 0, 0, false, true),
                    "08000100 00000000 08000200 00000000 08000300 00000000 05000400 00000000 05000500 00000000"
                            + "05000900 00000000 05000a00 00000000 08001400 00000000 06000f00 00000000"
                            + "06001100 00000000 06001200 00000000 06001000 00000000"),
            new Tunnel(
                    "IPv6 in IPv4",
                    IpTunnel.inIpv4(Family.IPV6, Ip.parse("192.0.2.1")),
                    "08000100 00000000 08000200 c0000201 08000300 00000000 05000400 00000000 05000500 00000000"
                            + "05000a00 00000000 05000900 29000000 06000800 00000000 08001400 00000000"
                            + "14000b00 20020000 00000000 00000000 00000000 08000c00 00000000 06000d00 10000000"
                            + "06000e00 00000000 06000f00 00000000 06001100 00000000 06001200 00000000"
                            + "06001000 00000000"),
            new Tunnel(
                    "both in IPv6",
                    IpTunnel.inIpv6(),
                    "08000100 00000000 14000200 00000000 00000000 00000000 00000000"
                            + "14000300 00000000 00000000 00000000 00000000 05000400 00000000 05000600 00000000"
                            + "08000700 00000000 08000800 00000400 05000900 00000000 08001400 00000000"
                            + "06000f00 00000000 06001100 00000000 06001200 00000000 06001000 00000000 04001300"),
            new Tunnel(
                    "one with an encapsulation limit, which takes eight bytes",
                    new IpTunnel("ip6tnl", Ip.parse("2001:db8::1"), null, 0, 7, false, false),
                    "08000100 00000000 14000200 20010db8 00000000 00000000 00000001"
                            + "14000300 00000000 00000000 00000000 00000000 05000400 07000000 05000600 04000000"
                            + "08000700 00000000 08000800 00000400 05000900 00000000 08001400 00000000"
                            + "06000f00 00000000 06001100 00000000 06001200 00000000 06001000 02000000"),
            new Tunnel(
                    "one with UDP around the packets, to one host",
                    new IpTunnel("ipip", Ip.parse("192.0.2.1"), Ip.parse("192.0.2.2"), 3, 9, false, false),
                    "08000100 03000000 08000200 c0000201 08000300 c0000202 05000400 09000000 06000f00 01000000"));

    @ParameterizedTest(name = "{0}")
    @FieldSource("TUNNELS")
    void anIpTunnelIsReadWithWhatMattersOfIt(Tunnel tunnel) throws Exception {
        assertThat(LinkKind.decode(tunnel.kind.driver(), new MessageReader("link", bytes(tunnel.bytes))))
                .isEqualTo(tunnel.kind);
    }

    @Test
    void anIpTunnelIsAskedForAsGoFlannelMakesIt() {
        Device device = new Device("flannel.ipip", IpTunnel.inIpv4(Family.IPV4, Ip.parse("192.0.2.1")), null, 1480);
        assertThat(HexFormat.of().formatHex(LinkRequests.create(device).body()))
                .isEqualTo(HexFormat.of()
                        .formatHex(bytes("00000000 00000000 00000000 00000000"
                                + "11000300 666c616e 6e656c2e 69706970 00000000  08000400 c8050000"
                                + "38001200 08000100 69706970"
                                + "2c000200 08000200 c0000201 05000400 00000000 05000900 04000000"
                                + "05000500 00000000 05000a00 00000000")));
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
}
