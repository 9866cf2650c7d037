package jflannel.lab.scale;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import jflannel.json.JsonStream;
import jflannel.kubeapi.Access;
import jflannel.kubeapi.ApiServer;
import jflannel.kubeapi.Resource;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.kube.ApiCertificate;
import jflannel.lab.kube.KubeApi;

/// A stand-in for the Kubernetes API on the store's host, over TLS. flanneld reaches it as in a pod: by the
/// environment and the files of a service account. Its Node objects are as large as those of real nodes, some twelve
/// kilobytes.
final class KubeRegistry implements NodeRegistry {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HOST = "10.168.0.254";
    private static final int PORT = 6443;
    private static final String ANNOTATION = "flannel.alpha.coreos.com/";
    private static final int IMAGES = 50; // the most that a kubelet reports
    private static final int FIELDS = 30;
    private static final int HANDSHAKES = 20;

    private final KubeApi api;

    static LabSetup in(LabSetup setup) {
        Map<String, String> environment = new HashMap<>(setup.environment());
        environment.put("NODE_NAME", "node-1");
        environment.put("KUBERNETES_SERVICE_HOST", HOST);
        environment.put("KUBERNETES_SERVICE_PORT", Integer.toString(PORT));
        return setup.withEnvironment(environment);
    }

    /// @param lab of a setup made by [#in]
    KubeRegistry(Lab lab, SimulatedNodes simulated) throws IOException {
        Path run = lab.node(1).host().run();
        Path account = Files.createDirectories(run.resolve("secrets/kubernetes.io/serviceaccount"));
        ApiCertificate certificate = ApiCertificate.make(run.resolve("api.p12"), HOST);
        Files.writeString(account.resolve("ca.crt"), certificate.pem());
        Files.writeString(account.resolve("token"), KubeApi.ADMIN);
        Files.writeString(account.resolve("namespace"), "kube-flannel");
        Files.writeString(run.resolve("net-conf.json"), simulated.networkConfig());
        api = lab.store()
                .host()
                .call(() -> KubeApi.start(new InetSocketAddress(HOST, PORT), List.of(), certificate.context()));
        api.add(node(1, simulated.podCidrs(1), Map.of()));
        lab.store().host().call(() -> warmUp(account));
    }

    /// An API server that has just started takes ten times as long for a handshake as one that has run for a while.
    private static Void warmUp(Path account) throws IOException {
        Map<String, String> pod =
                Map.of("KUBERNETES_SERVICE_HOST", HOST, "KUBERNETES_SERVICE_PORT", Integer.toString(PORT));
        Resource<String> nodes = new Resource<>("/api/v1/nodes", "nodes", Name::new);
        for (int i = 0; i < HANDSHAKES; i++) {
            try (ApiServer client = new ApiServer(Access.of("", Optional.empty(), pod, account))) {
                client.list(nodes, "", "", name -> {});
            }
        }
        return null;
    }

    /// All that is wanted of an object here.
    private static final class Name implements Resource.Form<String> {
        @Override
        public void take(String name, JsonStream value) {}

        @Override
        public String filled(Resource.Metadata metadata) {
            return metadata.name();
        }
    }

    @Override
    public void start(LabNode node) throws IOException {
        node.startFlanneld("--kube-subnet-mgr", "--net-config-path=/run/net-conf.json");
    }

    @Override
    public void add(SimulatedNodes simulated, int first, int count) {
        for (int i = first; i < first + count; i++) {
            api.add(node(i, simulated.podCidrs(i), simulated.annotations(i)));
        }
    }

    @Override
    public void remove(SimulatedNodes simulated, int member) {
        api.remove("node-" + member);
    }

    private static ObjectNode node(int i, List<String> podCidrs, Map<String, String> annotations) {
        ObjectNode node = JSON.createObjectNode();
        ObjectNode metadata = node.putObject("metadata").put("name", "node-" + i);
        managedFields(metadata, i);
        ObjectNode annotated = metadata.putObject("annotations");
        annotations.forEach((name, value) -> annotated.put(ANNOTATION + name, value));
        ObjectNode spec = node.putObject("spec").put("podCIDR", podCidrs.getFirst());
        ArrayNode all = spec.putArray("podCIDRs");
        podCidrs.forEach(all::add);
        images(node.putObject("status").putArray("images"));
        return node;
    }

    /// The same on all nodes, with digests that do not repeat.
    private static void images(ArrayNode images) {
        Random digits = new Random(1);
        IntStream.range(0, IMAGES)
                .forEach(image -> images.addObject()
                        .put("sizeBytes", 50_000_000 + image)
                        .putArray("names")
                        .add("example.com/some/team/image-%d@sha256:%016x%016x%016x%016x"
                                .formatted(
                                        image,
                                        digits.nextLong(),
                                        digits.nextLong(),
                                        digits.nextLong(),
                                        digits.nextLong()))
                        .add("example.com/some/team/image-%d:v1.2.3-%08x".formatted(image, digits.nextInt())));
    }

    /// Who has written which field, as the API server keeps it.
    private static void managedFields(ObjectNode metadata, int node) {
        ArrayNode managers = metadata.putArray("managedFields");
        for (String manager : List.of("kubelet", "kube-controller-manager", "flannel")) {
            ObjectNode fields = managers.addObject()
                    .put("manager", manager)
                    .put("operation", "Update")
                    .put("time", "2026-01-%02dT12:00:%02dZ".formatted(1 + node % 28, node % 60))
                    .putObject("fieldsV1");
            IntStream.range(0, FIELDS)
                    .forEach(field -> fields.putObject("f:status")
                            .putObject("f:conditions-" + field)
                            .putObject("f:lastHeartbeatTime"));
            IntStream.range(0, FIELDS).forEach(field -> fields.putObject("k:{\"type\":\"" + manager + field + "\"}"));
        }
    }

    @Override
    public void close() {
        api.close();
    }
}
