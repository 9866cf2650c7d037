package jflannel.kernel;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(OwnNetns.class)
class OnlinkGatewaysIT {
    private static final String NODE = """
            ip link add eth0 type veth peer name far && ip link set eth0 up && ip link set far up
            ip link add flannel-v6.1 type vxlan id 1 dev eth0 dstport 8472 nolearning
            ip link set flannel-v6.1 up
            """;
    private static final Cidr PODS = Cidr.parse("2001:db8:0:1:5::/80");

    private static List<Route> peers(int device) {
        List<Route> routes = new ArrayList<>();
        for (String subnet : List.of("2001:db8:0:1:5:9::/96", "2001:db8:0:1:5:a::/96")) {
            Cidr peer = Cidr.parse(subnet);
            routes.add(Route.via(peer, peer.address(), device, true));
        }
        return routes;
    }

    private static OnlinkGateways gateways(Kernel kernel, int device) throws Exception {
        return OnlinkGateways.beside(kernel
                .fib(route -> route.table() == FibRoute.MAIN
                        && route.type() == Route.UNICAST
                        && route.nextHops().stream().noneMatch(hop -> hop.ifIndex() == device)
                        && route.destination().overlaps(PODS))
                .stream()
                .map(FibRoute::destination)
                .toList());
    }

    /// What a site may have that covers the pods' network.
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "ip addr add 2001:db8:0:1::11/64 dev eth0 nodad, 2",
        "ip -6 route add 2001:db8::/32 via fe80::1 dev eth0, 2",
        "ip -6 route add 2001:db8::/32 nexthop via fe80::1 dev eth0 nexthop via fe80::2 dev eth0, 2",
        "ip -6 route add 2001:db8:0:1:5:9::/112 via fe80::1 dev eth0, 1",
        "ip -6 route add 2001:db8:0:1:5:9::/96 dev eth0 metric 9999, 1",
        "ip -6 route add blackhole 2001:db8::/32, 0",
        "ip -6 route add default via fe80::1 dev eth0, 0",
        "ip -6 route add 2001:db8::/32 via fe80::1 dev eth0 table 7, 0",
    })
    void peersAreReachedThoughAnotherRouteCoversThem(String site, int extra) throws Exception {
        sh(NODE + site);
        try (RouteSocket kernel = new RouteSocket()) {
            int device = kernel.link("flannel-v6.1").orElseThrow().index();
            OnlinkGateways gateways = gateways(kernel, device);
            List<Route> routes = peers(device);
            List<KernelObject> desired = new ArrayList<>(routes);
            desired.addAll(gateways.before(routes));
            assertThat(desired).hasSize(routes.size() + extra);
            Ownership ours = Ownership.ofRoutes(route -> route.ifIndex() == device && !route.madeByKernel());
            assertThat(kernel.converge(ours, desired).refused()).isEmpty();
            assertThat(kernel.converge(ours, desired).changed()).isFalse();
            assertThat(sh("ip -6 route get 2001:db8:0:1:5:a::7")).contains("via 2001:db8:0:1:5:a:: dev flannel-v6.1");
            assertThat(gateways(kernel, device)).isEqualTo(gateways);
        }
    }

    /// Otherwise the routes above would prove nothing.
    @Test
    void theKernelRefusesAGatewayThatAnotherRouteCovers() throws Exception {
        sh(NODE + "ip -6 route add 2001:db8::/32 via fe80::1 dev eth0");
        try (RouteSocket kernel = new RouteSocket()) {
            int device = kernel.link("flannel-v6.1").orElseThrow().index();
            assertThat(kernel.converge(Ownership.ofRoutes(_ -> false), peers(device))
                            .refused())
                    .hasSize(2)
                    .allSatisfy(refusal ->
                            assertThat(refusal).hasMessageContaining("Nexthop has invalid gateway or device mismatch"));
        }
    }

    @Test
    void aDeviceMayHaveIpv6AddressesWhereNewOnesMayNot() throws Exception {
        sh("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
        sh("ip link add flannel-v6.1 type vxlan id 1 dstport 8472 && ip link set flannel-v6.1 up");
        sh("ip link add other type vxlan id 2 dstport 8472");
        try (RouteSocket kernel = new RouteSocket()) {
            int device = kernel.link("flannel-v6.1").orElseThrow().index();
            Address address = new Address(device, Ip.parse("fd00:5::"), 128);
            Ownership ours = Ownership.of(Set.of(device), _ -> false);
            assertThat(kernel.converge(ours, List.of(address)).refused()).isEmpty();
            assertThat(sh("ip -6 addr show flannel-v6.1")).contains("inet6 fd00:5::/128");
            assertThat(sh("sysctl -n net.ipv6.conf.other.disable_ipv6")).isEqualTo("1");
        }
    }
}
