package jflannel.lab;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.linux.Command;
import jflannel.testing.FlannelCommand;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// flanneld itself, with a cloud that is stood in for: packets go by the routes that it puts into the cloud's table.
@ExtendWith(OwnNetns.class)
class CloudIT {
    private static final Path BUILT = Path.of("target/jflannel").toAbsolutePath();

    @TempDir
    private Path folder;

    private static String status(Lab lab, int node) throws IOException {
        return lab.node(node)
                .host()
                .call(() -> FlannelCommand.run(
                        "status", "--etcd-endpoints=" + lab.store().endpoints()))
                .output();
    }

    private static String routes(Lab lab) throws IOException {
        return lab.router().sh("ip route show; ip -6 route show");
    }

    @ParameterizedTest
    @EnumSource(
            value = Scenario.class,
            names = {"AWS_VPC", "GCE", "TENCENT_VPC", "ALI_VPC"})
    void podsReachEachOtherByTheCloudsTable(Scenario scenario) throws Exception {
        Set<Family> families = scenario == Scenario.TENCENT_VPC ? Set.of(Family.IPV4) : EnumSet.allOf(Family.class);
        try (Lab lab = Lab.with(LabSetup.of(scenario).withFamilies(families).withNftables(true))) {
            for (Family family : families) {
                assertThat(lab.reach(1, 2, family, 30)).as("ping by " + family).isNotNegative();
            }
            assertThat(status(lab, 2)).contains("cloud      routes pods to ", " of ");
            assertThat(routes(lab)).contains("100.96.2.0/24 via 10.168.0.3");
            if (families.contains(Family.IPV6)) {
                assertThat(routes(lab)).contains("fd00:100:96:2::/64 via fd00:10:168::3");
            }
            lab.cloud().orElseThrow().deleteRoutesOf(lab.node(2));
            assertThat(routes(lab)).doesNotContain("100.96.2.0/24", "fd00:100:96:2::/64");
            for (Family family : families) {
                assertThat(lab.reach(1, 2, family, 20))
                        .as("mended by " + family)
                        .isNotNegative();
            }
            changesItsBackend(lab);
            if (scenario == Scenario.GCE || scenario == Scenario.ALI_VPC) {
                leavesNothingBehind(lab);
            }
        }
    }

    private static void leavesNothingBehind(Lab lab) throws Exception {
        LabNode node = lab.node(2);
        String cloud = lab.setup().networkConfig();
        node.flanneld().terminate(20);
        lab.store().put("config", cloud.replaceFirst("\"Backend\":.*", "\"Backend\":{\"Type\":\"vxlan\"}}"));
        assertThat(routes(lab)).contains("100.96.2.0/24");
        node.startFlanneld();
        await("what changed while the daemon was down")
                .atMost(Duration.ofSeconds(30))
                .until(() -> !routes(lab).contains("100.96.2.0/24"));
        lab.store().put("config", cloud);
        await("the routes are back")
                .atMost(Duration.ofSeconds(30))
                .until(() -> routes(lab).contains("100.96.2.0/24 via 10.168.0.3"));
        node.flanneld().terminate(20);
        List<String> words = new ArrayList<>(List.of("env"));
        lab.cloud().orElseThrow().environment().forEach((name, value) -> words.add(name + "=" + value));
        words.addAll(List.of(BUILT.resolve("bin/flannel").toString(), "uninstall"));
        Command.Result result = node.host().attempt(words.toArray(String[]::new));
        assertThat(result.output() + result.errors())
                .contains("removed this host's route in the cloud's table: 100.96.2.0/24");
        assertThat(result.exitCode()).isZero();
        assertThat(routes(lab)).doesNotContain("100.96.2.0/24");
    }

    private static void changesItsBackend(Lab lab) throws Exception {
        String cloud = lab.setup().networkConfig();
        lab.store().put("config", cloud.replaceFirst("\"Backend\":.*", "\"Backend\":{\"Type\":\"vxlan\"}}"));
        await("the routes are taken back")
                .atMost(Duration.ofSeconds(30))
                .until(() -> !routes(lab).contains("100.96.2.0/24"));
        assertThat(lab.reach(1, 2, Family.IPV4, 20)).as("by vxlan").isNotNegative();
        await("the status forgets them")
                .atMost(Duration.ofSeconds(20))
                .until(() -> !status(lab, 2).contains("routes pods to"));
        lab.store().put("config", cloud);
        await("the routes are back")
                .atMost(Duration.ofSeconds(30))
                .until(() -> routes(lab).contains("100.96.2.0/24 via 10.168.0.3"));
        assertThat(lab.reach(1, 2, Family.IPV4, 20)).as("by the cloud again").isNotNegative();
    }

    @Test
    void aDaemonWithoutThePackageSaysWhatIsMissing() throws Exception {
        Path bare = Files.createDirectories(folder.resolve("jflannel"));
        for (String part : List.of("bin", "lib")) {
            Files.createDirectory(bare.resolve(part));
        }
        Path flanneld = bare.resolve("bin/flanneld");
        Files.copy(BUILT.resolve("bin/flanneld"), flanneld); // a link would lead it to its home
        try (Stream<Path> files = Files.list(BUILT.resolve("lib"))) {
            for (Path file : files.filter(it -> !it.endsWith("cloud")).toList()) {
                Files.createSymbolicLink(bare.resolve("lib").resolve(file.getFileName()), file);
            }
        }
        Files.copy(BUILT.resolve("lib/jflannel.jar"), bare.resolve("lib/jflannel.jar"), REPLACE_EXISTING);
        try (Lab lab = Lab.with(LabSetup.of(Scenario.AWS_VPC).withNodes(1).withFlanneld(1, flanneld))) {
            await("the condition")
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(status(lab, 1)).contains("cloud-not-installed"));
            String doctor = lab.node(1)
                    .host()
                    .call(() -> FlannelCommand.run(
                            "doctor", "--etcd-endpoints=" + lab.store().endpoints()))
                    .output();
            assertThat(doctor).contains("needs the package jflannel-cloud");
            assertThat(status(lab, 1))
                    .containsSubsequence(List.of(
                            "the backend aws-vpc needs the package jflannel-cloud", "remedy: Install the package"));
        }
    }
}
