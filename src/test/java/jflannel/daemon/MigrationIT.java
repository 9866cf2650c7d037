package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// From Go flannel to this flanneld and back again, node by node, while pods ping each other.
class MigrationIT {
    private static final String VARIABLE = "JFLANNEL_GO_FLANNELD";

    @TempDir
    Path folder;

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({
        "a stand-in for Go flannel, VXLAN",
        "a stand-in for Go flannel, HOST_GW",
        "Go flannel, VXLAN",
        "Go flannel, HOST_GW"
    })
    void aSwapThereAndBackLosesNoPacket(String other, Scenario scenario) throws Exception {
        Path go = other.startsWith("a stand-in") ? standIn() : goFlannel();
        LabSetup setup = LabSetup.of(scenario).withFlanneld(1, go).withFlanneld(2, go);
        try (Lab lab = lab(setup)) {
            Traffic there = new Traffic(lab, 1, 2, 120);
            Traffic back = new Traffic(lab, 2, 1, 120);
            String devices = devices(lab);
            for (LabNode node : lab.nodes()) {
                swap(node, Path.of("target/jflannel/bin/flanneld"));
                int peer = 3 - node.number();
                await(node.host().name() + " owns its route")
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> node.sh("ip route show 100.96." + peer + ".0/24")
                                .contains("proto 102"));
            }
            assertThat(devices(lab)).as("index and MAC of each device").isEqualTo(devices);
            for (LabNode node : lab.nodes()) {
                swap(node, go);
            }
            assertThat(devices(lab)).isEqualTo(devices);
            assertThat(lab.reach(1, 2, Family.IPV4, 10)).isPositive();
            for (Traffic traffic : new Traffic[] {there, back}) {
                Traffic.Count pings = traffic.end();
                assertThat(pings.received()).isGreaterThan(200);
                assertThat(pings.lost()).isZero();
            }
        }
    }

    private static void swap(LabNode node, Path program) throws Exception {
        String subnet = node.sh("cat /run/flannel/subnet.env");
        node.flanneld().terminate(10);
        node.useFlanneld(program);
        node.startFlanneld();
        node.awaitReady();
        assertThat(node.sh("cat /run/flannel/subnet.env")).isEqualTo(subnet);
    }

    /// What a node that is taken over must keep: the device's index and MAC address, which peers know.
    private static String devices(Lab lab) throws Exception {
        StringBuilder devices = new StringBuilder();
        for (LabNode node : lab.nodes()) {
            devices.append(node.sh(
                    "ip -o link show type vxlan | sed 's/^\\([0-9]*: [^:]*\\):.*ether \\([^ ]*\\).*/\\1 \\2/'"));
        }
        return devices.toString();
    }

    private static Path goFlannel() {
        Optional<Path> program = Optional.ofNullable(System.getenv(VARIABLE)).map(Path::of);
        assumeTrue(
                program.isPresent() && Files.isExecutable(program.get()),
                "%s does not name a Go flanneld: set it to the path of one, of version 0.28".formatted(VARIABLE));
        return program.get();
    }

    private Path standIn() throws Exception {
        Path program = folder.resolve("go-flanneld");
        try (var script = MigrationIT.class.getResourceAsStream("go-flanneld")) {
            Files.copy(script, program);
        }
        return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
