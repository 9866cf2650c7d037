package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static jflannel.daemon.Labs.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabProcess;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;

/// Only a flanneld that carries packets has Java's optimizing compiler.
class JitChoiceIT {
    private static final String QUICK = "-XX:TieredStopAtLevel=1";
    /// A node that announces nothing.
    private static final String LIKE_GO_FLANNEL = "{\"PublicIP\":\"10.168.0.9\",\"BackendType\":\"udp\"}";

    private static final String AGAIN = "restarting with Java's optimizing compiler";

    @Test
    void aPeerThatTheKernelDoesNotServeBringsTheOptimizingCompilerAndCostsTheOthersNothing() throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.UDP).withEnvironment(Map.of("CANARY", "a b")))) {
            LabNode node = lab.node(1);
            LabProcess flanneld = node.flanneld();
            soon(
                    "the kernel carries the peer",
                    () -> node.sh("cat /run/flannel/status.json").contains("\"packets\":{\"kernel\":1,\"daemon\":0"));
            assertThat(commandLine(flanneld)).contains("jflannel.daemon.Flanneld", QUICK);
            assertThat(flanneld.output()).doesNotContain(AGAIN);

            Traffic ping = new Traffic(lab, 1, 2, 60);
            lab.store().put("subnets/100.96.9.0-24", LIKE_GO_FLANNEL);
            await("there are packets to carry")
                    .atMost(Duration.ofSeconds(40))
                    .until(() -> !commandLine(flanneld).contains(QUICK));
            await("it works again")
                    .atMost(Duration.ofSeconds(40))
                    .until(() -> flanneld.output().split("] ready: ").length == 3);
            Traffic.Count count = ping.end();
            assertThat(count.received()).isGreaterThan(50);
            assertThat(count.lost()).isZero();
            assertThat(environment(flanneld)).contains("CANARY=a b\0", "JFLANNEL_COMPILER=optimizing\0");
            assertThat(flanneld.output()).containsOnlyOnce(AGAIN);
            assertThat(flanneld.terminate(10)).isZero();
        }
    }

    @Test
    void aConfigurationThatLeavesAllPacketsToTheDaemonBringsTheOptimizingCompiler() throws Exception {
        try (Lab lab = lab(Scenario.VXLAN)) {
            LabProcess flanneld = lab.node(1).flanneld();
            assertThat(commandLine(flanneld)).contains(QUICK);
            assertThat(flanneld.output()).doesNotContain(AGAIN);

            lab.store()
                    .put(
                            "config",
                            "{\"Network\":\"100.96.0.0/16\",\"Backend\":{\"Type\":\"udp\",\"DataPath\":\"daemon\"}}");
            await("it has packets to carry")
                    .atMost(Duration.ofSeconds(40))
                    .until(() -> !commandLine(flanneld).contains(QUICK));
            await().until(() -> lab.node(1).sh("ip -o link show").contains("flannel0"));
            await().until(() -> !lab.node(1).sh("ip -o link show").contains("flannel.1"));
            assertThat(lab.reach(1, 2, Family.IPV4, 10)).isPositive();
        }
    }

    private static String commandLine(LabProcess process) throws IOException {
        return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
    }

    private static String environment(LabProcess process) throws IOException {
        return Files.readString(Path.of("/proc/" + process.pid() + "/environ"));
    }
}
