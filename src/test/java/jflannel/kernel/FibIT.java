package jflannel.kernel;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.linux.KernelReply;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The ways of packets, with `ip route get` as the oracle.
@ExtendWith(OwnNetns.class)
class FibIT {
    private static final String NODE = """
            for i in 0 1; do
              ip link add eth$i type veth peer name far$i
              ip link set far$i up
              ip link set eth$i up
            done
            ip addr add 192.0.2.1/24 dev eth0 && ip addr add fd00:1::1/64 dev eth0 nodad
            ip addr add 10.1.0.1/24 dev eth1 && ip addr add fd00:2::1/64 dev eth1 nodad
            """;

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            ip route add default via 192.0.2.254                                    | 8.8.8.8
            ip route add default via 192.0.2.254                                    | 10.1.0.7
            ip route add default via inet6 fe80::1 dev eth1                         | 8.8.8.8
            ip route add default via 192.0.2.254 table 100; ip rule add lookup 100  | 8.8.8.8
            ip route add 8.8.8.8 via 10.1.0.9 mtu lock 1300                         | 8.8.8.8
            ip route add default nexthop via 192.0.2.254 nexthop via 10.1.0.9       | 8.8.8.8
            ip -6 route add default via fd00:1::fe                                  | 2001:db8::1
            ip -6 route add 2001:db8::/32 via fd00:2::fe mtu 1400                   | 2001:db8::1
            ip addr add 10.9.9.9/32 dev lo                                          | 10.9.9.9
            ip rule add to 10.1.0.7 ipproto udp dport 8472 lookup 7; ip route add 10.1.0.7 dev eth0 table 7 | 10.1.0.7
            """)
    void aPacketGoesWhereIpSaysThatItGoes(String change, String destination) throws Exception {
        sh(NODE);
        sh(change);
        for (String further : List.of("", " ipproto udp dport 8472", " oif eth0")) {
            try (RouteSocket kernel = new RouteSocket()) {
                RouteQuery query = RouteQuery.to(Ip.parse(destination));
                query = further.contains("udp") ? query.udp(8472) : query;
                query = further.contains("oif") ? query.by(kernel.link("eth0").orElseThrow()) : query;
                KernelReply<Path> reply = kernel.pathsOf(List.of(query)).getFirst();
                String ip = sh("ip -o route get " + destination + further + " 2>&1 || true");
                if (reply.object() == null) {
                    assertThat(ip).startsWith("RTNETLINK answers");
                } else {
                    assertThat(words(reply.object(), kernel)).isEqualTo(told(ip));
                }
            }
        }
    }

    private static String words(Path path, Kernel kernel) throws Exception {
        String device = kernel.links().stream()
                .filter(link -> link.index() == path.ifIndex())
                .map(Link::name)
                .findFirst()
                .orElseThrow();
        return "%s %s %s %s".formatted(path.gateway(), device, path.source(), path.routeMtu());
    }

    private static String told(String ip) {
        return "%s %s %s %s"
                .formatted(
                        after("via(?: inet6)?", ip, null),
                        after("dev", ip, null),
                        after("src", ip, null),
                        after("mtu(?: lock)?", ip, "0"));
    }

    private static String after(String word, String text, String otherwise) {
        var found = java.util.regex.Pattern.compile("\\b" + word + " (\\S+)").matcher(text);
        return found.find() ? found.group(1) : otherwise;
    }

    private static Exception refusal(RouteSocket kernel, String destination) throws Exception {
        return kernel.pathsOf(List.of(RouteQuery.to(Ip.parse(destination))))
                .getFirst()
                .refusal();
    }

    @Test
    void aRefusalIsInTheKernelsWords() throws Exception {
        sh(NODE);
        sh("ip route add blackhole 203.0.113.0/24 && ip -6 route add unreachable fd00:dead::/64");
        try (RouteSocket kernel = new RouteSocket()) {
            assertThat(refusal(kernel, "203.0.113.1"))
                    .hasMessage("find the route to 203.0.113.1: Invalid argument [errno 22]");
            assertThat(refusal(kernel, "fd00:dead::1")).hasMessageStartingWith("find the route to fd00:dead::1: ");
            assertThat(refusal(kernel, "8.8.8.8"))
                    .hasMessage("find the route to 8.8.8.8: Network is unreachable [errno 101]");
        }
    }

    /// The kernel takes for granted that what it has no route to is on the link of the interface that is named.
    @Test
    void aRouteThatIsNotThereIsNotMadeUp() throws Exception {
        sh(NODE);
        sh("ip route add default via 10.1.0.9 src 10.1.0.1 metric 7");
        try (RouteSocket kernel = new RouteSocket()) {
            RouteQuery far = RouteQuery.to(Ip.parse("8.8.8.8"));
            List<KernelReply<FibRoute>> routes = kernel.routesFor(
                    List.of(far.by(kernel.link("eth0").orElseThrow()), far, RouteQuery.to(Ip.parse("2001:db8::1"))));
            assertThat(routes.get(0).object()).isNull();
            assertThat(routes.get(0).refusal()).hasMessageContaining("No route to host");
            assertThat(routes.get(1).object()).satisfies(route -> {
                assertThat(route.destination()).isEqualTo(Cidr.parse("0.0.0.0/0"));
                assertThat(route.source()).isEqualTo(Ip.parse("10.1.0.1"));
                assertThat(route.metric()).isEqualTo(7);
            });
            assertThat(routes.get(2).object()).isNull();
        }
    }

    @ParameterizedTest(name = "nexthop_compat_mode {0}")
    @CsvSource({"1", "0"})
    void nextHopsThatRoutesShareAreFound(int compatible) throws Exception {
        sh(NODE);
        sh("sysctl -qw net.ipv4.nexthop_compat_mode=" + compatible);
        sh("ip nexthop add id 1 via 192.0.2.254 dev eth0 && ip nexthop add id 2 via 10.1.0.9 dev eth1");
        sh("ip nexthop add id 10 group 1,3/2 && ip route add default nhid 10 table 1000 && ip rule add lookup 1000");
        sh("ip nexthop add id 3 via fd00:1::fe dev eth0 && ip -6 route add default nhid 3");
        try (RouteSocket kernel = new RouteSocket()) {
            int eth0 = kernel.link("eth0").orElseThrow().index();
            int eth1 = kernel.link("eth1").orElseThrow().index();
            List<NextHop> hops = List.of(
                    new NextHop(Ip.parse("192.0.2.254"), eth0, 0, 3, null),
                    new NextHop(Ip.parse("10.1.0.9"), eth1, 0, 1, null));
            assertThat(kernel.fib(route -> route.table() == 1000))
                    .singleElement()
                    .satisfies(route -> assertThat(route.nextHops()).isEqualTo(hops));
            RouteQuery far = RouteQuery.to(Ip.parse("8.8.8.8"));
            RouteQuery far6 = RouteQuery.to(Ip.parse("2001:db8::1"));
            List<KernelReply<FibRoute>> routes = kernel.routesFor(List.of(far, far6));
            assertThat(routes.get(0).object().nextHops()).isEqualTo(hops);
            assertThat(routes.get(1).object().nextHops())
                    .containsExactly(new NextHop(Ip.parse("fd00:1::fe"), eth0, 0, 1, null));
            assertThat(kernel.pathsOf(List.of(far)).getFirst().object().ifIndex())
                    .isIn(eth0, eth1);
        }
    }

    @Test
    void aRouteOfOursKeepsItsSize() throws Exception {
        sh(NODE);
        try (RouteSocket kernel = new RouteSocket()) {
            int eth0 = kernel.link("eth0").orElseThrow().index();
            Route route = Route.via(Cidr.parse("10.5.2.0/24"), Ip.parse("192.0.2.2"), eth0, false);
            for (int mtu : new int[] {1400, 1300, 0}) {
                Route wanted = route.withMtu(mtu);
                assertThat(kernel.converge(Ownership.ofRoutes(it -> it.protocol() == Route.OURS), List.of(wanted))
                                .put())
                        .containsExactly(wanted);
                assertThat(kernel.converge(Ownership.ofRoutes(it -> it.protocol() == Route.OURS), List.of(wanted))
                                .changed())
                        .isFalse();
                assertThat(sh("ip route show 10.5.2.0/24"))
                        .isEqualTo("10.5.2.0/24 via 192.0.2.2 dev eth0 proto 102" + (mtu == 0 ? "" : " mtu " + mtu));
            }
            Route last = route.withMtu(1300);
            kernel.converge(Ownership.ofRoutes(_ -> false), List.of(last));
            kernel.converge(Ownership.ofRoutes(it -> it.protocol() == Route.OURS), List.of());
            assertThat(sh("ip route show 10.5.2.0/24")).isEmpty();
        }
    }

    /// So a peer that is reached by a narrower path needs no smaller MTU for all pods.
    @Test
    void aPodIsToldTheSizeOfTheRoute() throws Exception {
        sh(NODE);
        sh("""
                ip netns add pod
                ip link set far1 netns pod
                sysctl -qw net.ipv4.ip_forward=1
                ip netns exec pod sh -c 'ip link set far1 up; ip addr add 10.1.0.9/24 dev far1; ip route add default via 10.1.0.1'
                ip link set eth1 up
                """);
        try (RouteSocket kernel = new RouteSocket()) {
            int eth0 = kernel.link("eth0").orElseThrow().index();
            Route route = Route.via(Cidr.parse("10.5.2.0/24"), Ip.parse("192.0.2.2"), eth0, false);
            kernel.converge(Ownership.ofRoutes(_ -> false), List.of(route.withMtu(1300)));
        }
        assertThat(sh("ip netns exec pod ping -c 1 -W 1 -M do -s 1400 10.5.2.7 2>&1 || true"))
                .contains("Frag needed and DF set (mtu = 1300)");
    }

    @Test
    void manyPacketsAreAskedAboutAtOnce() throws Exception {
        sh(NODE);
        sh("ip route add default via 192.0.2.254 && ip route add blackhole 10.9.0.0/16");
        try (RouteSocket kernel = new RouteSocket()) {
            List<RouteQuery> queries = IntStream.range(0, 20_000)
                    .mapToObj(i -> RouteQuery.to(Ip.parse("10.8.0.0").plus(7L * i)))
                    .toList();
            List<KernelReply<Path>> replies = kernel.pathsOf(queries);
            assertThat(replies).hasSize(20_000);
            for (int i = 0; i < 20_000; i++) {
                boolean blackhole =
                        Cidr.parse("10.9.0.0/16").contains(queries.get(i).destination());
                assertThat(replies.get(i).object() == null).isEqualTo(blackhole);
            }
        }
    }
}
