package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// The lab itself, with a stand-in for flanneld that makes host-gw's routes.
@ExtendWith(OwnNetns.class)
class LabIT {
    @TempDir
    Path folder;

    private Path standIn;

    @AfterEach
    void forgetTheFolder() {
        System.clearProperty(LabFolder.ELSEWHERE);
    }

    @BeforeEach
    void unpackStandIn() throws IOException {
        System.setProperty(
                LabFolder.ELSEWHERE,
                Files.createDirectory(folder.resolve("labs")).toString());
        standIn = folder.resolve("static-flanneld");
        try (var script = LabIT.class.getResourceAsStream("static-flanneld")) {
            Files.copy(script, standIn);
        }
        assertThat(standIn.toFile().setExecutable(true)).isTrue();
    }

    private LabSetup setup(int nodes) {
        LabSetup setup = LabSetup.of(Scenario.HOST_GW).withNodes(nodes);
        for (int i = 1; i <= nodes; i++) {
            setup = setup.withFlanneld(i, standIn);
        }
        return setup;
    }

    @Test
    void everyPodReachesEveryOtherInBothFamilies() throws Exception {
        try (Lab lab = Lab.with(setup(3).withFamilies(EnumSet.allOf(Family.class)))) {
            ConnectivityCheck check = ConnectivityCheck.on(lab);
            assertThat(check.pairs()).hasSize(12).allMatch(ConnectivityCheck.Pair::works);
            assertThat(check.works()).isTrue();
            assertThat(check.traces()).hasSize(2).allSatisfy(trace -> {
                assertThat(trace.loss()).isEmpty();
                assertThat(trace.observations()).hasSize(8);
            });
            PathTrace trace = check.traces().getFirst();
            assertThat(trace.observations().get(3).hop()).hasToString("eth0 on node-1");
            assertThat(trace.observations().get(3).request())
                    .hasToString("100.96.1.2 > 100.96.2.3: ICMP echo request, seq 1, length 64");
        }
    }

    @Test
    void quotesAFlanneldThatGetsNoFurther() throws Exception {
        Path stuck = folder.resolve("stuck-flanneld");
        Files.writeString(stuck, """
                #!/bin/sh
                mkdir -p /run/flannel
                echo '{"state":"waiting-for-kernel","conditions":[{"code":"backend-failing","severity":"no-network",
                    "detail":"open x: No such device","remedy":"Look."}]}' >/run/flannel/status.json
                exec sleep infinity
                """);
        assertThat(stuck.toFile().setExecutable(true)).isTrue();

        assertThatThrownBy(() -> Lab.with(setup(1).withFlanneld(1, stuck)))
                .hasMessage("flanneld on node-1 is stuck at waiting-for-kernel: open x: No such device. Look.");
    }

    @Test
    void tellsWhereARequestWasLost() throws Exception {
        try (Lab lab = Lab.with(setup(2))) {
            lab.node(1).sh("ip route del 100.96.2.0/24"); // now it goes to the router, which knows no way
            PathTrace trace = ConnectivityCheck.trace(lab, Family.IPV4);
            assertThat(trace.loss()).get().hasToString("the echo request was not seen on eth0 on node-2");
        }
    }

    @Test
    void tellsWhereAReplyWasLost() throws Exception {
        LabSetup forgetful = setup(2).withEnvironment(Map.of("FLANNELD_FORGETS", "10.168.0.3"));
        try (Lab lab = Lab.with(forgetful)) {
            lab.node(2).sh("ip route add unreachable 100.96.1.0/24");
            PathTrace trace = ConnectivityCheck.trace(lab, Family.IPV4);
            assertThat(trace.loss()).get().hasToString("the echo reply was not seen on eth0 on node-2");
        }
    }

    @Test
    void aFlanneldThatEndsIsReportedWithItsLastWords() {
        LabSetup setup = setup(1).withFlanneld(1, Path.of("/bin/ls")).withFlags("--no-such-flag");
        assertThatThrownBy(() -> Lab.with(setup))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("flanneld on node-1 ended with exit code 2")
                .hasMessageContaining("unrecognized option");
    }

    @Test
    void theStoreKeepsItsDataOverACrash() throws Exception {
        try (Lab lab = Lab.prepared(setup(1), Lab.Progress.NONE)) {
            LabStore store = lab.store();
            store.put("subnets/test", "--value");
            store.kill();
            store.start();
            assertThat(store.get("subnets/test")).isEqualTo("--value");
            store.delete("subnets/test");
            assertThat(store.get("subnets/test")).isEmpty();
            store.stop();
            store.forget();
            store.start();
            assertThat(store.contents()).isEmpty();
        }
    }

    @Test
    void nothingIsLeftBehind() throws Exception {
        try (Lab warm = Lab.with(setup(1))) {
            assertThat(warm.nodes()).hasSize(1); // classes and libraries are loaded, and their files open
        }
        List<Path> folders = folders();
        long files = openFiles();
        List<LabProcess> processes;
        try (Lab lab = Lab.with(setup(2))) {
            ConnectivityCheck.on(lab);
            processes = lab.hosts().stream()
                    .flatMap(host -> host.running().stream())
                    .toList();
            assertThat(processes).hasSize(3).allMatch(LabProcess::isAlive);
        }
        assertThat(processes).noneMatch(LabProcess::isAlive);
        assertThat(folders()).isEqualTo(folders);
        assertThat(openFiles())
                .as("what others of this process close does not count")
                .isLessThanOrEqualTo(files);
    }

    @Test
    void theFolderOfALabThatWasKilledIsRemovedByTheNext() throws Exception {
        Path abandoned = Files.createDirectory(LabFolder.base().resolve("lab-abandoned"));
        Path kept = Files.createDirectory(LabFolder.base().resolve("lab-kept"));
        Files.writeString(abandoned.resolve("owner"), Integer.MAX_VALUE + " 1");
        Path created = LabFolder.create();
        assertThat(abandoned).doesNotExist();
        assertThat(kept).exists();
        LabFolder.delete(LabFolder.create());
        assertThat(created).as("its owner, this process, lives").exists();
        LabFolder.delete(created);
        LabFolder.delete(kept);
    }

    @Test
    void aKeptLabIsEnteredAndEndedByItsRecord() throws Exception {
        KeptLab kept;
        try (Lab lab = Lab.with(setup(2).withKeep(true))) {
            kept = KeptLab.of(lab);
        }
        try {
            assertThat(KeptLab.read()).isEqualTo(kept);
            assertThatThrownBy(KeptLab::refuseSecond).hasMessageContaining("flannel lab down");
            long pod = kept.holder("container-1").pid();
            assertThat(jflannel.testing.Sh.sh("nsenter -t " + pod + " -n -m ping -c 1 -w 5 100.96.2.3"))
                    .contains("1 received");
            assertThatThrownBy(() -> kept.holder("node-9")).hasMessageContaining("node-1, container-1");
        } finally {
            // two flannelds, etcd and six holders
            assertThat(kept.down()).isEqualTo(9);
        }
        for (ProcessId holder : kept.holders().values()) {
            assertThat(holder.isAlive()).isFalse();
        }
        assertThat(kept.folder()).doesNotExist();
        assertThatThrownBy(KeptLab::read).hasMessageContaining("No lab is running");
    }

    private static List<Path> folders() throws IOException {
        try (Stream<Path> entries = Files.list(LabFolder.base())) {
            return entries.sorted().toList();
        }
    }

    private static long openFiles() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.count();
        }
    }
}
