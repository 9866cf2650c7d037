package jflannel.lab.scale;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabStore;

/// The lab's etcd, written to through its HTTP gateway where a program of its own for each key would be too slow.
record EtcdRegistry(Lab lab) implements NodeRegistry {
    private static final int PATIENCE_MILLIS = 10_000;

    @Override
    public void start(LabNode node) throws IOException {
        node.startFlanneld();
    }

    @Override
    public void add(SimulatedNodes simulated, int first, int count) throws IOException {
        Map<String, String> leases = simulated.leases(first, count);
        if (count > 1) {
            lab.store().put(leases);
            return;
        }
        for (Map.Entry<String, String> lease : leases.entrySet()) {
            lab.node(1).host().call(() -> {
                put(LabStore.PREFIX + "/" + lease.getKey(), lease.getValue());
                return null;
            });
        }
    }

    @Override
    public void remove(SimulatedNodes simulated, int member) throws IOException {
        lab.store().delete(simulated.leases(member, 1).keySet().iterator().next());
    }

    private void put(String key, String value) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create(lab.store().endpoints() + "/v3/kv/put").toURL().openConnection();
        connection.setConnectTimeout(PATIENCE_MILLIS);
        connection.setReadTimeout(PATIENCE_MILLIS);
        connection.setDoOutput(true);
        try (OutputStream out = connection.getOutputStream()) {
            out.write("{\"key\":\"%s\",\"value\":\"%s\"}"
                    .formatted(base64(key), base64(value))
                    .getBytes(StandardCharsets.UTF_8));
        }
        try (var in = connection.getInputStream()) {
            in.readAllBytes();
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {} // the lab closes its store
}
