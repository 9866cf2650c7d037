package jflannel.control;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Route;
import jflannel.kernel.RouteSocket;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(OwnNetns.class)
class PodWaysIT {
    private static final Lease OWN = new Lease(
            List.of(Cidr.parse("10.5.1.0/24"), Cidr.parse("fd00:5:0:1::/64")),
            new Announcement(
                    Map.of(Family.IPV4, Ip.parse("192.0.2.1"), Family.IPV6, Ip.parse("fd00:1::1")), "vxlan", Map.of()));

    @BeforeEach
    void prepare() throws Exception {
        sh("""
                sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
                ip link add tunnel type veth peer name far && ip link set far up && ip link set tunnel up
                ip link add eth0 type veth peer name other && ip link set other up && ip link set eth0 up
                ip addr add 192.0.2.1/24 dev eth0 && ip addr add fd00:1::1/64 dev eth0 nodad
                ip link add cni0 type bridge && ip link set cni0 up
                ip link add pod type veth peer name end && ip link set end up && ip link set pod master cni0 up
                ip addr add 10.5.1.1/24 dev cni0 && ip addr add fd00:5:0:1::1/64 dev cni0 nodad
                ip route add 10.5.2.0/24 via 10.5.2.0 dev tunnel onlink
                ip -6 route add fd00:5:0:2::/64 via fd00:5:0:2:: dev tunnel onlink
                """);
    }

    private static Optional<String> detour(PodWays ways, List<KernelObject> routes) throws Exception {
        return ways.detour(routes, OWN, OWN.announced().publicIps(), List.of()).map(PodWays.Detour::words);
    }

    private static Optional<String> detour() throws Exception {
        try (RouteSocket kernel = new RouteSocket()) {
            int tunnel = kernel.link("tunnel").orElseThrow().index();
            List<KernelObject> routes = List.of(
                    Route.via(Cidr.parse("10.5.2.0/24"), Ip.parse("10.5.2.0"), tunnel, true),
                    Route.via(Cidr.parse("fd00:5:0:2::/64"), Ip.parse("fd00:5:0:2::"), tunnel, true));
            return detour(new PodWays(kernel), routes);
        }
    }

    /// As with host-gw, where the interface is the same.
    @Test
    void aRuleThatLeadsToAnotherGatewayIsFound() throws Exception {
        sh("ip route add 10.5.3.0/24 via 192.0.2.3 dev eth0");
        try (RouteSocket kernel = new RouteSocket()) {
            int eth0 = kernel.link("eth0").orElseThrow().index();
            List<KernelObject> routes =
                    List.of(Route.via(Cidr.parse("10.5.3.0/24"), Ip.parse("192.0.2.3"), eth0, false));
            PodWays ways = new PodWays(kernel);
            assertThat(detour(ways, routes)).isEmpty();
            sh("ip route add default via 192.0.2.9 table 30400; ip rule add from 192.0.2.1 lookup 30400");
            assertThat(detour(ways, routes))
                    .contains("this node's answers to pods, from 192.0.2.1 to 10.5.3.0/24 leave by eth0 via 192.0.2.9,"
                            + " not by eth0 via 192.0.2.3, because of a rule for the table 30400");
        }
    }

    @Test
    void whereTheRoutesCountThereIsNothingToSay() throws Exception {
        assertThat(detour()).isEmpty();
        sh("ip route add 10.5.2.0/24 via 192.0.2.9 table 100; ip rule add from 10.9.0.0/16 lookup 100");
        assertThat(detour()).as("a rule about others").isEmpty();
        sh("ip link del cni0");
        assertThat(detour()).as("without pods").isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ip route add 10.5.0.0/16 via 192.0.2.9 table 100; ip rule add lookup 100             | 10.5.2.0/24 leave by eth0, not by tunnel, because of a rule for the table 100
            ip route add default via 192.0.2.9 table 100; ip rule add from 10.5.0.0/16 lookup 100 | 10.5.2.0/24 leave by eth0, not by tunnel
            ip route add default via 192.0.2.9 table 100; ip rule add iif cni0 lookup 100         | 10.5.2.0/24 leave by eth0, not by tunnel
            ip rule add to 10.5.0.0/16 unreachable                                               | packets to 10.5.2.0/24: Network is unreachable
            ip rule add to 10.5.0.0/16 prohibit                                                  | packets to 10.5.2.0/24: Permission denied
            ip rule add to 10.5.0.0/16 blackhole                                                 | packets to 10.5.2.0/24
            sysctl -qw net.ipv4.conf.cni0.forwarding=0                                           | packets to 10.5.2.0/24: No route to host
            ip -6 route add fd00::/8 via fd00:1::9 table 100; ip -6 rule add lookup 100          | fd00:5:0:2::/64 leave by eth0, not by tunnel
            ip route add default via 192.0.2.9 table 30400; ip rule add from 192.0.2.1 lookup 30400 | this node's answers to pods, from 192.0.2.1 to 10.5.2.0/24 leave by eth0, not by tunnel, because of a rule for the table 30400
            ip rule add from 192.0.2.1 to 10.5.0.0/16 prohibit                                   | this node's answers, from 192.0.2.1 to 10.5.2.0/24: Permission denied
            ip -6 rule add to fd00:5::/48 unreachable                                            | packets to fd00:5:0:2::/64: Network is unreachable
            """)
    void aRuleThatComesBeforeTheRoutesIsFound(String rule, String words) throws Exception {
        sh(rule);
        assertThat(detour()).get().asString().contains(words);
    }
}
