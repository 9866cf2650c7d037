package jflannel.daemon;

import static jflannel.daemon.Labs.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.lab.LabHost;
import jflannel.lab.LabNode;
import jflannel.linux.Command;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// NetworkPolicy objects of a Kubernetes cluster, enforced in a lab with a stand-in for the API server.
class KubeNetworkPolicyIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    @Test
    void policies_follow_labels_namespaces_and_reused_addresses() throws Exception {
        try (KubeLab kube = new KubeLab(folder, Set.of(Family.IPV4), "{\"Type\":\"vxlan\"}", manifestWithPolicies())) {
            kube.there(() -> {
                kube.api().install("v1alpha1", "adminnetworkpolicies");
                kube.api().install("v1alpha2", "clusternetworkpolicies");
                return null;
            });
            for (int node = 1; node <= 2; node++) {
                kube.register(node, "100.96." + node + ".0/24");
                kube.startFlanneld(node, "--network-policy");
            }
            apply(kube, "namespaces", namespace("shop", "team", "red"));
            apply(kube, "namespaces", namespace("other", "team", "blue"));
            kube.attach(1);
            kube.attach(2);
            apply(kube, "pods", pod("client", "shop", "app", kube.node(1)));
            apply(kube, "pods", pod("server", "shop", "web", kube.node(2)));
            soon("all is allowed", () -> pings(kube));

            apply(kube, "networkpolicies", """
                    {"metadata":{"name":"web","namespace":"shop"},"spec":{"podSelector":{"matchLabels":{"app":"web"}},
                     "ingress":[{"from":[{"podSelector":{"matchLabels":{"app":"app"}}}]}]}}""");
            apply(kube, "networkpolicies", """
                    {"metadata":{"name":"broken","namespace":"shop"},"spec":{"podSelector":5}}""");
            LabNode node = kube.node(2);
            soon(
                    "the policy is programmed",
                    () -> node.sh("nft list set inet flannel-policy isolated-in4")
                            .contains(address(node)));
            assertThat(pings(kube)).as("the label is allowed").isTrue();
            soon("the broken policy is named", () -> status(node).contains("shop/broken"));

            apply(kube, "pods", pod("client", "shop", "stranger", kube.node(1)));
            soon("another label is refused", () -> !pings(kube));
            apply(kube, "networkpolicies", """
                    {"metadata":{"name":"web","namespace":"shop"},"spec":{"podSelector":{"matchLabels":{"app":"web"}},
                     "ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"team":"blue"}}}]}]}}""");
            apply(kube, "namespaces", namespace("shop", "team", "blue"));
            soon("the namespace's new label is allowed", () -> pings(kube));

            policiesOfTheClusterComeFirst(kube);
            isBefore(kube);

            apply(kube, "namespaces", namespace("third", "team", "green"));
            Thread.sleep(1100); // the API knows times by seconds
            apply(kube, "pods", pod("heir", "third", "app", kube.node(1)));
            soon("a younger pod with the address counts", () -> !pings(kube));
            apply(kube, "pods", pod("heir", "third", "app", kube.node(1)).replace("Running", "Succeeded"));
            soon("one that has ended does not", () -> pings(kube));
            kube.there(() -> {
                kube.api().delete("networkpolicies", "broken");
                return null;
            });
            soon("the broken policy is gone", () -> !status(node).contains("policies-refused"));
        }
    }

    private void policiesOfTheClusterComeFirst(KubeLab kube) throws IOException {
        String rules = """
                {"kind":"%s","metadata":{"name":"%s"},"spec":{%s"priority":%d,"subject":{"namespaces":{}},
                 "ingress":[{"action":"%s","from":[%s]}]}}""";
        String shop = "{\"namespaces\":{\"matchLabels\":{\"team\":\"blue\"}}}";
        apply(kube, "adminnetworkpolicies", rules.formatted("AdminNetworkPolicy", "no", "", 20, "Deny", shop));
        soon("the administrator refuses", () -> !pings(kube));
        apply(
                kube,
                "clusternetworkpolicies",
                rules.formatted("ClusterNetworkPolicy", "yes", "\"tier\":\"Admin\",", 10, "Pass", shop));
        soon("an earlier rule passes it on to the NetworkPolicy", () -> pings(kube));
        apply(
                kube,
                "clusternetworkpolicies",
                rules.formatted("ClusterNetworkPolicy", "yes", "\"tier\":\"Admin\",", 10, "Pass", "{\"dogs\":{}}"));
        soon("what is not understood refuses", () -> !pings(kube));
        assertThat(status(kube.node(2)))
                .contains("ClusterNetworkPolicy/yes: spec.ingress[0].from: a peer is not of a sort that is known here");
        kube.there(() -> {
            kube.api().delete("clusternetworkpolicies", "yes");
            kube.api().delete("adminnetworkpolicies", "no");
            return null;
        });
        soon("all is as before", () -> pings(kube));
    }

    /// A pod is isolated before its first packet, although the API does not know its address, and does not start while
    /// nobody can see to that.
    private void isBefore(KubeLab kube) throws IOException {
        LabNode node = kube.node(2);
        apply(kube, "pods", """
                {"metadata":{"name":"late","namespace":"shop","labels":{"app":"web"}},"spec":{"containers":[]},
                 "status":{"phase":"Pending"}}""");
        apply(kube, "networkpolicies", """
                {"metadata":{"name":"web","namespace":"shop"},"spec":{"podSelector":{"matchLabels":{"app":"web"}},"ingress":[]}}""");
        soon("the server is closed", () -> !pings(kube));
        try (LabHost pod = new LabHost("late", Files.createDirectory(folder.resolve("late")), false)) {
            long start = System.nanoTime();
            Command.Result added = cni(node, pod, "ADD");
            assertThat(added.exitCode()).as(added.output()).isZero();
            System.out.printf("ADD took %d ms%n", (System.nanoTime() - start) / 1_000_000);
            String address = added.output().replaceAll("(?s).*\"address\":\\s*\"([0-9.]+)/.*", "$1");
            assertThat(node.sh("nft list set inet flannel-policy isolated-in4")).contains(address);
            assertThat(kube.node(1).pod().attempt("ping", "-c1", "-W1", address).exitCode())
                    .isOne();
            cni(node, pod, "DEL");
            soon(
                    "its address is free",
                    () -> !node.sh("nft list set inet flannel-policy isolated-in4")
                            .contains(address));

            node.flanneld().kill();
            Command.Result refused = cni(node, pod, "ADD");
            assertThat(refused.output()).contains("\"code\": 11", "flanneld did not say in time");
            cni(node, pod, "DEL");
        }
        kube.startFlanneld(2, "--network-policy");
        apply(kube, "networkpolicies", """
                {"metadata":{"name":"web","namespace":"shop"},"spec":{"podSelector":{"matchLabels":{"app":"web"}},
                 "ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"team":"blue"}}}]}]}}""");
        await("the new daemon enforces the new policy")
                .atMost(Duration.ofSeconds(20))
                .until(() -> pings(kube));
    }

    private static Command.Result cni(LabNode node, LabHost pod, String command) throws IOException {
        return node.host()
                .attemptWithInput(
                        """
                {"cniVersion":"1.0.0","name":"cbr0","type":"flannel","dataDir":"/run/cni/flannel",\
                "ipam":{"dataDir":"/run/cni/networks"},"delegate":{"hairpinMode":true,"isDefaultGateway":true}}""",
                        "env",
                        "CNI_COMMAND=" + command,
                        "CNI_CONTAINERID=late",
                        "CNI_NETNS=/proc/" + pod.threadId() + "/ns/net",
                        "CNI_IFNAME=eth0",
                        "CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=late",
                        "CNI_PATH=/opt/cni/bin:/usr/lib/cni",
                        Path.of("target/jflannel/cni/flannel").toAbsolutePath().toString());
    }

    /// What is a comment in the manifest because it is only needed for policies.
    private Path manifestWithPolicies() throws IOException {
        String text = Files.readString(KubeLab.MANIFEST).replaceAll("(?m)^( *)# (- | {2})", "$1$2");
        assertThat(text).contains("\n            - --network-policy\n");
        return Files.writeString(folder.resolve("manifest.yml"), text);
    }

    private static String namespace(String name, String key, String value) {
        return "{\"metadata\":{\"name\":\"%s\",\"labels\":{\"%s\":\"%s\"}}}".formatted(name, key, value);
    }

    private static String pod(String name, String namespace, String app, LabNode node) {
        return """
                {"metadata":{"name":"%s","namespace":"%s","labels":{"app":"%s"}},"spec":{"containers":[]},
                 "status":{"phase":"Running","podIP":"%s"}}""".formatted(name, namespace, app, address(node));
    }

    private static String address(LabNode node) {
        return node.podAddress(Family.IPV4).toString();
    }

    private static void apply(KubeLab kube, String kind, String json) throws IOException {
        kube.there(() -> {
            kube.api().apply(kind, (ObjectNode) JSON.readTree(json));
            return null;
        });
    }

    private static boolean pings(KubeLab kube) throws IOException {
        return kube.node(1)
                        .pod()
                        .attempt("ping", "-c1", "-W1", address(kube.node(2)))
                        .exitCode()
                == 0;
    }

    private static String status(LabNode node) throws IOException {
        return node.sh("cat /run/flannel/status.json");
    }
}
