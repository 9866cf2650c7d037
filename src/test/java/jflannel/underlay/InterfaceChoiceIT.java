package jflannel.underlay;

import static java.util.stream.Collectors.joining;
import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.RouteSocket;
import jflannel.options.Options;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The choice among what a real kernel holds, made by `ip`.
@ExtendWith(OwnNetns.class)
class InterfaceChoiceIT {
    private static final String NODE = """
            for i in 0 1; do
              ip link add eth$i type veth peer name far$i
              ip link set far$i up
              ip link set eth$i up mtu $((1400 + i))
            done
            ip addr add 192.0.2.10/24 dev eth0
            ip addr add 2001:db8::66/64 dev eth0 nodad valid_lft 9999 preferred_lft 0
            ip addr add 2001:db8::77/64 dev eth0 nodad valid_lft 9999 preferred_lft 9999
            ip addr add 2001:db8::10/64 dev eth0 nodad
            ip addr add 10.1.0.10/24 dev eth1
            ip addr add 10.1.0.11/24 dev eth1
            ip addr add fd00:1::10/64 dev eth1 nodad
            ip route add 10.2.0.0/16 via 10.1.0.1 src 10.1.0.11
            """;
    private static final Set<Family> IPV4 = Set.of(Family.IPV4);
    private static final Set<Family> BOTH = Set.of(Family.values());

    private static String choose(Set<Family> families, String... flags) throws Exception {
        return choose(NodeFacts.of(families), flags);
    }

    private static String choose(NodeFacts facts, String... flags) throws Exception {
        InterfaceFlags parsed = Options.parse(List.of(flags), Map.of()).iface.flags();
        NodeFacts known = facts.withPodNetworks(Set.of(Cidr.parse("10.244.0.0/16")));
        try (RouteSocket kernel = new RouteSocket()) {
            return switch (InterfaceChoice.from(kernel, known).choose(parsed)) {
                case UnderlayChoice.Missing missing -> missing.what();
                case UnderlayChoice.Chosen chosen ->
                    chosen.underlay().uplinks().values().stream()
                            .map(it -> it.device() + " " + it.mtu() + " " + it.address())
                            .collect(joining(", "));
            };
        }
    }

    @Test
    void followsTheDefaultRoutesOfBothFamiliesToTheAddressThatLasts() throws Exception {
        sh(NODE);
        sh("ip route add default via 10.1.0.1 metric 500; ip route add default via 192.0.2.1 metric 100");
        sh("ip -6 route add default via 2001:db8::1");
        assertThat(choose(BOTH)).isEqualTo("eth0 1400 192.0.2.10, eth0 1400 2001:db8::10");
    }

    @Test
    void followsEachFamilyWhereTheyPart() throws Exception {
        sh(NODE);
        sh("ip route add default via 192.0.2.1; ip -6 route add default via fd00:1::1");
        assertThat(choose(BOTH)).isEqualTo("eth0 1400 192.0.2.10, eth1 1401 fd00:1::10");
        assertThat(choose(BOTH, "--iface=eth1")).isEqualTo("eth1 1401 10.1.0.10, eth1 1401 fd00:1::10");
    }

    @Test
    void takesTheSourceAddressThatTheKernelWouldUse() throws Exception {
        sh(NODE);
        assertThat(choose(IPV4, "--iface-can-reach=10.2.3.4"))
                .isEqualTo("eth1 1401 " + Ip.parse(sh("ip -o route get 10.2.3.4 | sed 's/.*src \\([^ ]*\\).*/\\1/'")));
    }

    /// Whichever of these leads outside is found by what the kernel says of a packet.
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            ip route add default nexthop via 192.0.2.1 nexthop via 192.0.2.2              | eth0 1400 192.0.2.10
            ip nexthop add id 1 via 192.0.2.1 dev eth0; ip nexthop add id 2 group 1; ip route add default nhid 2 | eth0 1400 192.0.2.10
            sysctl -qw net.ipv4.nexthop_compat_mode=0; ip nexthop add id 1 via 192.0.2.1 dev eth0; ip route add default nhid 1 | eth0 1400 192.0.2.10
            ip route add default via 192.0.2.1 metric 100; ip route add default via 10.1.0.1 metric 4294967295 | eth0 1400 192.0.2.10
            ip route add default via 192.0.2.1 metric 100; ip route add default via 10.1.0.1 metric 2147483648 | eth0 1400 192.0.2.10
            ip route add default via 192.0.2.1 metric 100; ip route add default via 10.1.0.1 metric 10; ip link set far1 down | eth0 1400 192.0.2.10
            ip route add default via 192.0.2.1 table 100; ip rule add lookup 100          | eth0 1400 192.0.2.10
            ip route add default via 10.1.0.1; ip route add default via 192.0.2.1 table 100; ip rule add lookup 100 | eth0 1400 192.0.2.10
            ip route add default via 10.1.0.1; ip route add default via 192.0.2.1 table 7; ip rule add fwmark 1 lookup 7 | eth1 1401 10.1.0.10
            ip link add flannel.1 type vxlan id 1 dev eth0 dstport 8472; ip link set flannel.1 up; ip addr add 169.254.7.7/16 dev flannel.1; ip route add default via 192.0.2.1 metric 202; ip route add default dev flannel.1 metric 50 | eth0 1400 192.0.2.10
            ip link add cni0 type bridge; ip link set cni0 up; ip addr add 10.244.7.1/24 dev cni0; ip route add default via 192.0.2.1 metric 202; ip route add default dev cni0 | eth0 1400 192.0.2.10
            ip addr flush dev eth0; ip addr add 192.0.2.99/32 dev eth0; ip addr add 192.0.2.10/24 dev eth0; ip route add default via 192.0.2.1 | eth0 1400 192.0.2.10
            ip addr add 10.0.0.1/32 dev lo; ip route add default via 192.0.2.1 src 10.0.0.1 | eth0 1400 10.0.0.1
            """)
    void goesWhereTheKernelSendsPackets(String change, String chosen) throws Exception {
        sh(NODE);
        sh(change);
        assertThat(choose(IPV4)).isEqualTo(chosen);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            ip -6 route add default nexthop via fd00:1::1 dev eth1 nexthop via fd00:1::2 dev eth1 | eth1 1401 fd00:1::10
            ip -6 route add default via fd00:1::1 metric 100; ip -6 route add default via 2001:db8::1 metric 4294967295 | eth1 1401 fd00:1::10
            ip addr add fd00:1::100/128 dev eth1 nodad; ip -6 route add default via fd00:1::1     | eth1 1401 fd00:1::10
            ip link add flannel-v6.1 type vxlan id 1 dstport 8472; ip link set flannel-v6.1 up; ip -6 route add default via fe80::1 dev flannel-v6.1 proto ra metric 512; ip -6 route add default via fd00:1::1 metric 1024 | eth1 1401 fd00:1::10
            """)
    void goesWhereTheKernelSendsIpv6Packets(String change, String chosen) throws Exception {
        sh(NODE);
        sh(change);
        assertThat(choose(Set.of(Family.IPV6))).isEqualTo(chosen);
    }

    @Test
    void staysWhoItWasWhenAVirtualAddressComesFirst() throws Exception {
        sh(NODE);
        sh("ip addr flush dev eth0; ip addr add 192.0.2.100/24 dev eth0; ip addr add 192.0.2.10/24 dev eth0");
        NodeFacts known = NodeFacts.of(IPV4).withFormer(List.of(Ip.parse("192.0.2.10")));
        assertThat(choose(IPV4, "--iface=eth0")).endsWith(" 192.0.2.100");
        assertThat(choose(known, "--iface=eth0")).endsWith(" 192.0.2.10");
    }

    @Test
    void waitsForWhatIsNotThereYet() throws Exception {
        assertThat(choose(IPV4, "--iface=eth0")).endsWith("no interface of this node has that name");
        sh("ip link add eth0 type veth peer name far0; ip link set eth0 up; ip link set far0 up");
        assertThat(choose(IPV4, "--iface=eth0")).isEqualTo("eth0 has no usable IPv4 address");
        assertThat(choose(IPV4)).startsWith("this node has no IPv4 default route");
        sh("ip addr add 192.0.2.10/24 dev eth0");
        assertThat(choose(IPV4, "--iface=eth0")).isEqualTo("eth0 1500 192.0.2.10");
        assertThat(choose(NodeFacts.of(IPV4).withStore(List.of(Ip.parse("192.0.2.1")))))
                .isEqualTo("eth0 1500 192.0.2.10");
        sh("ip route add default via 192.0.2.1");
        assertThat(choose(IPV4)).isEqualTo("eth0 1500 192.0.2.10");
        assertThat(choose(IPV4, "--iface-can-reach=192.0.2.10")).isEqualTo("eth0 1500 192.0.2.10");
        assertThat(choose(IPV4, "--iface-can-reach=127.0.0.1")).contains("this node itself");
    }

    @Test
    void namesTheSettingThatForbidsIpv6() throws Exception {
        sh(NODE);
        sh("sysctl -qw net.ipv6.conf.eth1.disable_ipv6=1");
        assertThat(choose(BOTH, "--iface=eth1")).contains("net.ipv6.conf.eth1.disable_ipv6 is 1");
    }

    @Test
    void knowsAnInterfaceByAllItsNames() throws Exception {
        sh(NODE);
        sh("ip link property add dev eth0 altname enp0s3 && ip addr add 192.0.2.77/24 dev eth0 label eth0:7");
        assertThat(choose(IPV4, "--iface=enp0s3")).isEqualTo("eth0 1400 192.0.2.10");
        assertThat(choose(IPV4, "--iface=eth0:7")).isEqualTo("eth0 1400 192.0.2.77");
    }
}
