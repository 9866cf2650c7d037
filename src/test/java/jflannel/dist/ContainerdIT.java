package jflannel.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jflannel.lab.Lab;
import jflannel.lab.LabHost;
import jflannel.lab.LabNode;
import jflannel.lab.LabProcess;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.linux.Command;
import jflannel.testing.OwnNetns;
import jflannel.testing.Sh;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Containers of a real containerd on two hosts, attached by its own CNI library through the configuration that
/// Kubernetes installs.
@ExtendWith(OwnNetns.class)
class ContainerdIT {
    private static final Path HOME = Path.of("target/jflannel").toAbsolutePath();

    @Test
    void containersOfTwoHostsReachEachOther() throws Exception {
        for (String program : List.of("containerd", "ctr", "runc")) {
            needs(program, "docker.io");
        }
        needs("busybox", "busybox-static");
        try (Lab lab = Lab.prepared(LabSetup.of(Scenario.VXLAN), Lab.Progress.NONE)) {
            for (LabNode node : lab.nodes()) {
                node.startFlanneld();
            }
            for (LabNode node : lab.nodes()) {
                node.awaitReady();
            }
            try (Containerd first = new Containerd(lab.node(1));
                    Containerd second = new Containerd(lab.node(2))) {
                second.ctr("run --detach --cni --rootfs /run/root pod2 /bin/busybox sleep 1000");
                String output = first.ctr("run --rm --cni --rootfs /run/root pod1 /bin/busybox sh -c"
                        + " '/bin/busybox ip addr show eth0; /bin/busybox ip route;"
                        + " /bin/busybox ping -c 3 -s 1422 100.96.2.2'");
                assertThat(output)
                        .contains("mtu 1450", "inet 100.96.1.2/24", "default via 100.96.1.1", " 0% packet loss");
                assertThat(first.left()).as("after the container ended").isEmpty();
                assertThat(second.left()).contains("pod2");
            }
        }
    }

    private static void needs(String program, String debianPackage) {
        assumeTrue(
                Command.find(program).isPresent(), program + " is missing; Debian's package of it is " + debianPackage);
    }

    private static final class Containerd implements AutoCloseable {
        private final LabHost host;
        private final String group;
        private final LabProcess process;

        Containerd(LabNode node) throws IOException {
            host = node.host();
            group = "jflannel-%d-%s".formatted(ProcessHandle.current().pid(), host.name());
            try (var text = ContainerdIT.class.getResourceAsStream("containerd-host")) {
                Files.copy(text, host.run().resolve("containerd-host"));
            }
            Path plugins = Stream.of("/usr/lib/cni", "/opt/cni/bin")
                    .map(Path::of)
                    .filter(folder -> Files.isExecutable(folder.resolve("bridge")))
                    .findFirst()
                    .orElseThrow();
            process = host.start("containerd.log", "sh", "/run/containerd-host", HOME.toString(), plugins.toString());
            await("containerd on " + host.name())
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> process.isAlive() && attempt("version").exitCode() == 0);
        }

        /// containerd itself, in whose namespaces its client must be: that one calls the CNI plugins.
        private String pid() throws IOException {
            return Files.readString(Path.of("/proc/%1$d/task/%1$d/children".formatted(process.pid())))
                    .strip();
        }

        private Command.Result attempt(String words) throws IOException {
            return host.attempt(script(words));
        }

        private String[] script(String words) throws IOException {
            List<String> command = new ArrayList<>(List.of("nsenter", "-t", pid(), "-m", "-p", "--", "sh", "-ec"));
            // the container's control group bears the name of its namespace in containerd
            command.add("exec ctr --address=/run/containerd/sock --namespace=" + group + " " + words);
            return command.toArray(String[]::new);
        }

        String ctr(String words) throws IOException {
            return host.run(script(words));
        }

        /// What the CNI plugin keeps about containers.
        String left() throws IOException {
            return host.sh("ls /run/cni/flannel");
        }

        @Override
        public void close() throws IOException {
            attempt("task ls -q | xargs -r -n 1 ctr --address=/run/containerd/sock --namespace=" + group
                    + " task rm --force");
            host.sh("kill " + pid());
            process.await(30);
            Sh.sh("find /sys/fs/cgroup -depth -type d -path '*/%s*' -exec rmdir {} +".formatted(group));
        }
    }
}
