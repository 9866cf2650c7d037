package jflannel.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/// The administrator of a test's Kubernetes API, a stand-in or a real one: may do everything, and trusts any server.
///
/// @param url the API server's
/// @param token what the administrator logs in by
public record KubeAdmin(String url, String token) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BAD = 300;

    /// Registers a node with its subnets, as kubelet and the controller manager do together.
    public void register(String name, List<String> podCidrs) throws IOException {
        ObjectNode node = JSON.createObjectNode().put("kind", "Node").put("apiVersion", "v1");
        node.putObject("metadata").put("name", name).putObject("annotations").put("other.example/x", "stays");
        ObjectNode spec = node.putObject("spec");
        if (!podCidrs.isEmpty()) {
            spec.put("podCIDR", podCidrs.getFirst());
            ArrayNode list = spec.putArray("podCIDRs");
            podCidrs.forEach(list::add);
        }
        check(send("POST", "/api/v1/nodes", node));
    }

    public void delete(String node) throws IOException {
        check(send("DELETE", "/api/v1/nodes/" + node, null));
    }

    public void patch(String path, JsonNode patch) throws IOException {
        check(send("PATCH", path, patch));
    }

    /// @param body null for none
    public HttpResponse<String> send(String method, String path, JsonNode body) throws IOException {
        try (HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(trustAll())
                .build()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url + path))
                    .method(
                            method,
                            body == null
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(body.toString()))
                    .header("Authorization", "Bearer " + token)
                    .header(
                            "Content-Type",
                            method.equals("PATCH") ? "application/strategic-merge-patch+json" : "application/json")
                    .timeout(Duration.ofSeconds(20))
                    .build();
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static void check(HttpResponse<String> answer) throws IOException {
        if (answer.statusCode() >= BAD) {
            throw new IOException(
                    answer.request().method() + " " + answer.uri() + ": " + answer.statusCode() + " " + answer.body());
        }
    }

    /// Writes a kubeconfig for whoever has the token. A server that speaks TLS is trusted blindly.
    public static Path kubeconfig(Path file, String url, String token) throws IOException {
        String trust = url.startsWith("https") ? ", insecure-skip-tls-verify: true" : "";
        return Files.writeString(file, """
                apiVersion: v1
                kind: Config
                clusters:
                  - name: test
                    cluster: {server: "%s"%s}
                users:
                  - name: flannel
                    user: {token: "%s"}
                contexts:
                  - name: test
                    context: {cluster: test, user: flannel}
                current-context: test
                """.formatted(url, trust, token));
    }

    private static SSLContext trustAll() {
        try {
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(null, new TrustManager[] {new Gullible()}, new SecureRandom());
            return tls;
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java has TLS", e);
        }
    }

    private static final class Gullible extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
