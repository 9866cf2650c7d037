package jflannel.daemon;

import static jflannel.daemon.Labs.kernelState;
import static jflannel.daemon.Labs.lab;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A node that starts while the store is down begins with what it remembers.
class OutageIT {
    @ParameterizedTest
    @EnumSource(names = {"VXLAN", "UDP"})
    void aNodeStartsWithoutTheStoreAndGoesOverToItWithoutLoss(Scenario scenario) throws Exception {
        try (Lab lab = lab(LabSetup.of(scenario).withReservations(false).withFlags("--healthz-port=8085"))) {
            LabNode node = lab.node(1);
            Path state = node.host().run().resolve("flannel/state.json");
            await().until(() -> Files.exists(state) && Files.readString(state).contains("10.168.0.3"));
            String before = kernelState(node);
            node.flanneld().terminate(10);
            lab.store().freeze();
            node.sh("ip link del flannel.1 || :; ip route del 100.96.0.0/16 || :");
            node.startFlanneld();
            node.awaitReady();
            assertThat(lab.reach(1, 2, Family.IPV4, 10)).isPositive();
            assertThat(kernelState(node)).isEqualTo(before);
            await().until(() -> status(node).contains("\"state\":\"degraded\""));
            assertThat(status(node)).contains("the store does not answer");
            assertThat(node.sh("curl -s http://127.0.0.1:8085/readyz?verbose"))
                    .contains("[!] store: the store does not answer")
                    .contains("flanneld is ready");
            Traffic traffic = new Traffic(lab, 1, 2, 60);
            lab.store().thaw();
            await().atMost(Duration.ofSeconds(30)).until(() -> status(node).contains("\"state\":\"ready\""));
            Traffic.Count ping = traffic.end();
            assertThat(ping.received()).isPositive();
            assertThat(ping.lost()).isZero();
            assertThat(kernelState(node)).isEqualTo(before);
        }
    }

    /// As after an alarm of etcd's that it has no space left: it answers reads, and gives no lease.
    @Test
    void aNodeStartsThoughTheStoreRefusesWrites() throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.VXLAN).withReservations(false))) {
            LabNode node = lab.node(1);
            Path state = node.host().run().resolve("flannel/state.json");
            await().until(() -> Files.exists(state) && Files.readString(state).contains("10.168.0.3"));
            String before = kernelState(node);
            Cidr subnet = node.subnet(Family.IPV4);
            String key = "subnets/" + subnet.address() + "-" + subnet.length();
            node.flanneld().terminate(10);
            lab.node(2).flanneld().terminate(10); // which keeps the way here, though the lease is gone
            lab.store().delete(key);
            alarm(lab, "ACTIVATE");
            node.sh("ip link del flannel.1");
            node.startFlanneld();
            node.awaitReady();
            assertThat(lab.reach(1, 2, Family.IPV4, 10)).isPositive();
            assertThat(kernelState(node)).isEqualTo(before);
            await().until(() ->
                    status(node).contains("the store gives no lease; this node continues with what it remembers"));
            assertThat(node.flanneld().output()).contains("lease: ").contains("database space exceeded");
            alarm(lab, "DEACTIVATE");
            await().atMost(Duration.ofSeconds(30)).until(() -> status(node).contains("\"state\":\"ready\""));
            assertThat(lab.store().get(key)).contains("10.168.0.2");
            assertThat(kernelState(node)).isEqualTo(before);
        }
    }

    private static void alarm(Lab lab, String action) throws Exception {
        lab.store()
                .host()
                .sh("curl -sf http://127.0.0.1:2379/v3/maintenance/alarm -d '{\"alarm\":\"NOSPACE\",\"action\":\""
                        + action + "\"}'");
    }

    private static String status(LabNode node) throws Exception {
        return Files.readString(node.host().run().resolve("flannel/status.json"));
    }
}
