package jflannel.backend;

import static jflannel.backend.Cluster.config;
import static jflannel.backend.Cluster.dualConfig;
import static jflannel.backend.Cluster.dualOwn;
import static jflannel.backend.Cluster.dualPeer;
import static jflannel.backend.Cluster.lease;
import static jflannel.backend.Cluster.peers;
import static jflannel.backend.Cluster.underlay;
import static jflannel.backend.Cluster.vtep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import jflannel.ip.Family;
import jflannel.ip.Mac;
import jflannel.kernel.Link;
import jflannel.kernel.Outcome;
import jflannel.kernel.Route;
import jflannel.kernel.TunnelPackets;
import jflannel.kernel.Vxlan;
import jflannel.lease.Announcement;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The vxlan backend with the option External.
class ExternalVxlanTest {
    private static final Lease OWN = lease("vxlan", "10.5.1.0/24", "192.0.2.1");

    private final FakeKernel kernel = new FakeKernel();
    private final Link eth0 = kernel.add("eth0", "veth", 1500, Mac.parse("02:00:00:00:00:01"), null);

    private Rig backend(String options) throws Exception {
        Rig backend = new Rig(config(options), underlay("192.0.2.1"), kernel);
        backend.announce();
        return backend;
    }

    @Test
    void anExternalDeviceHasNoFdbAndRoutesThatCarryTheTunnelsEnd() throws Exception {
        Rig backend = backend("{\"Type\":\"vxlan\",\"External\":true,\"VNI\":7}");
        String data = "{\"VNI\":7,\"VtepMAC\":\"82:4b:b6:2f:54:4e\"}";
        Lease peer = lease("vxlan", "10.5.2.0/24", "192.0.2.2", data);
        backend.reconcile(OWN, peers(peer));
        assertThat(kernel.shown())
                .containsExactly(
                        "address 10.5.1.0/32 dev flannel.7",
                        "neighbor 10.5.2.0 lladdr 82:4b:b6:2f:54:4e dev flannel.7",
                        "route 10.5.2.0/24 encap id 7 src 192.0.2.1 dst 192.0.2.2 via 10.5.2.0 dev flannel.7 onlink");
        assertThat(kernel.links.get("flannel.7").properties()).isEqualTo(Vxlan.external(7, 8472, eth0.index()));
        assertThat(kernel.admitted).isEqualTo(Map.of("flannel.7", 7));
        assertThat(backend.backend().tunnel().orElseThrow().packets()).isEqualTo(new TunnelPackets.Vxlan(8472, 7));
        assertThat(backend.reconcile(OWN, peers(peer))).isEqualTo(Outcome.NOTHING);
    }

    @Test
    void anExternalDeviceCarriesBothFamiliesWithOneMac() throws Exception {
        Rig backend = new Rig(
                dualConfig("{\"Type\":\"vxlan\",\"External\":true}"), underlay("192.0.2.1", "2001:db8::1"), kernel);
        Announcement mine = backend.announce();
        assertThat(mine.backendData(Family.IPV6)).isEqualTo(mine.backendData(Family.IPV4));
        Lease own = dualOwn();
        Lease peer = dualPeer();
        backend.reconcile(own, peers(peer));
        assertThat(kernel.shown())
                .containsExactly(
                        "address 10.5.1.0/32 dev flannel.1",
                        "address fd05:0:0:1::/128 dev flannel.1",
                        "neighbor 10.5.2.0 lladdr 82:4b:b6:2f:54:4e dev flannel.1",
                        "neighbor fd05:0:0:2:: lladdr 82:4b:b6:2f:54:4f dev flannel.1",
                        "route 10.5.2.0/24 encap id 1 src 192.0.2.1 dst 192.0.2.2 via 10.5.2.0 dev flannel.1 onlink",
                        "route fd05:0:0:2::/64 encap id 1 src 2001:db8::1 dst 2001:db8::2 via fd05:0:0:2::"
                                + " dev flannel.1 onlink");
        assertThat(backend.backend().deviceNames()).containsExactly("flannel.1");
        assertThat(backend.backend().tunnel().orElseThrow().devices())
                .isEqualTo(Map.of(Family.IPV4, "flannel.1", Family.IPV6, "flannel.1"));
        assertThat(backend.backend().mtu()).isEqualTo(1430);
        assertThat(kernel.links.get("flannel.1").mtu()).isEqualTo(1430);
    }

    /// The kernel finds out by their metrics that routes of one device are different.
    @Test
    void noTwoExternalRoutesHaveOneMetric() throws Exception {
        backend("{\"Type\":\"vxlan\",\"External\":true}")
                .reconcile(
                        OWN,
                        peers(IntStream.rangeClosed(2, 200)
                                .mapToObj(i -> lease(
                                        "vxlan",
                                        "10.5." + i + ".0/24",
                                        "192.0.2." + i,
                                        vtep("02:00:00:00:00:%02x".formatted(i))))
                                .toArray(Lease[]::new)));
        assertThat(kernel.routes()).hasSize(199).extracting(Route::metric).doesNotHaveDuplicates();
    }

    @ParameterizedTest(name = "from External {0} to {1}")
    @CsvSource({"false, true", "true, false"})
    void aChangeOfTheKindReplacesTheDevicesOfBothFamilies(boolean from, boolean to) throws Exception {
        String options = "{\"Type\":\"vxlan\",\"External\":%s}";
        Lease own = dualOwn();
        kernel.refusesSecondKind = true;
        for (boolean external : List.of(from, to)) {
            Rig backend =
                    new Rig(dualConfig(options.formatted(external)), underlay("192.0.2.1", "2001:db8::1"), kernel);
            backend.announce();
            backend.reconcile(own, peers());
            assertThat(kernel.links.keySet()).containsAll(backend.backend().deviceNames());
        }
        assertThat(kernel.links.values())
                .filteredOn(link -> link.kind().equals("vxlan"))
                .hasSize(to ? 1 : 2)
                .allMatch(link -> ((Vxlan) link.properties()).external() == to);
    }

    @Test
    void anExternalDeviceThatReceivesEverythingIsReplaced() throws Exception {
        Link open = kernel.add(
                "flannel.1",
                "vxlan",
                1450,
                Mac.parse("ba:b4:1b:5d:88:71"),
                new Vxlan(0, 8472, null, eth0.index(), false, false, true, false));
        backend("{\"Type\":\"vxlan\",\"External\":true}");
        assertThat(kernel.links.get("flannel.1").index()).isNotEqualTo(open.index());
        assertThat(((Vxlan) kernel.links.get("flannel.1").properties()).filtersVni())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Learning", "GBP"})
    void anExternalDeviceHasNoOptionsThatNeedATable(String option) {
        assertThatThrownBy(() -> backend("{\"Type\":\"vxlan\",\"External\":true,\"%s\":true}".formatted(option)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("External")
                .hasMessageContaining("Remove them");
    }
}
