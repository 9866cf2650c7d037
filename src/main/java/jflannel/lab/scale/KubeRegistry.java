package jflannel.lab.scale;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.kube.KubeApi;
import jflannel.linux.Command;

/// A stand-in for the Kubernetes API on the store's host, over TLS. flanneld reaches it as in a pod: by the
/// environment and the files of a service account. Its Node objects are as large as those of real nodes, some eight
/// kilobytes.
final class KubeRegistry implements NodeRegistry {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HOST = "10.168.0.254";
    private static final int PORT = 6443;
    private static final String ANNOTATION = "flannel.alpha.coreos.com/";
    private static final String PASSWORD = "changeit"; // of a file that lives as long as the lab
    private static final int IMAGES = 50; // the most that a kubelet reports

    private static final Duration BOOKMARKS = Duration.ofMinutes(1); // as a real one

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
        Path keys = run.resolve("api.p12");
        keytool(
                "-genkeypair",
                "-alias",
                "api",
                "-keyalg",
                "EC",
                "-dname",
                "CN=api",
                "-ext",
                "SAN=ip:" + HOST,
                "-keystore",
                keys.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD);
        Files.writeString(
                account.resolve("ca.crt"),
                keytool("-exportcert", "-rfc", "-alias", "api", "-keystore", keys.toString(), "-storepass", PASSWORD));
        Files.writeString(account.resolve("token"), KubeApi.ADMIN);
        Files.writeString(account.resolve("namespace"), "kube-flannel");
        Files.writeString(run.resolve("net-conf.json"), simulated.networkConfig());
        api = lab.store().host().call(() -> KubeApi.start(new InetSocketAddress(HOST, PORT), List.of(), tls(keys)));
        api.bookmarkEvery(BOOKMARKS);
        api.add(node(1, simulated.podCidrs(1), Map.of()));
    }

    /// A runtime without the program has the class.
    private static String keytool(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--module",
                "java.base/sun.security.tools.keytool.Main"));
        command.addAll(List.of(words));
        return Command.run(command.toArray(String[]::new));
    }

    private static SSLContext tls(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD.toCharArray());
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, PASSWORD.toCharArray());
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(keys.getKeyManagers(), null, null);
            return tls;
        } catch (GeneralSecurityException e) {
            throw new IOException("the API server's key cannot be used", e);
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
        ObjectNode annotated = metadata.putObject("annotations");
        annotations.forEach((name, value) -> annotated.put(ANNOTATION + name, value));
        ObjectNode spec = node.putObject("spec").put("podCIDR", podCidrs.getFirst());
        ArrayNode all = spec.putArray("podCIDRs");
        podCidrs.forEach(all::add);
        ArrayNode images = node.putObject("status").putArray("images");
        IntStream.range(0, IMAGES)
                .forEach(image -> images.addObject()
                        .put("sizeBytes", 50_000_000 + image)
                        .putArray("names")
                        .add("example.com/some/image-%d@sha256:%064x".formatted(image, image))
                        .add("example.com/some/image-%d:v1.2.3".formatted(image)));
        return node;
    }

    @Override
    public void close() {
        api.close();
    }
}
