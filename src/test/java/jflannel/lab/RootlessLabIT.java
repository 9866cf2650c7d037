package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import jflannel.linux.Command;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The `flannel lab` command of the built distribution, run by a user without any privilege.
class RootlessLabIT {
    private static final String NOBODY = "65534";
    private static final String FLANNEL =
            Path.of("target/jflannel/bin/flannel").toAbsolutePath().toString();

    private Path folder;

    @BeforeEach
    void makeAFolderThatEveryoneReads() throws IOException {
        folder = Files.createTempDirectory("jflannel-rootless-");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path standIn = folder.resolve("static-flanneld");
        try (var script = RootlessLabIT.class.getResourceAsStream("static-flanneld")) {
            Files.copy(script, standIn);
        }
        Files.setPosixFilePermissions(standIn, PosixFilePermissions.fromString("rwxr-xr-x"));
        assumeTrue(System.getProperty("user.name").equals("root"), "needs root to become another user");
        assumeTrue(
                asNobody("unshare", "-U", "-r", "true").exitCode() == 0,
                "this kernel lets no unprivileged user make a user namespace");
        assumeTrue(
                asNobody("test", "-x", FLANNEL).exitCode() == 0,
                "an unprivileged user cannot read the folder of this build");
    }

    @AfterEach
    void removeTheFolder() {
        LabFolder.delete(folder);
    }

    private Command.Result asNobody(String... words) throws IOException {
        String[] all = new String[words.length + 7];
        System.arraycopy(
                new String[] {
                    "env",
                    "XDG_RUNTIME_DIR=" + folder,
                    "setpriv",
                    "--reuid=" + NOBODY,
                    "--regid=" + NOBODY,
                    "--clear-groups",
                    "--"
                },
                0,
                all,
                0,
                7);
        System.arraycopy(words, 0, all, 7, words.length);
        return Command.attempt("", all);
    }

    private Command.Result lab(String... words) throws IOException {
        String program = folder.resolve("static-flanneld").toString();
        String[] all = new String[words.length + 6];
        System.arraycopy(
                new String[] {FLANNEL, "lab", "--backend=host-gw", "--dual", "--flanneld=1=" + program}, 0, all, 0, 5);
        all[5] = "--flanneld=2=" + program;
        System.arraycopy(words, 0, all, 6, words.length);
        return asNobody(all);
    }

    @Test
    void theExperimentNeedsNoRoot() throws Exception {
        Command.Result result = lab();
        assertThat(result.exitCode()).as(result.output() + result.errors()).isZero();
        assertThat(result.output())
                .contains("100.96.1.2 > 100.96.2.3: ICMP echo request")
                .contains("4 of 4 ordered pairs of pods reach each other");
        assertThat(result.errors()).isEmpty();
    }

    @Test
    void theUdpBackendIsRefusedAtOnceIfItCannotWork() throws Exception {
        assumeTrue(
                asNobody("test", "-w", "/dev/net/tun").exitCode() != 0,
                "every user of this machine may open /dev/net/tun");
        Command.Result result = asNobody(FLANNEL, "lab", "--backend=udp");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.errors()).contains("needs /dev/net/tun", "Run as root");
        assertThat(result.output()).as("what was made").doesNotContain("etcd with");
    }

    @Test
    void aMissingProgramIsNamedAtOnce() throws Exception {
        // all that the launcher needs, but no etcd
        for (String program : List.of("sh", "true", "id", "readlink", "unshare", "ip", "ping", "setpriv", "setsid")) {
            Files.createSymbolicLink(
                    folder.resolve(program), Command.find(program).orElseThrow());
        }
        Command.Result result =
                asNobody("env", "PATH=" + folder, "JAVA_HOME=" + System.getProperty("java.home"), FLANNEL, "lab");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.errors()).contains("etcd, etcdctl", "apt-get install etcd-server etcd-client");
    }

    @Test
    void flanneldNeedsNoInotify() throws Exception {
        Command.Result result = asNobody(
                "unshare",
                "-U",
                "-r",
                "sh",
                "-c",
                "echo 0 >/proc/sys/user/max_inotify_instances && exec " + FLANNEL + " lab --backend=host-gw");
        assertThat(result.exitCode()).as(result.output() + result.errors()).isZero();
    }

    @Test
    void aKeptLabIsEnteredAndEnded() throws Exception {
        assertThat(lab("--keep").exitCode()).isZero();
        try {
            Command.Result ping =
                    asNobody(FLANNEL, "lab", "enter", "container-2", "ping", "-c1", "-w5", "fd00:100:96:1::2");
            assertThat(ping.output()).contains("1 received");
            Command.Result wrong = asNobody(FLANNEL, "lab", "enter", "node-3", "true");
            assertThat(wrong.exitCode()).isEqualTo(2);
            assertThat(wrong.errors()).contains("node-1, container-1");
        } finally {
            assertThat(asNobody(FLANNEL, "lab", "down").output()).contains("9 processes ended");
        }
    }

    @Test
    void aFailureShowsInTheExitCode() throws Exception {
        Command.Result result = asNobody(FLANNEL, "lab", "--nodes=1", "--flanneld=1=/bin/false");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.errors()).contains("flanneld on node-1 ended with exit code 1");
        assertThat(asNobody(FLANNEL, "lab", "--backend=pigeon").exitCode()).isEqualTo(2);
    }
}
