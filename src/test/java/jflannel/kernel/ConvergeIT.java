package jflannel.kernel;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// What converging leaves in the kernel, in the words of ip(8) and bridge(8).
@ExtendWith(OwnNetns.class)
class ConvergeIT {
    private static final Mac VTEP = Mac.parse("02:00:5e:10:00:01");

    @Test
    void aRouteDeletedByHandComesBackAndForeignRoutesStay() throws Exception {
        eth0();
        sh("ip route add 10.99.0.0/16 via 192.0.2.99");
        try (RouteSocket kernel = new RouteSocket()) {
            Set<Route> desired =
                    Set.of(Route.via(Cidr.parse("10.5.2.0/24"), Ip.parse("192.0.2.2"), eth(kernel), false));
            Ownership ours = Ownership.ofRoutes(route -> route.protocol() == Route.OURS);
            assertThat(kernel.converge(ours, desired).put()).hasSize(1);
            sh("ip route del 10.5.2.0/24");
            assertThat(kernel.converge(ours, desired).put()).hasSize(1);
            assertThat(sh("ip route show 10.5.2.0/24")).isEqualTo("10.5.2.0/24 via 192.0.2.2 dev eth0 proto 102");
            assertThat(kernel.converge(ours, desired)).isEqualTo(Outcome.NOTHING);
            assertThat(kernel.converge(ours, Set.of()).deleted()).hasSize(1);
            assertThat(sh("ip route show 10.5.2.0/24")).isEmpty();
            assertThat(sh("ip route show 10.99.0.0/16")).isEqualTo("10.99.0.0/16 via 192.0.2.99 dev eth0");
        }
    }

    @Test
    void aVxlanPeerOfEitherFamilyIsThreeEntries() throws Exception {
        eth0();
        try (RouteSocket kernel = new RouteSocket()) {
            int device = vxlan(kernel).index();
            List<KernelObject> desired = new ArrayList<>();
            desired.add(new Address(device, Ip.parse("10.5.1.0"), 32));
            desired.add(new Address(device, Ip.parse("fd00:5:1::"), 128));
            desired.addAll(peer(device, Cidr.parse("10.5.2.0/24"), VTEP, Ip.parse("192.0.2.2")));
            desired.addAll(peer(device, Cidr.parse("fd00:5:2::/64"), VTEP, Ip.parse("192.0.2.2"))
                    .subList(1, 3));
            Ownership ours = Ownership.of(Set.of(device), route -> route.ifIndex() == device);
            assertThat(kernel.converge(ours, desired).refused()).isEmpty();

            assertThat(sh("ip -br addr show flannel.1 | sed 's/fe80:[^ ]*//; s/ \\+/ /g'")
                            .strip())
                    .isEqualTo("flannel.1 UNKNOWN 10.5.1.0/32 fd00:5:1::/128");
            assertThat(sh("ip neigh show dev flannel.1 nud permanent | sort | sed 's/ $//'"))
                    .isEqualTo("10.5.2.0 lladdr 02:00:5e:10:00:01 PERMANENT\n"
                            + "fd00:5:2:: lladdr 02:00:5e:10:00:01 PERMANENT");
            assertThat(sh("bridge fdb show dev flannel.1")).isEqualTo("02:00:5e:10:00:01 dst 192.0.2.2 self permanent");
            assertThat(sh("ip route show dev flannel.1")).isEqualTo("10.5.2.0/24 via 10.5.2.0 proto 102 onlink");
            assertThat(sh("ip -6 route show dev flannel.1 | grep -v fe80"))
                    .isEqualTo("fd00:5:2::/64 via fd00:5:2:: proto 102 metric 1024 onlink pref medium");

            assertThat(kernel.converge(ours, desired)).isEqualTo(Outcome.NOTHING);
            assertThat(kernel.converge(ours, List.of()).deleted()).hasSameSizeAs(desired);
            assertThat(sh("bridge fdb show dev flannel.1; ip neigh show dev flannel.1 nud permanent"))
                    .isEmpty();
        }
    }

    @Test
    void aRouteOfEitherFamilyMovesFromTheInterfaceIntoTheTunnelAndBack() throws Exception {
        eth0();
        sh("ip addr add fd00::1/64 dev eth0 nodad");
        try (RouteSocket kernel = new RouteSocket()) {
            int device = vxlan(kernel).index();
            Cidr subnet = Cidr.parse("10.5.2.0/24");
            Cidr subnet6 = Cidr.parse("fd00:5:2::/64");
            Set<Route> direct = Set.of(
                    Route.via(subnet, Ip.parse("192.0.2.2"), eth(kernel), false),
                    Route.via(subnet6, Ip.parse("fd00::2"), eth(kernel), false));
            Set<Route> tunnel = Set.of(
                    Route.via(subnet, subnet.address(), device, true),
                    Route.via(subnet6, subnet6.address(), device, true));
            Ownership ours = Ownership.ofRoutes(route -> route.protocol() == Route.OURS);
            for (Set<Route> desired : List.of(direct, tunnel, direct)) {
                assertThat(kernel.converge(ours, desired).refused()).isEmpty();
                assertThat(kernel.converge(ours, desired)).isEqualTo(Outcome.NOTHING);
            }
        }
    }

    @Test
    void fiveThousandPeersAreOneBatch() throws Exception {
        eth0();
        try (RouteSocket kernel = new RouteSocket()) {
            int device = vxlan(kernel).index();
            List<KernelObject> desired = new ArrayList<>();
            Cidr subnet = Cidr.parse("10.0.0.0/24");
            for (int i = 0; i < 5000; i++, subnet = subnet.next()) {
                desired.addAll(peer(
                        device,
                        subnet,
                        new Mac(VTEP.bits() + i),
                        Ip.parse("192.0.2.2").plus(i)));
            }
            Ownership ours = Ownership.of(Set.of(device), route -> route.protocol() == Route.OURS);
            Outcome outcome = kernel.converge(ours, desired);
            assertThat(outcome.refused()).isEmpty();
            assertThat(outcome.put()).hasSize(15_000);
            assertThat(kernel.converge(ours, desired)).isEqualTo(Outcome.NOTHING);
            assertThat(sh("ip route show proto 102 | wc -l")).isEqualTo("5000");
            assertThat(sh("ip neigh show nud permanent | wc -l")).isEqualTo("5000");
            assertThat(sh("bridge fdb show dev flannel.1 | wc -l")).isEqualTo("5000");
            assertThat(kernel.converge(ours, List.of()).deleted()).hasSize(15_000);
        }
    }

    @Test
    void whatTheKernelRefusesIsReportedAndTheRestIsDone() throws Exception {
        eth0();
        try (RouteSocket kernel = new RouteSocket()) {
            int eth = eth(kernel);
            Outcome outcome = kernel.converge(
                    Ownership.ofRoutes(route -> route.protocol() == Route.OURS),
                    List.of(
                            Route.via(Cidr.parse("10.5.2.0/24"), Ip.parse("198.51.100.1"), eth, false),
                            Neighbor.permanent(77, Ip.parse("192.0.2.3"), VTEP),
                            Route.via(Cidr.parse("10.5.4.0/24"), Ip.parse("192.0.2.4"), eth, false)));
            assertThat(outcome.put()).hasSize(1);
            assertThat(outcome.refused())
                    .extracting(KernelException::getMessage)
                    .containsExactlyInAnyOrder(
                            "put route 10.5.2.0/24 via 198.51.100.1 dev " + eth
                                    + ": Network is unreachable: Nexthop has invalid gateway [errno 101]",
                            "put neighbor 192.0.2.3 lladdr 02:00:5e:10:00:01 dev 77: No such device [errno 19]");
        }
    }

    @Test
    void aNetworkThatTheNodeIsAttachedToIsNotRoutedAway() throws Exception {
        eth0();
        sh("ip link add cni0 type bridge && ip addr add 10.5.2.1/24 dev cni0 && ip link set cni0 up");
        try (RouteSocket kernel = new RouteSocket()) {
            Outcome outcome = kernel.converge(
                    Ownership.ofRoutes(route -> route.protocol() == Route.OURS),
                    List.of(Route.via(Cidr.parse("10.5.2.0/24"), Ip.parse("192.0.2.2"), eth(kernel), false)));
            assertThat(outcome.put()).isEmpty();
            assertThat(outcome.refused()).singleElement().satisfies(e -> {
                assertThat(e.is(Errno.EEXIST)).isTrue();
                assertThat(e).hasMessageContaining("this node is attached to that network by dev");
            });
            assertThat(sh("ip route show 10.5.2.0/24")).contains("dev cni0 proto kernel");
        }
    }

    @Test
    void aForeignRouteIsReplacedOnceItsDestinationBelongsToAPeer() throws Exception {
        eth0();
        sh("ip route add 10.5.2.0/24 via 192.0.2.99 && ip -6 route add fd00:5:2::/64 via fd00:1::99");
        try (RouteSocket kernel = new RouteSocket()) {
            Outcome outcome = kernel.converge(
                    Ownership.ofRoutes(route -> route.protocol() == Route.OURS),
                    List.of(
                            Route.via(Cidr.parse("10.5.2.0/24"), Ip.parse("192.0.2.2"), eth(kernel), false),
                            Route.via(Cidr.parse("fd00:5:2::/64"), Ip.parse("fd00:1::2"), eth(kernel), false)));
            assertThat(outcome.refused()).isEmpty();
            assertThat(sh("ip route show 10.5.2.0/24")).isEqualTo("10.5.2.0/24 via 192.0.2.2 dev eth0 proto 102");
            assertThat(sh("ip -6 route show fd00:5:2::/64"))
                    .isEqualTo("fd00:5:2::/64 via fd00:1::2 dev eth0 proto 102 metric 1024 pref medium");
        }
    }

    @Test
    void routesOfEveryShapeReadBackAsTheyWerePut() throws Exception {
        eth0();
        try (RouteSocket kernel = new RouteSocket()) {
            int eth = eth(kernel);
            List<Route> desired = List.of(
                    Route.through(Cidr.parse("10.6.0.0/16"), eth),
                    Route.through(Cidr.parse("fd00:6::/48"), eth),
                    Route.via(Cidr.parse("10.5.3.0/24"), Ip.parse("fe80::1"), eth, false),
                    Route.via(Cidr.parse("10.5.5.0/24"), Ip.parse("203.0.113.9"), eth, true),
                    Route.via(Cidr.parse("fd00:5:5::/64"), Ip.parse("fd00:99::9"), eth, true),
                    new Route(Cidr.parse("10.5.1.0/24"), null, 0, false, Route.OURS, 9000, Route.BLACKHOLE),
                    new Route(Cidr.parse("fd00:5:1::/64"), null, 0, false, Route.OURS, 9000, Route.BLACKHOLE),
                    Route.via(Cidr.parse("0.0.0.0/0"), Ip.parse("192.0.2.254"), eth, false),
                    Route.via(Cidr.parse("::/0"), Ip.parse("fd00:1::fe"), eth, false));
            Ownership ours = Ownership.ofRoutes(route -> route.protocol() == Route.OURS);
            assertThat(kernel.converge(ours, desired).refused()).isEmpty();
            assertThat(kernel.routes()).containsAll(desired);
            assertThat(kernel.converge(ours, desired)).isEqualTo(Outcome.NOTHING);
            assertThat(sh("ip route show proto 102")).isEqualTo("""
                    default via 192.0.2.254 dev eth0 \n\
                    blackhole 10.5.1.0/24 metric 9000 \n\
                    10.5.3.0/24 via inet6 fe80::1 dev eth0 \n\
                    10.5.5.0/24 via 203.0.113.9 dev eth0 onlink \n\
                    10.6.0.0/16 dev eth0 scope link""");
            assertThat(kernel.converge(ours, List.of()).deleted()).hasSameSizeAs(desired);
            assertThat(sh("ip route show proto 102; ip -6 route show proto 102"))
                    .isEmpty();
        }
    }

    @Test
    void onlyTheTablesOfTheGivenDevicesAreOurs() throws Exception {
        eth0();
        sh("ip neigh add 192.0.2.7 lladdr 02:00:5e:10:00:09 dev eth0 nud permanent");
        try (RouteSocket kernel = new RouteSocket()) {
            int device = vxlan(kernel).index();
            sh("ip addr add 10.9.9.9/32 dev flannel.1 && ip addr add fd00:9::9/64 dev flannel.1 nodad");
            sh("ip neigh add 192.0.2.8 lladdr 02:00:5e:10:00:09 dev flannel.1 nud permanent");
            Outcome outcome = kernel.converge(Ownership.of(Set.of(device), _ -> false), List.of());
            assertThat(outcome.deleted())
                    .containsExactlyInAnyOrder(
                            new Address(device, Ip.parse("10.9.9.9"), 32),
                            new Address(device, Ip.parse("fd00:9::9"), 64),
                            Neighbor.permanent(device, Ip.parse("192.0.2.8"), Mac.parse("02:00:5e:10:00:09")));
            assertThat(sh("ip neigh show nud permanent")).startsWith("192.0.2.7 dev eth0");
            assertThat(sh("ip -br addr show flannel.1")).contains("fe80::");
        }
    }

    private static void eth0() throws Exception {
        sh("ip link add eth0 type veth peer name far && ip addr add 192.0.2.1/24 dev eth0"
                + " && ip addr add fd00:1::1/64 dev eth0 nodad && ip link set eth0 up && ip link set far up");
    }

    private static int eth(RouteSocket kernel) throws KernelException {
        return kernel.link("eth0").orElseThrow().index();
    }

    private static Link vxlan(RouteSocket kernel) throws KernelException {
        Vxlan vxlan = new Vxlan(1, 8472, Ip.parse("192.0.2.1"), eth(kernel), false, false);
        return kernel.create(new Device("flannel.1", vxlan, null, 1450));
    }

    private static List<KernelObject> peer(int device, Cidr subnet, Mac vtep, Ip publicIp) {
        return List.of(
                Neighbor.forwarding(device, vtep, publicIp),
                Neighbor.permanent(device, subnet.address(), vtep),
                Route.via(subnet, subnet.address(), device, true));
    }
}
