package jflannel.lab.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.kube.ApiCertificate;
import jflannel.lab.kube.KubeApi;
import jflannel.lab.kube.KubeRule;

/// The Kubernetes API as the store of a cluster: a stand-in with TLS on the store's host. Each node has a service
/// account and the network configuration in files, as a pod of the DaemonSet has them, and may do what the
/// ClusterRole grants.
public final class KubeStore implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PREFIX = "flannel.alpha.coreos.com/";
    private static final String HOST = "10.168.0.254";
    private static final int PORT = 6443;
    private static final int NOTICE_SECONDS = 30;

    /// The rules that the manifest grants flanneld, with network policies.
    private static final List<KubeRule> RULES = List.of(
            new KubeRule(List.of("pods"), List.of("get")),
            new KubeRule(List.of("nodes"), List.of("get", "list", "watch")),
            new KubeRule(List.of("nodes/status"), List.of("patch")),
            new KubeRule(List.of("pods", "namespaces", "networkpolicies"), List.of("list", "watch")));

    private final Lab lab;
    private final LabSetup setup;
    private final KubeApi api;
    private ApiCertificate certificate;
    private String config;

    /// A node that exists only in the API.
    ///
    /// @param subnet of IPv4: `100.96.250.0/24`
    /// @param group of the IPv6 subnet fd00:100:96:`group`::/64, which counts only if there is one
    /// @param host it is at 10.168.0.`host` and fd00:10:168::`host`
    /// @param mac so that two nodes at one address have different MAC addresses, from 0 to 255
    record FakeNode(String subnet, int group, int host, int mac) {
        /// A single node that joins.
        static final FakeNode NEWCOMER = of(FakeLeases.NEWCOMER);

        static FakeNode of(int number) {
            return new FakeNode("100.96." + number + ".0/24", number, number, 0);
        }

        String name() {
            return "fake-" + subnet.replaceAll("[^0-9]", "-");
        }
    }

    /// The cluster with flags and variables for it.
    public static LabSetup in(LabSetup setup) {
        Map<String, String> environment = new HashMap<>(setup.environment());
        environment.put("KUBERNETES_SERVICE_HOST", HOST);
        environment.put("KUBERNETES_SERVICE_PORT", Integer.toString(PORT));
        return setup.withEnvironment(environment)
                .withFlags("--kube-subnet-mgr", "--net-config-path=/run/net-conf.json");
    }

    /// @param lab of a setup made by [#in], with no flanneld yet
    /// @param config the network configuration
    public KubeStore(Lab lab, LabSetup setup, String config) throws IOException {
        this.lab = lab;
        this.setup = setup;
        certificate = newCertificate();
        api = lab.store()
                .host()
                .call(() -> KubeApi.start(new InetSocketAddress(HOST, PORT), RULES, certificate.context()));
        configure(config);
        for (LabNode node : lab.nodes()) {
            giveToken(node, KubeApi.USER);
            giveAuthority(node);
            register(node);
        }
    }

    private ApiCertificate newCertificate() throws IOException {
        return ApiCertificate.make(lab.store().host().run().resolve("api.p12"), HOST);
    }

    public KubeApi api() {
        return api;
    }

    /// Restarts it after [KubeApi#stop].
    void start() throws IOException {
        lab.store().host().call(() -> {
            api.start();
            return null;
        });
    }

    String config() {
        return config;
    }

    /// Changes the network configuration on all nodes, as kubelet does after a change of the ConfigMap.
    void configure(String json) throws IOException {
        config = json;
        for (LabNode node : lab.nodes()) {
            replace(node.host().run().resolve("net-conf.json"), json);
        }
    }

    void giveToken(LabNode node, String token) throws IOException {
        replace(account(node).resolve("token"), token);
    }

    void giveAuthority(LabNode node) throws IOException {
        replace(account(node).resolve("ca.crt"), certificate.pem());
    }

    private static Path account(LabNode node) throws IOException {
        return Files.createDirectories(node.host().run().resolve("secrets/kubernetes.io/serviceaccount"));
    }

    private static void replace(Path file, String content) throws IOException {
        Path fresh = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), content);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /// Restarts the API server with a certificate of a CA that nobody knows yet.
    void exchangeAuthority() throws IOException {
        api.stop();
        certificate = newCertificate();
        api.use(certificate.context());
        start();
    }

    /// Registers a node with its subnets, as kubelet and the controller manager do together.
    void register(LabNode node) {
        api.add(object(
                node.host().name(),
                "100.96.%d.0/24".formatted(node.number()),
                "fd00:100:96:%x::/64".formatted(node.number())));
    }

    /// True if all nodes have announced themselves, and none keeps pods away.
    boolean areAllEnrolled() {
        return lab.nodes().stream().allMatch(node -> {
            String object = api.node(node.host().name()).orElse("");
            return object.contains(PREFIX + "public-ip\":\"" + node.address(Family.IPV4) + "\"")
                    && object.contains("\"reason\":\"FlannelIsUp\"");
        });
    }

    /// Removes all of flannel's annotations from a node.
    void stripAnnotations(LabNode node) {
        ObjectNode patch = JSON.createObjectNode();
        ObjectNode annotations = patch.putObject("metadata").putObject("annotations");
        for (String name : List.of(
                "kube-subnet-manager", "backend-type", "backend-data", "backend-v6-data", "public-ip", "public-ipv6")) {
            annotations.putNull(PREFIX + name);
        }
        api.patch(node.host().name(), patch);
    }

    void join(FakeNode fake) {
        ObjectNode node = object(fake.name(), fake.subnet(), "fd00:100:96:%x::/64".formatted(fake.group()));
        ObjectNode annotations = ((ObjectNode) node.get("metadata")).putObject("annotations");
        annotations.put(PREFIX + "kube-subnet-manager", "true");
        annotations.put(PREFIX + "backend-type", setup.scenario().type());
        annotations.put(PREFIX + "public-ip", "10.168.0." + fake.host());
        annotations.put(PREFIX + "backend-data", data(fake, 4));
        if (isDual()) {
            annotations.put(PREFIX + "public-ipv6", "fd00:10:168::%x".formatted(fake.host()));
            annotations.put(PREFIX + "backend-v6-data", data(fake, 6));
        }
        api.add(node);
    }

    private String data(FakeNode fake, int version) {
        return FakeLeases.data(setup.scenario(), fake.host(), fake.mac(), version);
    }

    void leave(FakeNode fake) {
        api.remove(fake.name());
    }

    /// Lets a node join and leave again, and checks that the lab's nodes notice both.
    ///
    /// @throws IOException if one does not
    void comeAndGo(FakeLeases ways) throws IOException {
        join(FakeNode.NEWCOMER);
        boolean joined = LabCluster.await(NOTICE_SECONDS, () -> ways.waysOn(lab.node(1)) == 1);
        leave(FakeNode.NEWCOMER);
        if (!joined) {
            throw new IOException("a node that joined was not noticed");
        }
        ways.awaitGone();
    }

    private ObjectNode object(String name, String subnet, String subnet6) {
        ObjectNode node = JSON.createObjectNode();
        node.putObject("metadata").put("name", name);
        ObjectNode spec = node.putObject("spec").put("podCIDR", subnet);
        spec.putArray("podCIDRs").add(subnet);
        if (isDual()) {
            spec.withArray("/podCIDRs").add(subnet6);
        }
        return node;
    }

    private boolean isDual() {
        return setup.families().contains(Family.IPV6);
    }

    @Override
    public void close() {
        api.close();
    }
}
