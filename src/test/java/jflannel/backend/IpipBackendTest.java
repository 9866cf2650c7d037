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
import jflannel.kernel.IpTunnel;
import jflannel.kernel.Link;
import jflannel.kernel.Path;
import jflannel.kernel.Route;
import jflannel.kernel.TunnelPackets;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.NotYetException;
import jflannel.underlay.PeerPath;
import jflannel.underlay.Underlay;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpipBackendTest {
    private static final String IPIP = "{\"Type\":\"ipip\"}";
    private static final Lease OWN = lease("ipip", "10.5.1.0/24", "192.0.2.1");
    private static final Lease PEER = lease("ipip", "10.5.2.0/24", "192.0.2.2");

    private final FakeKernel kernel = new FakeKernel();
    private final Link eth0 = kernel.add("eth0", "veth", 1500, Mac.parse("02:00:00:00:00:01"), null);

    private Rig rig(String options) throws Exception {
        Rig rig = new Rig(config(options), underlay("192.0.2.1"), kernel);
        rig.announce();
        return rig;
    }

    @Test
    void aPeerIsOneRouteAndTheNodeItselfOneAddress() throws Exception {
        rig(IPIP).reconcile(OWN, peers(PEER));
        assertThat(kernel.shown())
                .containsExactly(
                        "address 10.5.1.0/32 dev flannel.ipip",
                        "route 10.5.2.0/24 via 192.0.2.2 dev flannel.ipip onlink");
        Link made = kernel.links.get("flannel.ipip");
        assertThat(made.properties()).isEqualTo(IpTunnel.inIpv4(Family.IPV4, Ip.parse("192.0.2.1")));
        assertThat(made.mtu()).isEqualTo(1480);
    }

    @Test
    void itAnnouncesItsNameAndNoData() throws Exception {
        assertThat(new Rig(config(IPIP), underlay("192.0.2.1"), kernel).announce())
                .isEqualTo(new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2.1")), "ipip", Map.of()));
    }

    @Test
    void overIpv4EachFamilyHasADeviceAndIpv6GatewaysStandForIpv4Hosts() throws Exception {
        Rig rig = new Rig(dualConfig(IPIP), underlay("192.0.2.1"), kernel);
        rig.announce();
        rig.reconcile(ofIpv4Host("1"), peers(ofIpv4Host("2")));
        assertThat(kernel.shown())
                .containsExactly(
                        "address 10.5.1.0/32 dev flannel.ipip",
                        "address fd05:0:0:1::/128 dev flannel-v6.ipip",
                        "route 10.5.2.0/24 via 192.0.2.2 dev flannel.ipip onlink",
                        "route fd05:0:0:2::/64 via ::c000:202 dev flannel-v6.ipip onlink");
        assertThat(kernel.links.get("flannel-v6.ipip").kind()).isEqualTo("sit");
        assertThat(rig.backend().mtu()).isEqualTo(1480);
    }

    private static Lease ofIpv4Host(String number) {
        return new Lease(
                List.of(Cidr.parse("10.5." + number + ".0/24"), Cidr.parse("fd05:0:0:" + number + "::/64")),
                new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2." + number)), "ipip", Map.of()));
    }

    @Test
    void overIpv6OneDeviceCarriesBothFamiliesAndRoutesCarryTheOtherEnd() throws Exception {
        Rig rig = new Rig(dualConfig(IPIP), underlay("2001:db8::1"), kernel);
        rig.announce();
        rig.reconcile(ofIpv6Host("1"), peers(ofIpv6Host("2")));
        assertThat(kernel.shown())
                .containsExactly(
                        "address 10.5.1.0/32 dev flannel.ipip",
                        "address fd05:0:0:1::/128 dev flannel.ipip",
                        "route 10.5.2.0/24 encap id 0 src 2001:db8::1 dst 2001:db8::2 dev flannel.ipip",
                        "route fd05:0:0:2::/64 encap id 0 src 2001:db8::1 dst 2001:db8::2 dev flannel.ipip");
        assertThat(rig.backend().mtu()).isEqualTo(1460);
        assertThat(kernel.links.get("flannel.ipip").properties()).isEqualTo(IpTunnel.inIpv6());
    }

    private static Lease ofIpv6Host(String number) {
        return new Lease(
                List.of(Cidr.parse("10.5." + number + ".0/24"), Cidr.parse("fd05:0:0:" + number + "::/64")),
                new Announcement(Map.of(Family.IPV6, Ip.parse("2001:db8::" + number)), "ipip", Map.of()));
    }

    @Test
    void withBothFamiliesOfHostsEachCarriesItsOwnPods() throws Exception {
        Rig rig = new Rig(dualConfig(IPIP), underlay("192.0.2.1", "2001:db8::1"), kernel);
        rig.announce();
        rig.reconcile(
                dualLease("ipip", "10.5.1.0/24", "fd05:0:0:1::/64", "192.0.2.1", "2001:db8::1"),
                peers(dualLease("ipip", "10.5.2.0/24", "fd05:0:0:2::/64", "192.0.2.2", "2001:db8::2")));
        assertThat(kernel.shown())
                .contains(
                        "route 10.5.2.0/24 via 192.0.2.2 dev flannel.ipip onlink",
                        "route fd05:0:0:2::/64 encap id 0 src 2001:db8::1 dst 2001:db8::2 dev flannel-v6.ipip");
        assertThat(rig.backend().mtu()).as("the smaller one counts").isEqualTo(1460);
        assertThat(rig.backend().tunnel().orElseThrow().packets())
                .isEqualTo(new TunnelPackets.InIp(java.util.Set.of(4, 41)));
    }

    @Test
    void aDeviceOfGoFlannelIsKeptAndItsRoutesBecomeOurs() throws Exception {
        Link kept = kernel.add("flannel.ipip", "ipip", 1480, null, IpTunnel.inIpv4(Family.IPV4, Ip.parse("192.0.2.1")));
        kernel.objects.add(goRoute("10.5.2.0/24", "192.0.2.2", kept));
        kernel.objects.add(goRoute("10.5.9.0/24", "192.0.2.9", kept));
        rig(IPIP).reconcile(OWN, peers(PEER));
        assertThat(kernel.links.get("flannel.ipip")).isEqualTo(kept);
        assertThat(kernel.shown())
                .containsExactly(
                        "address 10.5.1.0/32 dev flannel.ipip",
                        "route 10.5.2.0/24 via 192.0.2.2 dev flannel.ipip onlink");
    }

    private static Route goRoute(String destination, String gateway, Link link) {
        return new Route(Cidr.parse(destination), Ip.parse(gateway), link.index(), true, Route.BOOT, 0, Route.UNICAST);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            another address       | 192.0.2.7 |           | 0  | true
            one other end         | 192.0.2.1 | 192.0.2.2 | 0  | true
            a TTL of its own      | 192.0.2.1 |           | 64 | true
            UDP around the packet | 192.0.2.1 |           | 0  | false
            """)
    void aDeviceThatSomebodyAlteredIsReplaced(String what, String local, String remote, int hops, boolean plain)
            throws Exception {
        Ip other = remote == null ? null : Ip.parse(remote);
        Link altered = kernel.add(
                "flannel.ipip",
                "ipip",
                1480,
                null,
                new IpTunnel("ipip", Ip.parse(local), other, 0, hops, false, plain));
        rig(IPIP).reconcile(OWN, peers(PEER));
        assertThat(kernel.links.get("flannel.ipip").index()).isNotEqualTo(altered.index());
        assertThat(kernel.shown()).contains("route 10.5.2.0/24 via 192.0.2.2 dev flannel.ipip onlink");
    }

    @Test
    void aDeviceOfAnotherKindStaysAndIsNamed() {
        Link strange = kernel.add("flannel.ipip", "dummy", 1500, null, null);
        assertThatThrownBy(() -> rig(IPIP))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("flannel.ipip is in the way: it is of kind \"dummy\"")
                .hasMessageContaining("ip link delete flannel.ipip");
        assertThat(kernel.links.get("flannel.ipip")).isEqualTo(strange);
    }

    @Test
    void theKernelsOwnTunnelsAreNotTakenForOurs() throws Exception {
        Link tunl0 = kernel.add("tunl0", "ipip", 1480, null, new IpTunnel("ipip", null, null, 0, 0, false, true));
        Link sit0 = kernel.add("sit0", "sit", 1480, null, new IpTunnel("sit", null, null, 0, 64, false, true));
        Rig rig = new Rig(dualConfig(IPIP), underlay("192.0.2.1"), kernel);
        rig.announce();
        rig.reconcile(ofIpv4Host("1"), peers(ofIpv4Host("2")));
        assertThat(kernel.links).containsEntry("tunl0", tunl0).containsEntry("sit0", sit0);
        assertThat(kernel.shown()).hasSize(4).noneMatch(line -> line.contains("tunl0") || line.contains("sit0"));
    }

    @Test
    void aLostDeviceComesBackWithAllPeers() throws Exception {
        Rig rig = rig(IPIP);
        rig.reconcile(OWN, peers(PEER));
        var before = kernel.shown();
        kernel.delete(kernel.links.get("flannel.ipip"));
        rig.reconcile(OWN, peers(PEER));
        assertThat(kernel.shown()).isEqualTo(before);
    }

    @Test
    void directRoutingTakesThePlainRouteToPeersOnTheLinkAndTheTunnelToOthers() throws Exception {
        Rig rig = rig("{\"Type\":\"ipip\",\"DirectRouting\":true}");
        rig.paths = Map.of(
                Ip.parse("192.0.2.2"), path("192.0.2.2", null, 0),
                Ip.parse("198.51.100.3"), path("198.51.100.3", "192.0.2.254", 1400));
        rig.reconcile(OWN, peers(PEER, lease("ipip", "10.5.3.0/24", "198.51.100.3")));
        assertThat(kernel.shown())
                .containsExactly(
                        "address 10.5.1.0/32 dev flannel.ipip",
                        "route 10.5.2.0/24 via 192.0.2.2 dev eth0",
                        "route 10.5.3.0/24 via 198.51.100.3 dev flannel.ipip onlink mtu 1380");
        assertThat(rig.backend().tunnel().orElseThrow().onlyWay()).isFalse();
    }

    @Test
    void anIpv6SubnetOfAnIpv4HostIsNeverRoutedDirectly() throws Exception {
        Rig rig = new Rig(dualConfig("{\"Type\":\"ipip\",\"DirectRouting\":true}"), underlay("192.0.2.1"), kernel);
        rig.announce();
        rig.paths = Map.of(Ip.parse("192.0.2.2"), path("192.0.2.2", null, 0));
        rig.reconcile(ofIpv4Host("1"), peers(ofIpv4Host("2")));
        assertThat(kernel.shown())
                .contains(
                        "route 10.5.2.0/24 via 192.0.2.2 dev eth0",
                        "route fd05:0:0:2::/64 via ::c000:202 dev flannel-v6.ipip onlink");
    }

    private PeerPath path(String peer, String gateway, int routeMtu) {
        Ip via = gateway == null ? null : Ip.parse(gateway);
        return new PeerPath(
                Ip.parse(peer), new Path(via, eth0.index(), null, 254, Path.Kind.HOST, routeMtu, false), eth0);
    }

    @Test
    void leasesOfOtherBackendsAndHostsOfTheOtherFamilyAreLeftOut() throws Exception {
        Rig rig = rig(IPIP);
        rig.reconcile(
                OWN,
                peers(
                        PEER,
                        lease("vxlan", "10.5.3.0/24", "192.0.2.3"),
                        new Lease(
                                List.of(Cidr.parse("10.5.4.0/24")),
                                new Announcement(Map.of(Family.IPV6, Ip.parse("2001:db8::4")), "ipip", Map.of()))));
        assertThat(kernel.shown()).hasSize(2);
        assertThat(rig.ignored()).hasSize(2);
    }

    @Test
    void behindNatTheDeviceSendsFromItsOwnAddress() throws Exception {
        Underlay nat = new Underlay(
                "eth0",
                1500,
                underlay("192.0.2.1").addresses(),
                underlay("203.0.113.1").publicIps());
        Announcement announced = new Rig(config(IPIP), nat, kernel).announce();
        assertThat(((IpTunnel) kernel.links.get("flannel.ipip").properties()).local())
                .isEqualTo(Ip.parse("192.0.2.1"));
        assertThat(announced.publicIp(Family.IPV4)).contains(Ip.parse("203.0.113.1"));
    }

    @Test
    void aLinkTooNarrowForIpv6IsSaid() {
        kernel.setMtu(eth0, 1290);
        assertThatThrownBy(() -> new Rig(dualConfig(IPIP), underlay("192.0.2.1"), kernel).announce())
                .isInstanceOf(NotYetException.class)
                .hasMessageContaining("the tunnel leaves packets of 1270 bytes for pods");
    }
}
