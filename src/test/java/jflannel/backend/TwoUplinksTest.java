package jflannel.backend;

import static jflannel.backend.Cluster.dualConfig;
import static jflannel.backend.Cluster.dualLease;
import static jflannel.backend.Cluster.dualOwn;
import static jflannel.backend.Cluster.dualPeer;
import static jflannel.backend.Cluster.peers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.Link;
import jflannel.kernel.Path;
import jflannel.kernel.Vxlan;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.names.Names;
import jflannel.underlay.PeerPath;
import jflannel.underlay.Underlay;
import jflannel.underlay.Uplink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A node whose families leave by an interface each: IPv4 by eth0, and IPv6, with larger packets, by eth1.
class TwoUplinksTest {
    private static final Ip V4 = Ip.parse("192.0.2.1");
    private static final Ip V6 = Ip.parse("2001:db8::1");

    private final FakeKernel kernel = new FakeKernel();
    private Link eth0;
    private Link eth1;

    @BeforeEach
    void interfaces() {
        eth0 = kernel.add("eth0", "veth", 1500, Mac.parse("02:00:00:00:00:01"), null);
        eth1 = kernel.add("eth1", "veth", 9000, Mac.parse("02:00:00:00:00:02"), null);
    }

    private static Underlay underlay(int mtu4, int mtu6) {
        return new Underlay(Map.of(
                Family.IPV4, new Uplink("eth0", mtu4, V4, V4),
                Family.IPV6, new Uplink("eth1", mtu6, V6, V6)));
    }

    private Rig rig(String backend) throws Exception {
        Rig rig = new Rig(dualConfig(backend), underlay(1500, 9000), kernel);
        rig.announce();
        return rig;
    }

    private Vxlan vxlan(String device) {
        return (Vxlan) kernel.links.get(device).properties();
    }

    @Test
    void eachTunnelLeavesByTheInterfaceOfItsFamilyAndHasRoomForItsPackets() throws Exception {
        Rig rig = rig("{\"Type\":\"vxlan\"}");
        assertThat(vxlan("flannel.1").lower()).isEqualTo(eth0.index());
        assertThat(vxlan("flannel-v6.1").lower()).isEqualTo(eth1.index());
        assertThat(kernel.links.get("flannel.1").mtu()).isEqualTo(1450);
        assertThat(kernel.links.get("flannel-v6.1").mtu()).isEqualTo(8930);
        assertThat(rig.backend().mtu()).as("what pods may send").isEqualTo(1450);
    }

    @Test
    void aTunnelOfBothFamiliesIsBoundToNoInterface() throws Exception {
        rig("{\"Type\":\"vxlan\",\"External\":true}");
        assertThat(vxlan("flannel.1").lower()).isZero();
        assertThat(kernel.links.get("flannel.1").mtu()).isEqualTo(1450);
    }

    @Test
    void aPathThatCarriesAllOfItsFamilysPacketsIsNoLimit() throws Exception {
        Rig rig = rig("{\"Type\":\"vxlan\"}");
        Ip peer = Ip.parse("2001:db8::2");
        rig.paths = Map.of(peer, new PeerPath(peer, path(eth1, 0), eth1));
        rig.reconcile(dualOwn(), peers(dualPeer()));
        assertThat(kernel.shown()).contains("route fd05:0:0:2::/64 via fd05:0:0:2:: dev flannel-v6.1 onlink");
        rig.paths = Map.of(peer, new PeerPath(peer, path(eth1, 4000), eth1));
        rig.reconcile(dualOwn(), peers(dualPeer()));
        assertThat(kernel.shown()).contains("route fd05:0:0:2::/64 via fd05:0:0:2:: dev flannel-v6.1 onlink mtu 3930");
    }

    @Test
    void hostGwSendsEachFamilyByItsInterface() throws Exception {
        Lease peer = dualLease("host-gw", "10.5.2.0/24", "fd05:0:0:2::/64", "192.0.2.2", "2001:db8::2");
        rig("{\"Type\":\"host-gw\"}").reconcile(dualOwn(), peers(peer));
        assertThat(kernel.shown())
                .contains("route 10.5.2.0/24 via 192.0.2.2 dev eth0", "route fd05:0:0:2::/64 via 2001:db8::2 dev eth1");
    }

    @Test
    void udpHasRoomForThePacketsOfEachFamily() {
        // 9000 leaves 8952 for IPv6, so IPv4's 1472 counts; the other way round it is IPv6's 1352
        assertThat(udp(1500, 9000).mtu()).isEqualTo(1472);
        assertThat(udp(9000, 1400).mtu()).isEqualTo(1352);
    }

    private Backend udp(int mtu4, int mtu6) {
        return Backends.create(
                dualConfig("{\"Type\":\"udp\"}"),
                Names.DEFAULT,
                underlay(mtu4, mtu6),
                kernel.links(),
                Optional.empty());
    }

    @Test
    void theMessageNamesTheInterfaceThatIsTooNarrow() {
        assertThatThrownBy(() -> udp(9000, 1300))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("as eth1 carries 1300");
    }

    private static Path path(Link link, int mtu) {
        return new Path(Ip.parse("2001:db8::fe"), link.index(), null, 0, Path.Kind.HOST, mtu, false);
    }
}
