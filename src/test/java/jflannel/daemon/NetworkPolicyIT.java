package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static jflannel.daemon.Labs.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lab.Lab;
import jflannel.lab.LabHost;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.testing.FlannelCommand;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Policies in etcd, enforced by daemons in a lab.
class NetworkPolicyIT {
    private static final LabSetup SETUP = LabSetup.of(Scenario.VXLAN)
            .withNodes(2)
            .withFamilies(EnumSet.allOf(Family.class))
            .withFlags("--network-policy", "--network-policy-cut", "--metrics-port=9464");

    @TempDir
    private Path folder;

    @Test
    void policies_of_etcd_are_enforced_between_nodes_and_on_one_and_end_when_switched_off() throws Exception {
        try (Lab lab = lab(SETUP);
                LabHost neighbor = neighbor(lab.node(2))) {
            LabNode node = lab.node(2);
            soon("the tables are there", () -> tables(node).equals("bridge inet"));
            assertThat(pings(neighbor, lab.node(2))).isEqualTo("v4 v6");

            policy(lab, "apply", file("""
                    {"metadata":{"name":"closed"},"spec":{"podSelector":{"matchLabels":{"public-ip":"10.168.0.3"}},
                     "policyTypes":["Ingress"]}}"""));
            soon("nobody reaches container-2", () -> pings(lab.pod(1), node).isEmpty());
            assertThat(pings(neighbor, node)).as("a pod of the same node").isEmpty();
            node.sh("sysctl -qw net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0");
            assertThat(pings(neighbor, node)).as("without br_netfilter").isEmpty();
            node.sh("sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1");
            assertThat(pings(neighbor, node)).as("with br_netfilter").isEmpty();
            assertThat(pings(node.host(), node)).as("the node's own traffic").isEqualTo("v4 v6");
            assertThat(pings(node.pod(), lab.node(1))).as("answers").isEqualTo("v4 v6");

            assertThat(node.sh("curl -s 127.0.0.1:9464/metrics"))
                    .containsPattern("flannel_policy_refused_packets_total\\{direction=\"ingress\","
                            + "policy=\"default/closed\"\\} [1-9]");
            String container = lab.node(1).podAddress(Family.IPV4).toString();
            String target = node.podAddress(Family.IPV4).toString();
            assertThat(said(lab, "explain", container, target).output())
                    .contains("ingress of default/100.96.2.0-24", "selected by default/closed", "\nrefused\n");

            assertThat(node.host()
                            .call(() -> FlannelCommand.run(
                                    "trace",
                                    container,
                                    target,
                                    "--etcd-endpoints=" + lab.store().endpoints()))
                            .output())
                    .contains("no network policy allows it", "selected by default/closed");

            policy(lab, "apply", file("""
                    kind: NetworkPolicy
                    metadata: {name: web}
                    spec:
                      podSelector: {}
                      policyTypes: [Ingress]
                      ingress:
                      - from: [{podSelector: {matchLabels: {public-ip: 10.168.0.2}}}]
                        ports: [{port: 8080}]
                    """));
            node.pod().start("web.log", "socat", "TCP6-LISTEN:8080,fork,reuseaddr", "EXEC:hostname");
            soon("node 1 reaches the port", () -> connects(lab.pod(1), node));
            assertThat(connects(neighbor, node)).as("node 2 does not").isFalse();
            FlannelCommand.Said allowed = said(lab, "explain", container, target, "--port=8080");
            assertThat(allowed.output()).contains("allowed by rule 1 of default/web: pods public-ip=10.168.0.2");
            assertThat(allowed.exitCode()).isZero();
            await("refused connections are logged")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> Files.readString(node.host().run().resolve("flanneld.log"))
                            .contains("(" + container + ") -> default/100.96.2.0-24"));

            node.sh("nft flush ruleset");
            soon("the flushed tables are back", () -> tables(node).equals("bridge inet") && !connects(neighbor, node));
            assertThat(policy(lab, "list")).contains("closed", "web", "TCP 8080");
            policy(lab, "delete", "closed", "web");
            soon("all is allowed", () -> pings(neighbor, node).equals("v4 v6"));

            node.flanneld().kill();
            node.startFlanneld("--network-policy=false");
            node.awaitReady();
            soon("the tables are gone", () -> tables(node).isEmpty());
        }
    }

    /// Another pod of a node.
    private LabHost neighbor(LabNode node) throws IOException {
        LabHost pod = new LabHost("neighbor", Files.createDirectory(folder.resolve("run")), false);
        node.sh("ip link add veth9 type veth peer name eth0 netns " + pod.threadId()
                + "; ip link set veth9 master cni0 up");
        pod.ip("link set eth0 up");
        for (Family family : Family.values()) {
            Ip gateway = node.subnet(family).address().plus(1);
            int length = node.subnet(family).length();
            pod.ip("addr add %s/%d dev eth0"
                    .formatted(node.subnet(family).address().plus(99), length));
            pod.ip("route add default via " + gateway);
        }
        return pod;
    }

    private static String tables(LabNode node) throws IOException {
        return node.sh("nft list tables | awk '$3 == \"flannel-policy\" { print $2 }' | sort | xargs");
    }

    /// The families in which `from` reaches the node's pod.
    private static String pings(LabHost from, LabNode to) throws IOException {
        return from.sh("(ping -c1 -W1 %s >/dev/null && echo v4; ping -c1 -W1 %s >/dev/null && echo v6; true) | xargs"
                .formatted(to.podAddress(Family.IPV4), to.podAddress(Family.IPV6)));
    }

    private static boolean connects(LabHost from, LabNode to) throws IOException {
        return from.attempt("timeout", "1", "socat", "-u", "TCP4:%s:8080".formatted(to.podAddress(Family.IPV4)), "-")
                        .exitCode()
                == 0;
    }

    private String file(String json) throws IOException {
        return Files.writeString(folder.resolve("policy.json"), json).toString();
    }

    private static String policy(Lab lab, String... words) throws IOException {
        FlannelCommand.Said said = said(lab, words);
        assertThat(said.exitCode()).as(said.output()).isZero();
        return said.output();
    }

    private static FlannelCommand.Said said(Lab lab, String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of("policy"));
        all.addAll(List.of(words));
        all.add("--etcd-endpoints=" + lab.store().endpoints());
        return lab.node(1).host().call(() -> FlannelCommand.run(all.toArray(String[]::new)));
    }
}
