package jflannel.backend;

import static jflannel.backend.Cluster.config;
import static jflannel.backend.Cluster.dualConfig;
import static jflannel.backend.Cluster.dualLease;
import static jflannel.backend.Cluster.lease;
import static jflannel.backend.Cluster.peers;
import static jflannel.backend.Cluster.underlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.underlay.Underlay;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WireguardBackendTest {
    private static final String KEY = "obGxobGxobGxobGxobGxobGxobGxobGxobGxobGxobE=";
    private static final String OTHER_KEY = "wrKxobGxobGxobGxobGxobGxobGxobGxobGxobGxobE=";
    private static final Lease OWN = lease("wireguard", "10.5.1.0/24", "192.0.2.1");
    private static final Lease DUAL_OWN =
            dualLease("wireguard", "10.5.1.0/24", "fd05:0:0:1::/64", "192.0.2.1", "2001:db8::1");

    private final FakeKernel kernel = new FakeKernel();

    WireguardBackendTest() {
        kernel.add("eth0", "veth", 1500, Mac.parse("02:00:00:00:00:01"), null);
    }

    private static String data(String key, int port) {
        return "{\"PublicKey\":\"" + key + "\",\"Port\":" + port + "}";
    }

    private static Lease dualPeer(String v4, String v6) {
        return dualLease("wireguard", "10.5.2.0/24", "fd05:0:0:2::/64", v4, v6, data(KEY, 51820), data(KEY, 51821));
    }

    @Test
    void aPeerIsOneEntry() throws Exception {
        Rig rig = new Rig(config("{\"Type\":\"wireguard\"}"), underlay("192.0.2.1"), kernel);
        rig.reconcile(OWN, peers(lease("wireguard", "10.5.2.0/24", "192.0.2.2", data(KEY, 51999))));
        assertThat(kernel.shown())
                .containsExactly(
                        "address 10.5.1.0/32 dev flannel-wg",
                        "peer " + KEY + " at 192.0.2.2:51999 for [10.5.2.0/24] dev flannel-wg",
                        "route 10.5.0.0/16 dev flannel-wg");
        assertThat(kernel.links.get("flannel-wg").mtu()).isEqualTo(1420);
        assertThat(rig.backend().announcement().backendType()).isEqualTo("wireguard");
    }

    /// Byte for byte as Go flannel writes it.
    @Test
    void publishesItsKeyAndPort() throws Exception {
        Rig rig = new Rig(dualConfig("{\"Type\":\"wireguard\"}"), underlay("192.0.2.1", "2001:db8::1"), kernel);
        String unknown = WireguardIdentity.UNKNOWN.publicKey().toString();
        assertThat(rig.backend().announcement().backendData())
                .isEqualTo(Map.of(Family.IPV4, data(unknown, 51820), Family.IPV6, data(unknown, 51821)));
    }

    @Test
    void separateDevicesCarryAFamilyEach() throws Exception {
        new Rig(dualConfig("{\"Type\":\"wireguard\"}"), underlay("192.0.2.1", "2001:db8::1"), kernel)
                .reconcile(DUAL_OWN, peers(dualPeer("192.0.2.2", "2001:db8::2")));
        assertThat(kernel.shown())
                .contains(
                        "peer " + KEY + " at 192.0.2.2:51820 for [10.5.2.0/24] dev flannel-wg",
                        "peer " + KEY + " at [2001:db8::2]:51821 for [fd05:0:0:2::/64] dev flannel-wg-v6");
    }

    /// Go flannel's single device listens at the port that its data name for IPv4.
    @ParameterizedTest
    @CsvSource({
        "ipv4, 192.0.2.2, 2001:db8::2, 192.0.2.2:51820",
        "ipv6, 192.0.2.2, 2001:db8::2, [2001:db8::2]:51820",
        "auto, 192.0.2.2, 2001:db8::2, 192.0.2.2:51820",
        "auto, 10.9.0.2, 2001:db8::2, [2001:db8::2]:51820",
        "auto, 10.9.0.2, fc00::2, 10.9.0.2:51820"
    })
    void aSingleDeviceReachesAllPodsOfANodeAtOneAddress(String mode, String v4, String v6, String endpoint)
            throws Exception {
        new Rig(
                        dualConfig("{\"Type\":\"wireguard\",\"Mode\":\"" + mode + "\"}"),
                        underlay("192.0.2.1", "2001:db8::1"),
                        kernel)
                .reconcile(DUAL_OWN, peers(dualPeer(v4, v6)));
        assertThat(kernel.shown())
                .containsExactly(
                        "address 10.5.1.0/32 dev flannel-wg",
                        "address fd05:0:0:1::/128 dev flannel-wg",
                        "peer " + KEY + " at " + endpoint + " for [10.5.2.0/24, fd05:0:0:2::/64] dev flannel-wg",
                        "route 10.5.0.0/16 dev flannel-wg",
                        "route fd05::/48 dev flannel-wg");
    }

    @Test
    void theOldKeyOfANodeGoes() throws Exception {
        Rig rig = new Rig(config("{\"Type\":\"wireguard\"}"), underlay("192.0.2.1"), kernel);
        rig.reconcile(OWN, peers(lease("wireguard", "10.5.2.0/24", "192.0.2.2", data(KEY, 51820))));
        rig.reconcile(OWN, peers(lease("wireguard", "10.5.2.0/24", "192.0.2.2", data(OTHER_KEY, 51820))));
        assertThat(kernel.shown())
                .contains("peer " + OTHER_KEY + " at 192.0.2.2:51820 for [10.5.2.0/24] dev flannel-wg")
                .noneMatch(text -> text.contains(KEY));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'{\"Port\":51820}'                 | it publishes no PublicKey",
                "'{\"PublicKey\":\"AAAA\"}'         | its PublicKey is none: it is not 32 bytes in base64"
            })
    void aPeerWithoutAUsableKeyHarmsNobody(String data, String why) throws Exception {
        Rig rig = new Rig(config("{\"Type\":\"wireguard\"}"), underlay("192.0.2.1"), kernel);
        rig.reconcile(
                OWN,
                peers(
                        lease("wireguard", "10.5.3.0/24", "192.0.2.3", data),
                        lease("wireguard", "10.5.2.0/24", "192.0.2.2", data(KEY, 51820))));
        assertThat(rig.ignored().values()).containsExactly(why);
        assertThat(kernel.shown()).anyMatch(text -> text.contains("192.0.2.2:51820"));
    }

    @Test
    void behindNatTheWayIsKeptOpen() throws Exception {
        Underlay nat = new Underlay(
                "eth0", 1500, Map.of(Family.IPV4, Ip.parse("10.0.0.1")), Map.of(Family.IPV4, Ip.parse("192.0.2.1")));
        Rig rig = new Rig(config("{\"Type\":\"wireguard\"}"), nat, kernel);
        rig.reconcile(OWN, peers(lease("wireguard", "10.5.2.0/24", "192.0.2.2", data(KEY, 51820))));
        assertThat(kernel.objects)
                .filteredOn(jflannel.kernel.WireguardPeer.class::isInstance)
                .extracting(object -> ((jflannel.kernel.WireguardPeer) object).keepalive())
                .containsExactly(25);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'\"PSK\":\"short\"'          | test: Backend: PSK: (hidden) cannot be used.",
                "'\"ListenPort\":51821'       | test: Backend: ListenPortV6: 51821 cannot be used.",
                "'\"MTU\":1300'               | test: Backend: MTU: 1300 cannot be used.",
                "'\"Mode\":\"ipv5\"'          | test: Backend: Mode: \"ipv5\" cannot be used."
            })
    void refusesWhatCannotWork(String option, String message) {
        assertThatThrownBy(() -> dualConfig("{\"Type\":\"wireguard\"," + option + "}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(message);
    }
}
