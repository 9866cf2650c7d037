package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static jflannel.daemon.Labs.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabProcess;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;

/// Only a flanneld that carries packets itself has Java's optimizing compiler.
class JitChoiceIT {
    private static final String QUICK = "-XX:TieredStopAtLevel=1";
    private static final String AGAIN = "restarting with Java's optimizing compiler";

    @Test
    void onlyTheUdpBackendHasTheOptimizingCompiler() throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.UDP).withEnvironment(Map.of("CANARY", "a b")))) {
            LabProcess flanneld = lab.node(1).flanneld();
            assertThat(commandLine(flanneld))
                    .contains("jflannel.daemon.Flanneld")
                    .doesNotContain(QUICK);
            assertThat(environment(flanneld)).contains("CANARY=a b\0", "JFLANNEL_COMPILER=optimizing\0");
            assertThat(flanneld.output()).containsOnlyOnce(AGAIN);
            assertThat(flanneld.terminate(10)).isZero();
        }
        try (Lab lab = lab(Scenario.VXLAN)) {
            LabProcess flanneld = lab.node(1).flanneld();
            assertThat(commandLine(flanneld)).contains(QUICK);
            assertThat(flanneld.output()).doesNotContain(AGAIN);

            lab.store().put("config", "{\"Network\":\"100.96.0.0/16\",\"Backend\":{\"Type\":\"udp\"}}");
            soon("the backend is another", () -> !commandLine(flanneld).contains(QUICK));
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
