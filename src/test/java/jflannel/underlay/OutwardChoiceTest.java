package jflannel.underlay;

import static jflannel.underlay.Choosing.choose;
import static jflannel.underlay.Choosing.chooser;
import static jflannel.underlay.Choosing.words;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// By which interfaces a node reaches others if nobody names one.
class OutwardChoiceTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            route default dev flannel.1 metric 50
            route default dev flannel0 metric 50
            route default dev cni0
            route default dev docker0 metric 1
            route default dev veth1
            route default dev veth2
            route default dev br-0123456789ab
            route default via 10.244.7.9 dev podbr
            route default dev flannel.7
            route default via 198.51.100.1 dev eth1 metric 4294967295
            route default via 198.51.100.1 dev eth1 metric 2147483648
            route default via 198.51.100.1 dev down metric 1
            route 128.0.0.0/1 dev tun0
            """)
    void neverTakesWhatLeadsToPodsOrNowhere(String worse) throws Exception {
        String node = """
                link lo 65536
                link cni0 1450 kind bridge
                link flannel.1 1450 kind vxlan
                link flannel0 1472 kind tun
                link flannel.7 1450 kind vxlan
                link docker0 1500 kind bridge
                link podbr 1450 kind bridge
                link br-0123456789ab 1500 kind bridge
                link veth1 1450 kind veth port-of cni0
                link veth2 1450 kind veth
                link tun0 1500 kind tun
                link eth1 1500
                link down 1500 down
                link eth0 1500
                addr 10.244.7.1/24 dev cni0
                addr 10.244.7.0/32 dev flannel.1
                addr 10.244.7.0/32 dev flannel0
                addr 169.254.7.7/16 dev flannel.1
                addr 10.244.7.0/32 dev flannel.7
                addr 172.17.0.1/16 dev docker0
                addr 10.244.7.1/24 dev podbr
                addr 172.18.0.1/16 dev br-0123456789ab
                addr 169.254.8.8/16 dev veth1
                addr 10.244.7.1/32 dev veth2
                addr 10.77.0.1/24 dev tun0
                addr 198.51.100.7/24 dev eth1
                addr 203.0.113.7/24 dev down
                addr 192.0.2.10/24 dev eth0
                route default via 192.0.2.1 dev eth0 metric 202
                """;
        assertThat(words(choose(node + worse, "4", "-", List.of()))).isEqualTo("eth0 1500 192.0.2.10");
        if (worse.startsWith("route default dev")) {
            assertThat(words(choose(node + worse, "4", "--iface-can-reach=203.0.114.9", List.of())))
                    .isEqualTo("eth0 1500 192.0.2.10");
            String device = worse.split(" ")[3];
            assertThat(choose(node, "4", "--iface-regex=^" + device + "$", List.of()))
                    .isInstanceOf(UnderlayChoice.Missing.class);
        }
    }

    /// Somebody may know better, and a bridge with the network card in it is a way out.
    @Test
    void takesABridgeThatIsNamedOrLeadsOutside() throws Exception {
        String node = """
                link lan 1500 kind bridge
                link eth0 1500 port-of lan
                link cni0 1450 kind bridge
                addr 10.244.200.10/24 dev lan
                addr 10.244.7.1/24 dev cni0
                route default via 10.244.200.1 dev lan
                """;
        assertThat(words(choose(node, "4", "-", List.of()))).isEqualTo("lan 1500 10.244.200.10");
        assertThat(words(choose(node, "4", "--iface=cni0", List.of()))).isEqualTo("cni0 1450 10.244.7.1");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            route default via 198.51.100.1 dev eth1 nexthop 192.0.2.1,eth0  | eth1
            route default via 192.0.2.1 dev eth0 table 100                  | eth0
            route 128.0.0.0/1 dev eth1                                        | eth1
            """)
    void followsWhatTheKernelSays(String route, String device) throws Exception {
        String node = """
                link eth0 1500
                link eth1 1500
                addr 192.0.2.10/24 dev eth0
                addr 198.51.100.7/24 dev eth1
                """;
        assertThat(words(choose(node + route, "4", "-", List.of()))).startsWith(device + " ");
    }

    @Test
    void goesByTheStoreWhereNothingLeadsFarAway() throws Exception {
        String node = """
                link eth0 1500
                link eth1 1500
                addr 192.0.2.10/24 dev eth0
                addr 198.51.100.7/24 dev eth1
                """;
        assertThat(words(choose(node, "4", "-", List.of()))).contains("no IPv4 default route");
        assertThat(words(chooser(node, "4", List.of(), List.of("203.0.113.1", "198.51.100.1"))
                        .choose(InterfaceFlags.NONE)))
                .isEqualTo("eth1 1500 198.51.100.7");
        assertThat(words(chooser(node, "4", List.of(Ip.parse("192.0.2.10")), List.of())
                        .choose(InterfaceFlags.NONE)))
                .isEqualTo("eth0 1500 192.0.2.10");
    }

    @Test
    void letsEachFamilyGoItsOwnWay() throws Exception {
        String node = """
                link eth0 1500
                link eth1 9000
                addr 192.0.2.10/24 dev eth0
                addr fe80::10/64 dev eth0
                addr 2001:db8::10/64 dev eth1
                route default via 192.0.2.1 dev eth0
                route default via 2001:db8::1 dev eth1
                """;
        String each = "eth0 1500 192.0.2.10 + eth1 9000 2001:db8::10";
        assertThat(words(choose(node, "46", "-", List.of()))).isEqualTo(each);
        assertThat(words(choose(node, "46", "--iface=192.0.2.10", List.of()))).isEqualTo(each);
        assertThat(words(choose(node, "46", "--public-ip=192.0.2.10 --public-ipv6=2001:db8::10", List.of())))
                .isEqualTo(each);
        assertThat(words(choose(node, "46", "--iface=eth0", List.of())))
                .isEqualTo("eth0 1500 192.0.2.10 + eth0 1500 fe80::10");
        assertThat(((UnderlayChoice.Chosen) choose(node, "46", "--iface=eth0", List.of())).warnings())
                .containsExactly("fe80::10 on eth0 is link-local: only nodes on the same link can send to it");
    }

    @Test
    void aFamilyWithoutADefaultRouteGoesWithTheOther() throws Exception {
        String node = """
                link eth0 1500
                addr 192.0.2.10/24 dev eth0
                addr fe80::10/64 dev eth0
                route default via 192.0.2.1 dev eth0
                """;
        assertThat(words(choose(node, "46", "-", List.of()))).contains("no IPv6 default route");
        assertThat(words(choose(node + "addr fd00::10/64 dev eth0", "46", "-", List.of())))
                .isEqualTo("eth0 1500 192.0.2.10 + eth0 1500 fd00::10");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            --iface=lo                  | eth0 1400 10.0.0.1
            --iface=10.0.0.1            | eth0 1400 10.0.0.1
            --public-ip=10.0.0.1        | eth0 1400 10.0.0.1
            --iface=eth0                | eth0 1400 192.0.2.10
            -                           | eth0 1400 10.0.0.1
            """)
    void anAddressOfTheLoopbackDeviceIsReachedByTheWayOut(String flags, String chosen) throws Exception {
        String node = """
                link lo 65536
                link eth0 1400
                addr 127.0.0.1/8 dev lo
                addr 10.0.0.1/32 dev lo
                addr 192.0.2.10/31 dev eth0
                route default via 192.0.2.11 dev eth0 src 10.0.0.1
                """;
        assertThat(words(choose(node, "4", flags, List.of()))).isEqualTo(chosen);
    }
}
