package jflannel.field;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import jflannel.lab.LabHost;
import jflannel.lab.LabProcess;
import jflannel.linux.Command;

/// The router of a field, with etcd on it: a namespace with two switches. All fields of a test run share it, one
/// after the other, each with a prefix of its own in etcd.
///
/// ```
///   etcd, router        hosts
///   link0  192.0.2.1    eth0  192.0.2.10 + number    2001:db8:2::/64
///   link1  198.51.100.1 eth1, where it is plugged    2001:db8:3::/64
/// ```
final class FieldStore {
    static final String ADDRESS = "192.0.2.1";
    static final String URL = "http://" + ADDRESS + ":2379";

    private static final int PATIENCE_SECONDS = 30;
    private static FieldStore running;

    private final LabHost host;
    private LabProcess etcd;

    private FieldStore() throws IOException {
        Path run = Files.createTempDirectory("field-store-");
        host = new LabHost("router", run, false);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> FieldHost.delete(run), "field store at exit"));
        host.sh("""
                echo 1 > /proc/sys/net/ipv4/ip_forward
                echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
                for i in 0 1; do ip link add link$i mtu 9000 type bridge stp_state 0; ip link set link$i up; done
                ip addr add 192.0.2.1/24 dev link0
                ip addr add 2001:db8:2::1/64 dev link0 nodad
                ip addr add 198.51.100.1/24 dev link1
                ip addr add 2001:db8:3::1/64 dev link1 nodad
                """);
        start();
    }

    /// The one of this test run, started when it is first asked for.
    static synchronized FieldStore get() throws IOException {
        if (running == null) {
            running = new FieldStore();
        }
        return running;
    }

    LabHost host() {
        return host;
    }

    private void start() throws IOException {
        etcd = host.start(
                "etcd.log",
                "etcd",
                "--name=field",
                "--data-dir=/run/etcd",
                "--log-level=warn",
                "--unsafe-no-fsync",
                "--logger=zap",
                "--heartbeat-interval=10",
                "--election-timeout=100",
                "--listen-client-urls=http://0.0.0.0:2379",
                "--advertise-client-urls=" + URL,
                "--listen-peer-urls=http://127.0.0.1:2380");
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (etcdctl("get", "nothing").exitCode() != 0) {
            if (!etcd.isAlive() || System.nanoTime() > deadline) {
                throw new IOException("etcd does not answer:\n" + String.join("\n", etcd.tail(10)));
            }
        }
    }

    private Command.Result etcdctl(String... words) throws IOException {
        return host.attempt(words(words));
    }

    /// The output of etcdctl.
    ///
    /// @throws Command.Failed if it fails
    String run(String... words) throws IOException {
        return host.run(words(words)).strip();
    }

    private static String[] words(String... words) {
        String[] all = new String[words.length + 4];
        all[0] = "env";
        all[1] = "ETCDCTL_API=3";
        all[2] = "etcdctl";
        all[3] = "--dial-timeout=1s";
        System.arraycopy(words, 0, all, 4, words.length);
        return all;
    }

    /// Freezes etcd: its connections stay, and nothing is answered.
    void freeze() throws IOException {
        etcd.freeze();
    }

    void thaw() throws IOException {
        etcd.thaw();
    }
}
