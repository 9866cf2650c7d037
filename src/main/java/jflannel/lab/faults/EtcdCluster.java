package jflannel.lab.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import jflannel.lab.Lab;
import jflannel.lab.LabHost;
import jflannel.lab.LabProcess;
import jflannel.lab.LabStore;
import jflannel.linux.Command;

/// An etcd of three members on the store's host, beside the lab's own, whose configuration it takes over.
final class EtcdCluster {
    private static final int FIRST_PORT = 5379;
    private static final int PATIENCE_SECONDS = 30;
    private static final String ANY = "http://127.0.0.1:";

    private final LabHost host;
    private final List<LabProcess> members = new ArrayList<>();

    EtcdCluster(Lab lab) throws IOException {
        this.host = lab.store().host();
        String cluster = IntStream.range(0, 3)
                .mapToObj(i -> "m" + i + "=" + ANY + peerPort(i))
                .collect(Collectors.joining(","));
        for (int i = 0; i < 3; i++) {
            members.add(host.start(
                    "etcd-m" + i + ".log",
                    "etcd",
                    "--name=m" + i,
                    "--data-dir=/run/etcd-m" + i,
                    "--log-level=warn",
                    "--logger=zap",
                    "--unsafe-no-fsync",
                    "--heartbeat-interval=100",
                    "--election-timeout=500",
                    "--listen-client-urls=http://0.0.0.0:" + port(i),
                    "--advertise-client-urls=" + ANY + port(i),
                    "--listen-peer-urls=" + ANY + peerPort(i),
                    "--initial-advertise-peer-urls=" + ANY + peerPort(i),
                    "--initial-cluster=" + cluster));
        }
        String config = lab.store().get("config");
        put("config", config);
    }

    /// For `--etcd-endpoints`.
    static String endpoints(String address) {
        return IntStream.range(0, 3)
                .mapToObj(i -> "http://" + address + ":" + port(i))
                .collect(Collectors.joining(","));
    }

    /// Waits until they have a leader that takes it.
    ///
    /// @param key below the prefix
    void put(String key, String value) throws IOException {
        change("put", LabStore.PREFIX + "/" + key, "--", value);
    }

    void delete(String key) throws IOException {
        change("del", LabStore.PREFIX + "/" + key);
    }

    private void change(String... words) throws IOException {
        if (!LabCluster.await(PATIENCE_SECONDS, () -> etcdctl(words).exitCode() == 0)) {
            throw new IOException("an etcd of three members refuses: " + String.join(" ", words));
        }
    }

    /// The member that leads.
    LabProcess leader() throws IOException {
        for (int i = 0; i < 3; i++) {
            String[] words = words(ANY + port(i), "endpoint", "status", "-w", "json");
            String status = host.run(words);
            String self = status.replaceAll(".*\"member_id\":(\\d+).*", "$1").strip();
            String leader = status.replaceAll(".*\"leader\":(\\d+).*", "$1").strip();
            if (self.equals(leader)) {
                return members.get(i);
            }
        }
        throw new IOException("no member of etcd leads");
    }

    private Command.Result etcdctl(String... words) throws IOException {
        return host.attempt(words(endpoints("127.0.0.1"), words));
    }

    private static String[] words(String endpoints, String... words) {
        List<String> all = new ArrayList<>(
                List.of("env", "ETCDCTL_API=3", "etcdctl", "--endpoints=" + endpoints, "--command-timeout=2s"));
        all.addAll(List.of(words));
        return all.toArray(String[]::new);
    }

    private static int port(int member) {
        return FIRST_PORT + member;
    }

    private static int peerPort(int member) {
        return FIRST_PORT + 10 + member;
    }
}
