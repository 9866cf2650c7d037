package jflannel.backend;

import static jflannel.backend.Cluster.config;
import static jflannel.backend.Cluster.dualConfig;
import static jflannel.backend.Cluster.dualLease;
import static jflannel.backend.Cluster.lease;
import static jflannel.backend.Cluster.peers;
import static jflannel.backend.Cluster.underlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.Link;
import jflannel.kernel.Path;
import jflannel.kernel.Route;
import jflannel.lease.Announcement;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.underlay.PeerPath;
import jflannel.underlay.Underlay;
import org.junit.jupiter.api.Test;

class HostGwBackendTest {
    private static final Lease OWN = lease("host-gw", "10.5.1.0/24", "192.0.2.1");

    private final FakeKernel kernel = new FakeKernel();
    private final Link eth0 = kernel.add("eth0", "veth", 1500, Mac.parse("02:00:00:00:00:01"), null);
    private final Rig backend = new Rig(config("{\"Type\":\"host-gw\"}"), underlay("192.0.2.1"), kernel);

    @Test
    void aPeerIsOneRouteInEachFamily() throws Exception {
        new Rig(dualConfig("{\"Type\":\"host-gw\"}"), underlay("192.0.2.1", "2001:db8::1"), kernel)
                .reconcile(
                        dualLease("host-gw", "10.5.1.0/24", "fd05:0:0:1::/64", "192.0.2.1", "2001:db8::1"),
                        peers(dualLease("host-gw", "10.5.2.0/24", "fd05:0:0:2::/64", "192.0.2.2", "2001:db8::2")));
        assertThat(kernel.shown())
                .containsExactly(
                        "route 10.5.2.0/24 via 192.0.2.2 dev eth0", "route fd05:0:0:2::/64 via 2001:db8::2 dev eth0");
    }

    /// A rule may lead to a host by another interface, which carries less.
    @Test
    void aPeerIsReachedByTheInterfaceThatTheKernelNames() throws Exception {
        Link vpn0 = kernel.add("vpn0", "tun", 1420, null, null);
        Ip host = Ip.parse("192.0.2.2");
        Path direct = new Path(null, vpn0.index(), null, 52, Path.Kind.HOST, 0, false);
        backend.paths = Map.of(host, new PeerPath(host, direct, vpn0));
        backend.reconcile(
                OWN, peers(lease("host-gw", "10.5.2.0/24", "192.0.2.2"), lease("host-gw", "10.5.3.0/24", "192.0.2.3")));
        assertThat(kernel.shown())
                .containsExactly(
                        "route 10.5.2.0/24 via 192.0.2.2 dev vpn0 mtu 1420",
                        "route 10.5.3.0/24 via 192.0.2.3 dev eth0");
    }

    @Test
    void routesThatGoFlannelLeftForNodesNowGoneAreRemoved() throws Exception {
        kernel.objects.add(boot("10.5.44.0/24", "192.0.2.44"));
        backend.reconcile(OWN, peers(lease("host-gw", "10.5.2.0/24", "192.0.2.2")));
        assertThat(kernel.shown()).containsExactly("route 10.5.2.0/24 via 192.0.2.2 dev eth0");
    }

    @Test
    void routesThatAreNotShapedLikeALeaseStay() throws Exception {
        kernel.objects.add(boot("10.5.128.0/17", "192.0.2.44"));
        kernel.objects.add(boot("172.30.1.0/24", "192.0.2.44"));
        kernel.objects.add(new Route(
                Cidr.parse("10.5.45.0/24"), Ip.parse("192.0.2.44"), eth0.index(), false, 4, 0, Route.UNICAST));
        kernel.objects.add(
                new Route(Cidr.parse("10.5.1.0/24"), null, eth0.index(), false, Route.KERNEL, 0, Route.UNICAST));
        backend.reconcile(OWN, peers());
        assertThat(kernel.shown()).hasSize(4);
    }

    @Test
    void aMovedPeerIsReplacedInPlace() throws Exception {
        backend.reconcile(OWN, peers(lease("host-gw", "10.5.2.0/24", "192.0.2.2")));
        var outcome = backend.reconcile(OWN, peers(lease("host-gw", "10.5.2.0/24", "192.0.2.3")));
        assertThat(outcome.deleted()).isEmpty();
        assertThat(kernel.shown()).containsExactly("route 10.5.2.0/24 via 192.0.2.3 dev eth0");
    }

    @Test
    void refusesToWorkBehindNat() {
        Underlay nat = new Underlay(
                "eth0",
                1500,
                underlay("192.0.2.1").addresses(),
                underlay("203.0.113.1").publicIps());
        assertThatThrownBy(() -> new Rig(config("{\"Type\":\"host-gw\"}"), nat, kernel).backend())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("NAT");
    }

    @Test
    void aPeerWithoutAnAddressThatThisNodeCanSendToIsLeftOut() throws Exception {
        backend.reconcile(OWN, peers(lease("host-gw", "10.5.2.0/24", "2001:db8::2")));
        assertThat(kernel.shown()).isEmpty();
    }

    @Test
    void ofAPeerWithoutAnIpv6AddressOnlyTheIpv4SubnetIsRouted() throws Exception {
        Lease peer = new Lease(
                List.of(Cidr.parse("10.5.2.0/24"), Cidr.parse("fd05:0:0:2::/64")),
                new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2.2")), "host-gw", Map.of()));
        new Rig(dualConfig("{\"Type\":\"host-gw\"}"), underlay("192.0.2.1", "2001:db8::1"), kernel)
                .reconcile(
                        dualLease("host-gw", "10.5.1.0/24", "fd05:0:0:1::/64", "192.0.2.1", "2001:db8::1"),
                        peers(peer));
        assertThat(kernel.shown()).containsExactly("route 10.5.2.0/24 via 192.0.2.2 dev eth0");
    }

    @Test
    void theMtuIsThatOfTheExternalInterfaceNow() throws Exception {
        kernel.setMtu(eth0, 9001);
        backend.reconcile(OWN, peers());
        assertThat(backend.backend().mtu()).isEqualTo(9001);
    }

    @Test
    void saysThatTheExternalInterfaceIsGone() {
        kernel.delete(eth0);
        assertThatThrownBy(() -> backend.reconcile(OWN, peers()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("eth0 is gone");
    }

    private Route boot(String destination, String gateway) {
        return new Route(Cidr.parse(destination), Ip.parse(gateway), eth0.index(), false, Route.BOOT, 0, Route.UNICAST);
    }
}
