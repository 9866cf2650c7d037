package jflannel.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.lab.kube.ApiCertificate;
import jflannel.lab.kube.KubeApi;
import jflannel.lab.kube.KubeRule;
import jflannel.testing.KubeAdmin;

/// A Kubernetes API for a test, and its administrator: the stand-in, or a real kube-apiserver on a real etcd. Either
/// grants its user exactly what the ClusterRole of the manifest grants.
abstract class Cluster implements AutoCloseable {
    static final Path MANIFEST = Path.of("deploy/kube-flannel.yml");
    static final ObjectMapper JSON = new ObjectMapper();

    final Path folder;

    Cluster(Path folder) {
        this.folder = folder;
    }

    /// The stand-in, in the network namespace of the calling thread.
    static Cluster standIn(Path folder) throws IOException {
        ApiCertificate certificate = ApiCertificate.make(folder.resolve("api.p12"), "127.0.0.1");
        KubeApi api =
                KubeApi.start(new InetSocketAddress("127.0.0.1", 0), KubeRule.of(MANIFEST), certificate.context());
        return new StandIn(folder, api);
    }

    /// The API server's address.
    abstract String url();

    abstract KubeAdmin admin();

    /// What the user logs in by.
    abstract String token();

    abstract void stop() throws IOException;

    abstract void start() throws IOException;

    /// Makes the API forget all former versions, or does nothing where it cannot be made to.
    abstract void compact() throws IOException;

    /// Restores the API from a backup, while it is stopped, or does nothing where it cannot be.
    ///
    /// @param lost nodes that are not in the backup
    abstract void restore(String... lost);

    /// Makes the API answer patches late, or does nothing where it cannot be made to.
    abstract void delayAnswersToPatches(Duration time);

    /// What a daemon on a node is told, with more annotations prefixes and such as needed.
    KubeSettings settings(String node, String netConf) throws IOException {
        Path file = Files.writeString(folder.resolve("net-conf.json"), netConf);
        return new KubeSettings(
                "",
                Optional.of(kubeconfig()),
                AnnotationPrefix.of(AnnotationPrefix.USUAL),
                file,
                true,
                Map.of("NODE_NAME", node),
                folder.resolve("no-service-account"));
    }

    /// A kubeconfig of the user's.
    Path kubeconfig() throws IOException {
        return KubeAdmin.kubeconfig(folder.resolve("kubeconfig"), url(), token());
    }

    /// Registers a node, as kubelet and the controller manager do together.
    void register(String name, String... podCidrs) throws IOException {
        admin().register(name, List.of(podCidrs));
    }

    JsonNode node(String name) throws IOException {
        HttpResponse<String> answer = admin().send("GET", "/api/v1/nodes/" + name, null);
        return JSON.readTree(answer.body());
    }

    String annotation(String node, String suffix) throws IOException {
        return node(node)
                .path("metadata")
                .path("annotations")
                .path(AnnotationPrefix.USUAL + "/" + suffix)
                .asText("(none)");
    }

    /// @param value null removes it
    void annotate(String node, String suffix, String value) throws IOException {
        ObjectNode patch = JSON.createObjectNode();
        patch.putObject("metadata").putObject("annotations").put(AnnotationPrefix.USUAL + "/" + suffix, value);
        admin().patch("/api/v1/nodes/" + node, patch);
    }

    /// `status reason: message` of the condition NetworkUnavailable, or "(none)".
    String condition(String node) throws IOException {
        for (JsonNode condition : node(node).path("status").path("conditions")) {
            if (condition.path("type").asText().equals(NodeRecord.NETWORK_UNAVAILABLE)) {
                return condition.path("status").asText() + " "
                        + condition.path("reason").asText() + ": "
                        + condition.path("message").asText();
            }
        }
        return "(none)";
    }

    void setCondition(String node, String status) throws IOException {
        ObjectNode patch = JSON.createObjectNode();
        patch.putObject("status")
                .putArray("conditions")
                .addObject()
                .put("type", NodeRecord.NETWORK_UNAVAILABLE)
                .put("status", status)
                .put("reason", "Somebody")
                .put("message", "did it");
        admin().patch("/api/v1/nodes/" + node + "/status", patch);
    }

    @Override
    public abstract void close() throws IOException;

    private static final class StandIn extends Cluster {
        private final KubeApi api;

        StandIn(Path folder, KubeApi api) {
            super(folder);
            this.api = api;
        }

        @Override
        String url() {
            return api.url();
        }

        @Override
        KubeAdmin admin() {
            return new KubeAdmin(api.url(), KubeApi.ADMIN);
        }

        @Override
        String token() {
            return KubeApi.USER;
        }

        @Override
        void stop() {
            api.stop();
        }

        @Override
        void start() throws IOException {
            api.start();
        }

        @Override
        void compact() {
            api.compact();
        }

        @Override
        void restore(String... lost) {
            api.restore();
            List.of(lost).forEach(api::remove);
        }

        @Override
        void delayAnswersToPatches(Duration time) {
            api.faults().delayAnswersToPatches(time);
        }

        @Override
        public void close() {
            api.close();
        }
    }
}
