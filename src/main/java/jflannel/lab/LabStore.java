package jflannel.lab;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import jflannel.ip.Family;
import jflannel.linux.Command;

/// The lab's etcd, on a host of its own; can be stopped and restarted, with or without its data.
public final class LabStore implements AutoCloseable {
    /// The prefix of the lab's keys.
    public static final String PREFIX = "/coreos.com/network";

    private static final int MOST_IN_TRANSACTION = 100; // etcd allows 128 unless told otherwise

    private static final int PATIENCE_SECONDS = Patience.seconds(30);

    private final LabHost host;
    private final List<String> urls;
    private LabProcess etcd;

    LabStore(LabHost host, Collection<Family> families) {
        this.host = host;
        this.urls = families.stream().map(LabStore::url).toList();
    }

    private static String url(Family family) {
        return family == Family.IPV4
                ? "http://" + LabAddresses.store(family) + ":2379"
                : "http://[" + LabAddresses.store(family) + "]:2379";
    }

    /// The value for `--etcd-endpoints`.
    public String endpoints() {
        // one is enough; Go's client would try to balance over two names of the same server
        return urls.getFirst();
    }

    public LabHost host() {
        return host;
    }

    /// Starts etcd, with its earlier data if any, and waits until it answers.
    public void start() throws IOException {
        String own = "http://127.0.0.1:2379";
        List<String> listen = new ArrayList<>(urls);
        listen.add(own);
        etcd = host.start(
                "etcd.log",
                "etcd",
                "--name=lab",
                "--data-dir=/run/etcd",
                "--log-level=warn",
                "--unsafe-no-fsync",
                "--logger=zap",
                // alone, it need not wait long before it leads
                "--heartbeat-interval=10",
                "--election-timeout=" + 100 * Patience.seconds(1),
                "--listen-client-urls=" + String.join(",", listen),
                "--advertise-client-urls=" + String.join(",", urls),
                "--listen-peer-urls=http://127.0.0.1:2380");
        long deadline = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000L;
        while (etcdctl("get", "nothing").exitCode() != 0) {
            if (!etcd.isAlive() || System.nanoTime() > deadline) {
                throw new IOException("etcd does not answer:\n" + String.join("\n", etcd.tail(10)));
            }
            Pause.millis(50);
        }
    }

    /// Stops etcd cleanly; its data stays.
    public void stop() throws IOException {
        etcd.terminate(PATIENCE_SECONDS);
    }

    /// Kills etcd, like a power cut; its data stays.
    public void kill() {
        etcd.kill();
    }

    /// Freezes etcd: its connections stay, but it does not answer.
    public void freeze() throws IOException {
        etcd.freeze();
    }

    /// Resumes it after [#freeze].
    public void thaw() throws IOException {
        etcd.thaw();
    }

    /// Deletes etcd's data. It must not be running.
    public void forget() throws IOException {
        host.run("rm", "-rf", "/run/etcd");
    }

    /// etcd's process, for signals and its log.
    public LabProcess process() {
        return etcd;
    }

    /// @param key below the prefix: `config` or `subnets/100.96.1.0-24`
    public void put(String key, String value) throws IOException {
        check("put", PREFIX + "/" + key, "--", value);
    }

    /// Puts many keys, in transactions as large as etcd accepts.
    ///
    /// @param values by their keys below the prefix; each a single line
    public void put(Map<String, String> values) throws IOException {
        StringBuilder batch = new StringBuilder("\n"); // no conditions
        int waiting = 0;
        for (Map.Entry<String, String> entry : values.entrySet()) {
            String quoted = entry.getValue().replace("\\", "\\\\").replace("\"", "\\\"");
            batch.append("put %s/%s \"%s\"\n".formatted(PREFIX, entry.getKey(), quoted));
            if (++waiting == MOST_IN_TRANSACTION) {
                commit(batch);
                batch = new StringBuilder("\n");
                waiting = 0;
            }
        }
        if (waiting > 0) {
            commit(batch);
        }
    }

    private void commit(StringBuilder puts) throws IOException {
        String[] words = etcdctlWords("txn");
        String input = puts.append("\n\n").toString(); // and nothing otherwise
        Process process = host.call(() -> new ProcessBuilder(words).start());
        Command.check(Command.finish(process, input, words), words);
    }

    /// @param key below the prefix
    public void delete(String key) throws IOException {
        check("del", PREFIX + "/" + key);
    }

    /// The value of a key below the prefix, or "" if there is none.
    public String get(String key) throws IOException {
        return check("get", "--print-value-only", PREFIX + "/" + key).strip();
    }

    /// All keys of flannel with their values, a line `key -> value` for each.
    public List<String> contents() throws IOException {
        List<String> lines =
                check("get", "--prefix", PREFIX + "/").lines().collect(Collectors.toCollection(ArrayList::new));
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i + 1 < lines.size(); i += 2) {
            pairs.add(lines.get(i) + " -> " + lines.get(i + 1));
        }
        return pairs;
    }

    private String check(String... words) throws IOException {
        return Command.check(etcdctl(words), words);
    }

    private Command.Result etcdctl(String... words) throws IOException {
        return host.attempt(etcdctlWords(words));
    }

    private static String[] etcdctlWords(String... words) {
        List<String> all = new ArrayList<>(List.of(
                "env",
                "ETCDCTL_API=3",
                "etcdctl",
                "--endpoints=http://127.0.0.1:2379",
                "--dial-timeout=" + Patience.seconds(1) + "s",
                "--command-timeout=" + Patience.seconds(5) + "s"));
        all.addAll(List.of(words));
        return all.toArray(String[]::new);
    }

    @Override
    public void close() {
        host.close();
    }
}
