package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static jflannel.daemon.Labs.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabProcess;
import jflannel.lab.LabSetup;
import jflannel.lab.ProcessStat;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;

/// What Prometheus reads of a running daemon.
class MetricsIT {
    private static final int PORT = 9464;
    private static final int PAGE = 9470;
    private static final LabSetup SETUP =
            LabSetup.of(Scenario.VXLAN).withFlags("--metrics-port=" + PORT, "--status-page=" + PAGE);

    private static final String LIKE_A_PEER = "{\"PublicIP\":\"10.168.0.8\",\"BackendType\":\"vxlan\","
            + "\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:08\"}}";

    @Test
    void tellsOfPeersRepairsStoreAndLease() throws Exception {
        try (Lab lab = lab(SETUP)) {
            LabNode node = lab.node(1);
            assertThat(metric(node, "flannel_ready")).hasValue(1.0);
            assertThat(metric(node, "flannel_check_passed{check=\"firewall\"}")).hasValue(1.0);
            assertThat(metric(node, "flannel_peers_programmed")).hasValue(1.0);
            assertThat(metric(node, "flannel_drift_repaired_total")).hasValue(0.0);
            assertThat(metric(node, "flannel_store_watched")).hasValue(1.0);
            assertThat(metric(node, "flannel_store_request_seconds_count{request=\"txn\"}")
                            .orElseThrow())
                    .isPositive();
            assertThat(metric(node, "flannel_lease_expiry_timestamp_seconds")).isEmpty(); // the lab reserves subnets

            node.sh("ip route del 100.96.2.0/24");
            soon(
                    "the repaired route is counted",
                    () -> metric(node, "flannel_drift_repaired_total").orElseThrow() == 1);
            double devices = metric(node, "flannel_device_changes_total").orElseThrow();
            node.sh("ip link set flannel.1 mtu 1300");
            soon(
                    "the repaired MTU is counted",
                    () -> metric(node, "flannel_device_changes_total").orElseThrow() == devices + 1);
            double puts =
                    metric(node, "flannel_kernel_changes_total{verb=\"put\"}").orElseThrow();
            lab.store().put("subnets/100.96.8.0-24", LIKE_A_PEER);
            soon(
                    "what a new peer needs is counted",
                    () -> metric(node, "flannel_kernel_changes_total{verb=\"put\"}")
                                    .orElseThrow()
                            == puts + 3);
            lab.store().put("subnets/100.96.9.0-24", "{\"PublicIP\":\"10.168.0.9\",\"BackendType\":\"udp\"}");
            soon(
                    "the odd peer is counted",
                    () -> metric(node, "flannel_peers_failed").orElseThrow() == 1);
            assertThat(page(node))
                    .contains("\"tunnels\":[\"flannel.1\"]", "\"device\":\"flannel.1\",\"up\":true")
                    .containsPattern(peer("100.96.2.0/24", "tunnel", "programmed"))
                    .containsPattern(peer("100.96.8.0/24", "tunnel", "programmed"))
                    .containsPattern(
                            peer("100.96.9.0/24", "none", "failed") + ",\"held\":false,\"why\":\"its backend is");
            assertThat(node.sh("curl -sf -m 20 'http://127.0.0.1:" + PAGE + "/way?to=100.96.2.3&protocol=icmp'"))
                    .contains("\"destination\":\"100.96.2.3\"", "\"step\":\"tunnel\"", "\"verdict\":\"ok\"")
                    .doesNotContain("are not known");
            assertThat(metric(node, "flannel_peers_desired")).hasValue(3.0);
            assertThat(metric(node, "flannel_peers_programmed")).hasValue(2.0);
        }
    }

    @Test
    void tellsWhenTheLeaseEndsAndThatTheStoreIsSilent() throws Exception {
        LabSetup setup = LabSetup.of(Scenario.VXLAN)
                .withFlags("--metrics-port=" + PORT)
                .withEnvironment(Map.of("JFLANNEL_JAVA_OPTS", "-Xlog:class+load:file=/run/classes"));
        try (Lab lab = lab(setup.withReservations(false))) {
            LabNode node = lab.node(1);
            double end = metric(node, "flannel_lease_expiry_timestamp_seconds").orElseThrow();
            assertThat(end - Instant.now().getEpochSecond()).isBetween(23 * 3600.0, 24 * 3600.0 + 5);
            lab.store().process().kill();
            soon(
                    "the silence is told",
                    () -> metric(node, "flannel_store_watched").orElseThrow() == 0);
            assertThat(metric(node, "flannel_ready")).hasValue(1.0); // pods go on
            assertThat(node.sh("cat /run/classes"))
                    .as("nothing of the status page, or of policies, is loaded where there are none")
                    .contains("jflannel.control.Node ", "jflannel.report.MetricsServer ")
                    .doesNotContain(
                            "jflannel.page.",
                            "jflannel.policy.",
                            "jflannel.nftables.",
                            "jflannel.trace.",
                            "jflannel.options.ServerAddress",
                            "jflannel.cloud.");
        }
    }

    @Test
    void tellsWhatThePacketLoopsCount() throws Exception {
        try (Lab lab =
                lab(LabSetup.of(Scenario.UDP_DAEMON).withFlags("--metrics-port=" + PORT, "--metrics-ip=127.0.0.1"))) {
            LabNode node = lab.node(1);
            assertThat(metric(node, "flannel_udp_packets_total{point=\"udp_sent\"}")
                            .orElseThrow())
                    .isPositive();
            assertThat(metric(node, "flannel_udp_dropped_packets_total{direction=\"in\",reason=\"wrong_source\"}"))
                    .hasValue(0.0);
            assertThat(lab.node(2).host().attempt("curl", "-s", "-m", "5", "http://10.168.0.2:" + PORT + "/metrics"))
                    .satisfies(answer -> assertThat(answer.exitCode()).isNotZero());
        }
    }

    @Test
    void noProgramIsRunForAPage() throws Exception {
        try (Lab lab = lab(SETUP.withNftables(true))) {
            LabNode node = lab.node(1);
            assertThat(metric(node, "flannel_peer_filter_dropped_packets_total{reason=\"strangers\"}"))
                    .hasValue(0.0);
            await("the checks that follow a start are over")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> {
                        long before = childrensFaults(node);
                        for (int i = 0; i < 10; i++) {
                            metric(node, "flannel_ready");
                        }
                        return childrensFaults(node) == before;
                    });
        }
    }

    /// Page faults of the programs that flanneld has run: every program has some.
    private static long childrensFaults(LabNode node) throws IOException {
        return ProcessStat.of(node.flanneld().pid()).field(11);
    }

    @Test
    void aPortThatIsTakenEndsTheStart() throws Exception {
        try (Lab lab = Lab.prepared(SETUP.withFlags("--healthz-port=" + PORT), Lab.Progress.NONE)) {
            LabNode node = lab.node(1);
            LabProcess flanneld = node.startFlanneld();
            assertThat(flanneld.await(30)).isEqualTo(2);
            assertThat(flanneld.output())
                    .contains("--metrics-ip, --metrics-port: cannot listen on 0.0.0.0 port " + PORT
                            + ": Address already in use. Give");
        }
    }

    /// What the status page gets in its first two seconds.
    private static String page(LabNode node) throws IOException {
        return node.sh("curl -sfN -m 2 http://127.0.0.1:" + PAGE + "/events || [ $? = 28 ]");
    }

    private static String peer(String subnet, String link, String state) {
        return "\"key\":\"%s\"(?:(?!\"key\").)*\"state\":\"%s\",\"link\":\"%s\"".formatted(subnet, state, link);
    }

    /// The value of a metric, by its name and labels as the page has them; empty if it has none.
    private static Optional<Double> metric(LabNode node, String name) throws IOException {
        return node.sh("curl -sf -m 5 http://127.0.0.1:" + PORT + "/metrics")
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst();
    }
}
