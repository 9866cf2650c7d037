package jflannel.daemon;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.lab.kube.KubeApi;
import jflannel.lab.kube.KubeRule;
import jflannel.testing.KubeAdmin;

/// A lab whose nodes are nodes of a Kubernetes cluster, with a stand-in for its API server on the store's host.
final class KubeLab implements AutoCloseable {
    static final String PREFIX = "flannel.alpha.coreos.com/";

    static final Path MANIFEST = Path.of("deploy/kube-flannel.yml");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final InetSocketAddress ADDRESS = new InetSocketAddress("10.168.0.254", 8080);

    private final Lab lab;
    private final KubeApi api;
    private final KubeAdmin admin;
    private final Set<Family> families;

    /// @param folder for scripts of the test
    /// @param backend as JSON
    KubeLab(Path folder, Set<Family> families, String backend) throws IOException {
        this(folder, families, backend, MANIFEST);
    }

    /// @param manifest whose ClusterRole counts
    KubeLab(Path folder, Set<Family> families, String backend, Path manifest) throws IOException {
        LabSetup setup = LabSetup.of(Scenario.VXLAN).withFamilies(families);
        for (int i = 1; i <= setup.nodes(); i++) {
            setup = setup.withFlanneld(i, launcher(folder, i));
        }
        lab = Lab.prepared(setup, Lab.Progress.NONE);
        api = lab.store().host().call(() -> KubeApi.start(ADDRESS, KubeRule.of(manifest), null));
        admin = new KubeAdmin(api.url(), KubeApi.ADMIN);
        this.families = families;
        for (LabNode node : lab.nodes()) {
            KubeAdmin.kubeconfig(node.host().run().resolve("kubeconfig"), api.url(), KubeApi.USER);
            configure(node.number(), backend);
        }
    }

    /// Writes a node's net-conf.json.
    ///
    /// @param backend as JSON
    void configure(int node, String backend) throws IOException {
        Files.writeString(
                lab.node(node).host().run().resolve("net-conf.json"),
                "{\"Network\":\"100.96.0.0/16\",\"EnableIPv6\":%b,\"IPv6Network\":\"fd00:100:96::/48\",\"Backend\":%s}"
                        .formatted(families.contains(Family.IPV6), backend));
    }

    /// The lab gives all nodes one environment, but Kubernetes gives each its name.
    private static Path launcher(Path folder, int node) throws IOException {
        Path script = folder.resolve("flanneld-" + node);
        Files.writeString(
                script,
                "#!/bin/sh\nNODE_NAME=node-%d exec %s \"$@\"\n"
                        .formatted(node, Path.of("target/jflannel/bin/flanneld").toAbsolutePath()));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script;
    }

    Lab lab() {
        return lab;
    }

    LabNode node(int number) {
        return lab.node(number);
    }

    KubeApi api() {
        return api;
    }

    /// Does something from where the API server is.
    <T> T there(Callable<T> work) throws IOException {
        return lab.store().host().call(work);
    }

    void register(int node, String... podCidrs) throws IOException {
        there(() -> {
            admin.register("node-" + node, List.of(podCidrs));
            return null;
        });
    }

    void delete(int node) throws IOException {
        there(() -> {
            admin.delete("node-" + node);
            return null;
        });
    }

    void annotate(int node, String suffix, String value) throws IOException {
        ObjectNode patch = JSON.createObjectNode();
        patch.putObject("metadata").putObject("annotations").put(PREFIX + suffix, value);
        patch(node, patch);
    }

    void patch(int node, JsonNode patch) throws IOException {
        there(() -> {
            admin.patch("/api/v1/nodes/node-" + node, patch);
            return null;
        });
    }

    /// The Node object's text.
    String object(int node) throws IOException {
        return there(() -> admin.send("GET", "/api/v1/nodes/node-" + node, null).body());
    }

    String annotation(int node, String suffix) throws IOException {
        return JSON.readTree(object(node))
                .path("metadata")
                .path("annotations")
                .path(PREFIX + suffix)
                .asText("(none)");
    }

    void startFlanneld(int node, String... more) throws IOException {
        String[] flags = {
            "--kube-subnet-mgr", "--kubeconfig-file=/run/kubeconfig", "--net-config-path=/run/net-conf.json"
        };
        lab.node(node)
                .startFlanneld(java.util.stream.Stream.of(flags, more)
                        .flatMap(java.util.stream.Stream::of)
                        .toArray(String[]::new));
    }

    void attach(int node) throws IOException {
        lab.attach(lab.node(node));
    }

    @Override
    public void close() {
        api.close();
        lab.close();
    }
}
