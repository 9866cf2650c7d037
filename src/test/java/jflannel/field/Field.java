package jflannel.field;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import jflannel.lab.LabHost;

/// Where a [FieldRow] is played: hosts on one link, of which none runs a daemon yet, a router, and a store that
/// holds the network configuration and nothing else. All of it is in namespaces, which end with it.
public final class Field implements AutoCloseable {
    /// Of the pods.
    public static final String NETWORK = "10.70.0.0/16";

    private static final AtomicInteger COUNT = new AtomicInteger();

    private final FieldStore store = FieldStore.get();
    private final String prefix = "/field/" + COUNT.incrementAndGet();
    private final Map<Integer, FieldHost> hosts = new TreeMap<>();
    private final Deque<String> cleaning = new ArrayDeque<>();

    private Field() throws IOException {}

    /// @param config of the network, as JSON
    public static Field with(String config) throws IOException {
        Field field = new Field();
        field.put("config", config);
        return field;
    }

    /// The prefix of the keys in the store.
    public String prefix() {
        return prefix;
    }

    /// The host of that number, made when it is first asked for: eth0 is up and has 192.0.2.10 plus the number, and
    /// a default route leads to the router.
    ///
    /// @param number 1 to 89
    public FieldHost host(int number) throws IOException {
        FieldHost host = hosts.get(number);
        if (host == null) {
            host = new FieldHost(this, number);
            hosts.put(number, host);
        }
        return host;
    }

    /// The host on which etcd runs, and which is the router of all others: 192.0.2.1 and 198.51.100.1.
    public LabHost router() {
        return store.host();
    }

    /// Where etcd listens.
    public String endpoint() {
        return FieldStore.URL;
    }

    /// @param key below the prefix: `config` or `subnets/10.70.9.0-24`
    public void put(String key, String value) throws IOException {
        store.run("put", prefix + "/" + key, "--", value);
    }

    /// @return empty if there is none
    public String get(String key) throws IOException {
        return store.run("get", "--print-value-only", prefix + "/" + key);
    }

    public void delete(String key) throws IOException {
        store.run("del", prefix + "/" + key);
    }

    /// All leases, as JSON, one a line.
    public String leases() throws IOException {
        return store.run("get", "--prefix", "--print-value-only", prefix + "/subnets/");
    }

    /// Puts the lease of a vxlan host that is not there.
    ///
    /// @param subnet as in the key: `10.70.9.0-24`
    /// @param number of the host: 192.0.2.10 plus it is the address
    public void peer(String subnet, int number) throws IOException {
        put(
                "subnets/" + subnet,
                "{\"PublicIP\":\"%s\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:01:%02x\"}}"
                        .formatted(FieldHost.address(number), number));
    }

    /// The last lines that each host's daemon has logged.
    String logs() throws IOException {
        StringBuilder logs = new StringBuilder();
        for (FieldHost host : hosts.values()) {
            if (host.flanneld() != null) {
                List<String> lines = host.log().lines().toList();
                logs.append(host.address()).append('\n');
                lines.subList(Math.max(0, lines.size() - 20), lines.size())
                        .forEach(line -> logs.append("    ").append(line).append('\n'));
            }
        }
        return logs.toString();
    }

    /// etcd answers nobody until [#thawStore], though its connections stay.
    public void freezeStore() throws IOException {
        store.freeze();
    }

    public void thawStore() throws IOException {
        store.thaw();
    }

    /// Runs a script on the router when the field ends, since the next one has the same router.
    public void atEnd(String script) {
        cleaning.addFirst(script);
    }

    /// Ends all hosts with what runs on them.
    @Override
    public void close() throws IOException {
        for (String script : cleaning) {
            router().sh(script);
        }
        store.thaw();
        for (FieldHost host : hosts.values()) {
            host.close();
        }
    }
}
