package jflannel.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabProcess;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A node that joins the network without pods.
class NoSubnetIT {
    private static Lab threeNodes(Scenario scenario, Set<Family> families) throws IOException {
        LabSetup setup =
                LabSetup.of(scenario).withNodes(3).withFamilies(families).withReservations(false);
        Lab lab = Lab.prepared(setup, Lab.Progress.NONE);
        for (LabNode node : lab.nodes().subList(0, 2)) {
            node.startFlanneld();
            node.awaitReady();
            lab.attach(node);
        }
        return lab;
    }

    /// A start takes longer than a repair, and udp starts twice.
    private static void eventually(String what, Callable<Boolean> state) {
        await(what).atMost(Duration.ofSeconds(30)).ignoreExceptions().until(state);
    }

    /// Its address in the network, by which pods answer it.
    private static String address(LabNode node, Family family) throws IOException {
        String words = node.sh(
                family == Family.IPV4
                        ? "ip -4 -o addr show | grep -o 'inet 100.96.0.[0-9]*' || :"
                        : "ip -6 -o addr show | grep -o 'inet6 fd00:100:96::[0-9a-f]*' || :");
        return words.strip().replaceAll(".* ", "");
    }

    @ParameterizedTest(name = "{0}, both families: {1}")
    @CsvSource({"VXLAN, true", "UDP, true", "VXLAN, false"})
    void itReachesAllPodsAndTheyReachIt(Scenario scenario, boolean both) throws Exception {
        Set<Family> families = both ? EnumSet.allOf(Family.class) : Set.of(Family.IPV4);
        try (Lab lab = threeNodes(scenario, families)) {
            LabNode node = lab.node(3);
            node.startFlanneld("--no-subnet");
            for (Family family : families) {
                eventually("it has an address", () -> !address(node, family).isEmpty());
                String own = address(node, family);
                for (int i = 1; i <= 2; i++) {
                    String pod = lab.node(i).podAddress(family).toString();
                    assertThat(node.host().reach(pod, 10)).isPositive();
                    assertThat(node.sh("ip route get " + pod)).contains("src " + own);
                    assertThat(lab.pod(i).reach(own, 10)).isPositive();
                }
            }
            eventually(
                    "it is ready", () -> node.sh("cat /run/flannel/status.json").contains("\"ready\""));
            assertThat(node.sh("ls /run/flannel")).doesNotContain("subnet.env");
            assertThat(String.join("\n", lab.store().contents())).containsPattern("subnets/100\\.96\\.0\\.\\d+-31");
            for (LabNode other : lab.nodes().subList(0, 2)) {
                assertThat(other.flanneld().output()).doesNotContainPattern("(?m)^[WE]\\d{4} .*100\\.96\\.0");
            }
        }
    }

    @Test
    void withHostGwItSendsFromItsOwnAddress() throws Exception {
        try (Lab lab = threeNodes(Scenario.HOST_GW, Set.of(Family.IPV4))) {
            LabNode node = lab.node(3);
            node.startFlanneld("--no-subnet");
            String pod = lab.node(1).podAddress(Family.IPV4).toString();
            eventually("it reaches the pod", () -> node.host().reach(pod, 1) > 0);
            assertThat(lab.pod(1).reach(node.address(Family.IPV4).toString(), 5))
                    .isPositive();
        }
    }

    @Test
    void aNodeMayGiveItsSubnetUpAndTakeOneAgain() throws Exception {
        try (Lab lab = threeNodes(Scenario.VXLAN, Set.of(Family.IPV4))) {
            LabNode node = lab.node(2);
            String former = "subnets/" + node.subnet(Family.IPV4).address() + "-24";
            assertThat(keys(lab)).contains(former);
            node.flanneld().terminate(10);
            LabProcess without = node.startFlanneld("--no-subnet", "--docker-opts-file=/run/docker_opts.env");
            eventually("it has no subnet", () -> !keys(lab).contains(former));
            eventually("its file is gone", () -> !node.sh("ls /run/flannel").contains("subnet.env"));
            eventually("it says so", () -> without.output().contains("removed the subnet file of an earlier run"));
            assertThat(lab.pod(1).reach(address(node, Family.IPV4), 10)).isPositive();

            node.flanneld().terminate(10);
            node.startFlanneld();
            node.awaitReady();
            assertThat(node.subnet(Family.IPV4).length()).isEqualTo(24);
            assertThat(keys(lab)).noneMatch(key -> key.endsWith("-31"));
        }
    }

    private static List<String> keys(Lab lab) throws IOException {
        return lab.store().contents().stream()
                .map(line -> line.replaceFirst("^/coreos.com/network/", "").replaceFirst("[ =:].*", ""))
                .toList();
    }
}
