package jflannel.etcd;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import jflannel.linux.Command;
import jflannel.testing.OwnNetns;
import jflannel.tool.Main;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// On a host with a secret of every kind in every place, all of which contain the word PLANTED.
@ExtendWith(OwnNetns.class)
class DumpCommandIT {
    private static final String CONFIG =
            "{\"Network\":\"10.5.0.0/16\",\"Backend\":{\"Type\":\"host-gw\",\"Psk\":\"PLANTED-option\"}}";

    @TempDir
    Path directory;

    private void write(String name, String text) throws Exception {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void plant() throws Exception {
        Nodes.put(
                Nodes.SUBNETS + "10.5.9.0-24",
                "{\"PublicIP\":\"192.0.2.9\",\"BackendType\":\"extension\",\"BackendData\":{\"token\":\"PLANTED-lease\"}}");
        write("flanneld", "sleep 300 & wait");
        write(
                "default/flanneld",
                "FLANNELD_ETCD_PASSWORD=PLANTED-file\nFLANNEL_OPTIONS=\"--etcd-password=PLANTED-option-file\"\n");
        write("cni/net.d/10-flannel.conflist", """
                {"name":"cbr0","plugins":[{"type":"flannel"},{"type":"calico","etcd_password":"PLANTED-cni",
                "etcd_endpoints":"http://u:PLANTED-url@192.0.2.1:2379","kubernetes":{"k8s_auth_token":"PLANTED-token"}}]}
                """);
        write("cni/net.d/20-broken.conf", "{ \"password\": PLANTED-broken");
        write("bin/journalctl", """
                #!/bin/sh
                echo 'I1130 flanneld starts with --etcd-password=(hidden) --iface=eth0'
                echo 'curl -u root:x http://root:PLANTED-log-url@192.0.2.1:2379 said PLANTED-flag and PLANTED-environment'
                echo '{"psk":"PLANTED-log-json"} Authorization: Bearer PLANTED-bearer'
                echo '-----BEGIN PRIVATE KEY-----'; echo PLANTEDpem; echo '-----END PRIVATE KEY-----'
                echo 'the last line'
                """);
        write(
                "bin/systemctl",
                "#!/bin/sh\\necho 'Environment=FLANNELD_ETCD_PASSWORD=PLANTED-unit'\\nsleep 100\\n"
                        .replace("\\n", "\n"));
        sh("chmod +x %s/bin/*".formatted(directory));
    }

    private Process daemon() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                "sh",
                directory.resolve("flanneld").toString(),
                "--etcd-endpoints=" + Nodes.URL,
                "--etcd-username=root",
                "--etcd-password=PLANTED-flag",
                "--iface=lo");
        builder.environment().put("FLANNELD_KUBE_API_URL", "https://u:PLANTED-variable-url@192.0.2.1");
        builder.environment().put("ACCESS_KEY_SECRET", "PLANTED-environment");
        builder.environment().put("ANYTHING", "PLANTED-anything");
        return builder.start();
    }

    @Test
    void aBundleHoldsEverythingButSecrets() throws Exception {
        Process daemon = null;
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            nodes.node("192.0.2.1");
            plant();
            daemon = daemon();
            Path out = Files.createDirectories(directory.resolve("out"));
            Command.Result result = Command.attempt("", "unshare", "-m", "sh", "-ec", """
                    mkdir -p /etc/cni
                    mount -t tmpfs none /etc/cni && mkdir /etc/cni/net.d && cp %1$s/cni/net.d/* /etc/cni/net.d
                    mount --bind %1$s/default /etc/default
                    export PATH=%1$s/bin:$PATH
                    exec '%2$s' --enable-native-access=ALL-UNNAMED -XX:TieredStopAtLevel=1 -cp '%3$s' %4$s dump %1$s/out
                    """.formatted(
                            directory,
                            Path.of(System.getProperty("java.home"), "bin/java"),
                            System.getProperty("java.class.path"),
                            Main.class.getName()));
            assertThat(result.exitCode()).as(result.errors()).isZero();
            assertThat(result.errors())
                    .contains("FAILED    daemon/unit.txt: `systemctl cat")
                    .doesNotContain("PLANTED");

            Path file = Path.of(result.output().strip());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            sh("tar -C %s -xzf %s".formatted(out, file));
            Path bundle = out.resolve(file.getFileName().toString().replace(".tar.gz", ""));
            List<String> names;
            try (Stream<Path> files = Files.walk(bundle)) {
                names = files.filter(Files::isRegularFile)
                        .map(each -> bundle.relativize(each).toString())
                        .toList();
            }
            for (String name : names) {
                assertThat(Files.readString(bundle.resolve(name)))
                        .as(name)
                        .isNotEmpty()
                        .doesNotContain("PLANTED");
            }
            assertThat(names)
                    .contains(
                            "SUMMARY.txt",
                            "cni/10-flannel.conflist",
                            "kernel/routes4.txt",
                            "firewall/nft.txt",
                            "kernel/fdb.txt");
            assertThat(read(bundle, "cni/10-flannel.conflist")).contains("\"type\": \"calico\"", "(hidden)");
            assertThat(read(bundle, "cni/20-broken.conf")).contains("FAILED: it is not JSON");
            assertThat(read(bundle, "daemon/log.txt"))
                    .contains("--etcd-password=(hidden) --iface=eth0", "the last line");
            assertThat(read(bundle, "daemon/flags.txt")).contains("--iface=lo", "--etcd-password=(hidden)");
            assertThat(read(bundle, "daemon/environment.txt")).contains("ANYTHING=(hidden)");
            assertThat(read(bundle, "daemon/settings.txt")).contains("FLANNEL_OPTIONS=(hidden)");
            assertThat(read(bundle, "daemon/network.json")).contains("\"10.5.0.0/16\"", "\"Psk\":\"(hidden)\"");
            assertThat(read(bundle, "leases.json")).contains("192.0.2.9", "192.0.2.1");
            assertThat(read(bundle, "kernel/sysctls.txt")).contains("net/ipv4/conf/all/rp_filter = ");
            assertThat(read(bundle, "SUMMARY.txt")).contains("ok        kernel/links.txt", "FAILED    daemon/unit.txt");
        } finally {
            if (daemon != null) {
                daemon.descendants().forEach(ProcessHandle::destroyForcibly);
                daemon.destroyForcibly();
            }
        }
    }

    private static String read(Path bundle, String name) throws Exception {
        return Files.readString(bundle.resolve(name));
    }
}
