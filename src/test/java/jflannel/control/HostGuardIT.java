package jflannel.control;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.FibRoute;
import jflannel.kernel.Interest;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.KernelNews;
import jflannel.kernel.KernelWatch;
import jflannel.kernel.Repair;
import jflannel.lease.Lease;
import jflannel.status.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the host has, and what the kernel reports of it, decides which leases get routes.
class HostGuardIT extends NodeOnKernel {
    /// Whatever of the host's keeps a lease out, it counts as soon as it comes, and no longer than it lasts.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ip addr add 10.5.2.9/32 dev eth5                                     | ip addr del 10.5.2.9/32 dev eth5
            ip addr add 10.5.2.9/24 dev eth5                                     | ip link del eth5
            ip route add 10.5.2.0/25 dev eth5                                    | ip route del 10.5.2.0/25
            ip route add 10.5.2.0/25 dev eth5                                    | ip link del eth5
            ip route add 198.51.100.0/24 via 10.5.2.9 dev eth0 onlink table 52   | ip route flush table 52
            """)
    void whatKeepsALeaseOutIsNoticedByTheKernelsNews(String cause, String end) throws Exception {
        sh("ip link add eth5 type veth peer name far5; ip link set far5 up; ip link set eth5 up");
        Overlay overlay = overlay(HOST_GW);
        pass(overlay, true, PEER);
        Interest interest = new Interest(
                overlay.backend().deviceNames(),
                overlay.underlay().devices(),
                overlay.footprint().networks(),
                Set.of(),
                Set.of(FibRoute.MAIN),
                false,
                node::leadsToHost);
        BlockingQueue<Repair> repairs = new LinkedBlockingQueue<>();
        try (KernelWatch _ = new KernelWatch(interest, board, news -> repairs.add(node.repairFor(news)))) {
            sh(cause);
            await().untilAsserted(() -> assertThat(repairs).contains(Repair.PASS));
            pass(overlay, false, PEER);
            assertThat(sh("ip route show 10.5.2.0/24 proto 102")).isEmpty();
            await().pollDelay(Duration.ofMillis(100)).until(() -> true); // for news of the pass itself
            repairs.clear();
            sh(end);
            await().untilAsserted(() -> assertThat(repairs).contains(Repair.PASS));
            pass(overlay, false, PEER);
            assertThat(sh("ip route show 10.5.2.0/24 proto 102")).contains("via 192.0.2.2");
        }
    }

    @Test
    void theBridgeOfThisNodesPodsCostsNoPass() throws Exception {
        Overlay overlay = overlay(HOST_GW);
        pass(overlay, true, PEER);
        sh("ip link add cni0 type bridge; ip link set cni0 up; ip addr add 10.5.1.1/24 dev cni0");
        for (InterfaceAddress address : kernel.addresses()) {
            if (address.address().ip().equals(Ip.parse("10.5.1.1"))) {
                assertThat(node.repairFor(new KernelNews.Present(address.address())))
                        .isEqualTo(Repair.NOTHING);
            }
        }
        assertThat(kernel.routes())
                .filteredOn(route -> route.destination().equals(Cidr.parse("10.5.1.0/24")))
                .isNotEmpty()
                .allSatisfy(route -> assertThat(node.repairFor(new KernelNews.Present(route)))
                        .isEqualTo(Repair.NOTHING));
    }

    @Test
    void anAddressWithinThisNodesOwnSubnetIsNoticedAndNamedOnce() throws Exception {
        sh("ip link add eth5 type veth peer name far5; ip link set far5 up; ip link set eth5 up;"
                + " ip addr add 198.51.100.7/24 dev eth5");
        Overlay overlay = overlay(HOST_GW);
        pass(overlay, true, PEER);
        sh("ip addr add 10.5.1.77/32 dev eth5");
        KernelNews news = kernel.addresses().stream()
                .filter(it -> it.address().ip().equals(Ip.parse("10.5.1.77")))
                .map(it -> new KernelNews.Present(it.address()))
                .findFirst()
                .orElseThrow();
        assertThat(node.repairFor(news)).isEqualTo(Repair.PASS);
        pass(overlay, false, PEER);
        assertThat(detail(Condition.SUBNET_CONFLICT))
                .contains("this node's subnet 10.5.1.0/24 covers 10.5.1.77, an address of this host");
        assertThat(node.repairFor(news)).isEqualTo(Repair.NOTHING);
        sh("ip addr del 10.5.1.77/32 dev eth5");
        pass(overlay, Depth.RECHECK, false, PEER);
        assertThat(board.isRaised(Condition.SUBNET_CONFLICT)).isFalse();
    }

    @Test
    void aRouteIntoThisNodesOwnSubnetIsNoticed() throws Exception {
        Overlay overlay = overlay(HOST_GW);
        pass(overlay, true, PEER);
        sh("ip route add 10.5.1.128/25 via 192.0.2.9");
        assertThat(kernel.routes())
                .filteredOn(route -> route.destination().equals(Cidr.parse("10.5.1.128/25")))
                .singleElement()
                .satisfies(route -> assertThat(node.repairFor(new KernelNews.Present(route)))
                        .isEqualTo(Repair.PASS));
        pass(overlay, false, PEER);
        assertThat(detail(Condition.SUBNET_CONFLICT))
                .contains("is elsewhere in part: 10.5.1.128/25, which has a route");
    }

    @Test
    void aPeerAtABroadcastAddressIsLeftOut() throws Exception {
        pass(overlay(HOST_GW), true, PEER, lease("10.5.3.0/24", "192.0.2.255"));
        assertThat(detail(Condition.PEERS_IGNORED))
                .contains("10.5.3.0/24: its address 192.0.2.255 is the broadcast address of a link of this node");
        assertThat(sh("ip route show proto 102")).contains("10.5.2.0/24").doesNotContain("10.5.3.0/24");
    }

    @Test
    void forwardingThatIsOffForASingleDeviceIsNamed() throws Exception {
        sh("echo 1 > /proc/sys/net/ipv4/ip_forward; ip link add cni0 type bridge; ip addr add 10.5.1.1/24 dev cni0");
        Overlay overlay = overlay(HOST_GW);
        pass(overlay, true, PEER);
        assertThat(detail(Condition.FORWARDING_OFF)).isEmpty();
        for (String device : List.of("eth0", "cni0")) {
            sh("sysctl -qw net.ipv4.conf.%s.forwarding=0".formatted(device));
            pass(overlay, Depth.RECHECK, false, PEER);
            assertThat(detail(Condition.FORWARDING_OFF))
                    .contains("the kernel's net.ipv4.conf.%s.forwarding should be 1: set it with sysctl -w"
                            .formatted(device));
            sh("sysctl -qw net.ipv4.conf.%s.forwarding=1".formatted(device));
        }
    }

    @Test
    void ipv6ThatIsOffOnTheBridgeOfPodsIsNamed() throws Exception {
        sh("ip link add cni0 type bridge; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding;"
                + " echo 1 > /proc/sys/net/ipv6/conf/cni0/disable_ipv6");
        assertThat(Forwarding.obstacle(Set.of(Family.IPV6), false, List.of(), List.of("cni0")))
                .isEqualTo("the kernel's net.ipv6.conf.cni0.disable_ipv6 should be 0: set it with sysctl -w");
        sh("echo 0 > /proc/sys/net/ipv6/conf/all/forwarding");
        assertThat(Forwarding.obstacle(Set.of(Family.IPV6), false, List.of(), List.of("cni0")))
                .isEqualTo("the kernel's net.ipv6.conf.all.forwarding should be 1, and"
                        + " net.ipv6.conf.cni0.disable_ipv6 should be 0: set it with sysctl -w");
    }

    @Test
    void aDeviceThatIsDownStillCountsUntilItLosesItsAddress() throws Exception {
        sh(
                "ip link add eth5 type veth peer name far5; ip link set far5 up; ip link set eth5 up; ip addr add 10.5.3.1/23 dev eth5");
        Overlay overlay = overlay(HOST_GW);
        Lease other = lease("10.5.4.0/24", "192.0.2.4");
        pass(overlay, true, PEER, other);
        assertThat(sh("ip route show 10.5.2.0/24 proto 102")).isEmpty();
        sh("ip link set eth5 down");
        pass(overlay, false, PEER, other);
        assertThat(sh("ip route show 10.5.2.0/24 proto 102")).isEmpty();
        sh("ip addr del 10.5.3.1/23 dev eth5");
        pass(overlay, Depth.RECHECK, false, PEER, other);
        assertThat(sh("ip route show 10.5.2.0/24 proto 102")).contains("via 192.0.2.2");
    }

    @Test
    void aLeaseThatCoversTheStoreIsLeftOutWhicheverWayItsAddressWasFound() throws Exception {
        Overlay overlay = overlay(HOST_GW);
        pass(overlay, true, PEER);
        assertThat(sh("ip route show 10.5.2.0/24 proto 102")).isNotEmpty();
        overlays.guard().needs(new Lifelines.Servers(Set.of(Ip.parse("10.5.2.7")), Set.of()));
        pass(overlay, false, PEER);
        assertThat(sh("ip route show 10.5.2.0/24 proto 102")).isEmpty();
    }
}
