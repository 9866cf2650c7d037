package jflannel.lab.scale;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// etcd's HTTP gateway, for what a program of its own for each call would be too slow or too coarse for. Calls must be
/// made on a thread that can reach the store.
///
/// @param url of the store, such as `http://10.168.0.254:2379`
record StoreGateway(String url) {
    private static final int PATIENCE_MILLIS = 10_000;

    /// Writes a key, and returns when etcd has acknowledged it.
    void put(String key, String value) throws IOException {
        HttpURLConnection connection = open("/v3/kv/put");
        connection.setDoOutput(true);
        byte[] body = "{\"key\":\"%s\",\"value\":\"%s\"}"
                .formatted(base64(key), base64(value))
                .getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
        answer(connection);
    }

    /// Bytes that etcd has exchanged with all of its gRPC clients since it started.
    long trafficBytes() throws IOException {
        return answer(open("/metrics"))
                .lines()
                .filter(line -> line.matches("etcd_network_client_grpc_(sent|received)_bytes_total .*"))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .sum();
    }

    private HttpURLConnection open(String path) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(url + path).toURL().openConnection();
        connection.setConnectTimeout(PATIENCE_MILLIS);
        connection.setReadTimeout(PATIENCE_MILLIS);
        return connection;
    }

    private static String answer(HttpURLConnection connection) throws IOException {
        try (var in = connection.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
