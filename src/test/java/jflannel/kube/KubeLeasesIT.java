package jflannel.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.StoreFigures;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.testing.FlannelCommand;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The store against an API: here the stand-in; in [RealApiIT] the same against a real one.
@ExtendWith(OwnNetns.class)
class KubeLeasesIT extends KubeScene {
    private static String leases(Cluster cluster) throws IOException {
        return FlannelCommand.run(
                        "lease",
                        "list",
                        "--kube-subnet-mgr",
                        "--kubeconfig-file=" + cluster.kubeconfig(),
                        "--net-config-path=" + cluster.folder.resolve("net-conf.json"))
                .output();
    }

    @Test
    void annotatesItsNodeAndFollowsTheOthers() throws Exception {
        try (Cluster cluster = cluster(folder)) {
            cluster.register("n1", CIDRS);
            peer(cluster, "n2", 2);
            cluster.register("stranger", "10.244.9.0/24");
            try (Daemon daemon = new Daemon(cluster.settings("n1", NET_CONF), at(1))) {
                assertThat(daemon.lease.cidrs()).containsExactly(Cidr.parse(CIDRS[0]), Cidr.parse(CIDRS[1]));
                assertThat(cluster.annotation("n1", "kube-subnet-manager")).isEqualTo("true");
                assertThat(cluster.annotation("n1", "backend-type")).isEqualTo("vxlan");
                assertThat(cluster.annotation("n1", "backend-data")).isEqualTo(VTEP);
                assertThat(cluster.annotation("n1", "backend-v6-data")).isEqualTo(VTEP);
                assertThat(cluster.annotation("n1", "public-ip")).isEqualTo("192.0.2.1");
                assertThat(cluster.annotation("n1", "public-ipv6")).isEqualTo("2001:db8::1");
                assertThat(cluster.node("n1").toString()).contains("\"other.example/x\":\"stays\"");
                soon(() -> cluster.condition("n1").equals(UP));

                soon(() -> !daemon.events.isEmpty());
                assertThat(daemon.events.getFirst()).isInstanceOf(LeaseEvent.Resync.class);
                assertThat(daemon.peers().leases()).hasSize(1);
                assertThat(daemon.knows("10.244.2.0/24", "192.0.2.2")).isTrue();
                peer(cluster, "n3", 3);
                soon(() -> daemon.knows("fd00:10:244:3::/64", "2001:db8::3"));
                cluster.annotate("n3", "public-ip", "192.0.2.33"); // one family only
                soon(() -> daemon.knows("10.244.3.0/24", "192.0.2.33"));
                cluster.annotate("n3", "public-ip", "nonsense");
                soon(() -> daemon.peers().leases().size() == 1);
                assertThat(leases(cluster).lines())
                        .anyMatch(line -> line.matches(
                                "10\\.244\\.1\\.0/24 \\S+ +n1 192\\.0\\.2\\.1 .* vxlan +with its node +used"))
                        .anyMatch(line ->
                                line.matches("10\\.244\\.3\\.0/24 .* n3 .*ignored: the annotation public-ip, .*"))
                        .anyMatch(line -> line.matches("10\\.244\\.9\\.0/24 +stranger .*no flanneld has run there"))
                        .hasSize(5);
                cluster.annotate("n3", "public-ip", "192.0.2.3");
                soon(() -> daemon.peers().leases().size() == 2);
                cluster.annotate("n3", "kube-subnet-manager", null);
                soon(() -> daemon.peers().leases().size() == 1);
                cluster.admin().delete("n2");
                soon(() -> daemon.peers().leases().isEmpty());
            }
        }
    }

    @Test
    void whatSomebodyElseWritesIsPutRight() throws Exception {
        try (Cluster cluster = cluster(folder)) {
            cluster.register("n1", CIDRS);
            try (Daemon daemon = new Daemon(cluster.settings("n1", NET_CONF), at(1))) {
                soon(() -> cluster.condition("n1").equals(UP) && !daemon.events.isEmpty());
                cluster.annotate("n1", "backend-data", null);
                soon(() -> cluster.annotation("n1", "backend-data").equals(VTEP));
                cluster.annotate("n1", "public-ip", "192.0.2.99");
                soon(() -> cluster.annotation("n1", "public-ip").equals("192.0.2.1"));
                cluster.setCondition("n1", "True");
                soon(() -> cluster.condition("n1").equals(UP));
                cluster.annotate("n1", "public-ip-overwrite", "203.0.113.1"); // honoured while running
                soon(() -> cluster.annotation("n1", "public-ip").equals("203.0.113.1"));
                cluster.annotate("n1", "public-ip-overwrite", "not an address");
                soon(() -> cluster.annotation("n1", "public-ip").equals("192.0.2.1"));
            }
        }
    }

    @Test
    void twoNodesOfOneNameNoticeEachOther() throws Exception {
        try (Cluster cluster = cluster(folder)) {
            cluster.register("n1", CIDRS);
            try (Daemon one = new Daemon(cluster.settings("n1", NET_CONF), at(1));
                    Daemon two = new Daemon(cluster.settings("n1", NET_CONF), at(2))) {
                for (Daemon each : List.of(one, two)) {
                    soon(() -> each.board.findings().stream()
                            .anyMatch(it -> it.words().contains("NODE_NAME=n1")));
                }
            }
        }
    }

    @Test
    void waitsForItsPodCidrAndSaysSo() throws Exception {
        try (Cluster cluster = cluster(folder);
                KubeLeases store = new KubeLeases(cluster.settings("n1", NET_CONF), new Board())) {
            assertThatThrownBy(() -> store.acquire(store.networkConfig(), at(1), List.of()))
                    .hasMessageContaining("has no node n1 (yet)");
            cluster.register("n1");
            assertThatThrownBy(() -> store.acquire(store.networkConfig(), at(1), List.of()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("node n1 has no podCIDR yet")
                    .hasMessageContaining("--cluster-cidr=");
            assertThat(cluster.condition("n1")).startsWith("True FlannelIsWaiting: node n1 has no podCIDR yet");
            ObjectNode patch = Cluster.JSON.createObjectNode();
            patch.putObject("spec")
                    .put("podCIDR", "10.244.1.0/24")
                    .putArray("podCIDRs")
                    .add("10.244.1.0/24");
            cluster.admin().patch("/api/v1/nodes/n1", patch);
            Lease lease = store.acquire(store.networkConfig(), at(1), List.of());
            assertThat(lease.cidrs()).containsExactly(Cidr.parse("10.244.1.0/24"));
            assertThat(store.figures().watchAge())
                    .as("nobody else is watched yet")
                    .isEmpty();
            store.watch(lease, event -> {});
            store.report(true, "");
            soon(() -> cluster.condition("n1").equals(UP));
            soon(() -> store.figures().watchAge().isPresent());
            assertThat(store.figures().reconnects()).isZero();
            assertThat(store.figures().leaseLeft()).as("it has none here").isEmpty();
        }
    }

    /// The second backup does not have this node.
    @ParameterizedTest
    @ValueSource(strings = {"", "n1"})
    void noticesThatTheApiWasRestoredFromABackup(String lost) throws Exception {
        try (Cluster cluster = cluster(folder)) {
            cluster.register("n1", CIDRS);
            peer(cluster, "n2", 2);
            try (Daemon daemon = new Daemon(cluster.settings("n1", NET_CONF), at(1))) {
                soon(() -> cluster.condition("n1").equals(UP)
                        && daemon.peers().leases().size() == 1);
                cluster.stop();
                cluster.restore(lost.isEmpty() ? new String[0] : new String[] {lost});
                cluster.start();
                cluster.annotate("n2", "public-ip", "192.0.2.22"); // its version is one that was there before
                within(20, () -> daemon.knows("10.244.2.0/24", "192.0.2.22"));
            }
        }
    }

    @Test
    void anAnswerThatComesLateDoesNotHideANewerChange() throws Exception {
        try (Cluster cluster = cluster(folder)) {
            cluster.register("n1", CIDRS);
            try (Daemon daemon = new Daemon(cluster.settings("n1", NET_CONF), at(1))) {
                soon(() -> cluster.condition("n1").equals(UP) && !daemon.events.isEmpty());
                cluster.delayAnswersToPatches(Duration.ofSeconds(1));
                cluster.annotate("n1", "public-ip-overwrite", "203.0.113.1");
                soon(() -> cluster.annotation("n1", "public-ip").equals("203.0.113.1"));
                // the daemon waits for the answer to its patch, which tells of the first change only
                cluster.annotate("n1", "public-ip-overwrite", "203.0.113.2");
                within(10, () -> cluster.annotation("n1", "public-ip").equals("203.0.113.2"));
                cluster.annotate("n1", "public-ip-overwrite", null);
                within(10, () -> cluster.annotation("n1", "public-ip").equals("192.0.2.1"));
            }
        }
    }

    @Test
    void aPodCidrOutsideTheNetworkIsAFaultOfTheConfiguration() throws Exception {
        try (Cluster cluster = cluster(folder);
                KubeLeases store = new KubeLeases(cluster.settings("n1", NET_CONF), new Board())) {
            cluster.register("n1", "10.99.1.0/24");
            assertThatThrownBy(() -> store.acquire(store.networkConfig(), at(1), List.of()))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("10.99.1.0/24 is not within the network 10.244.0.0/16");
            assertThat(cluster.annotation("n1", "backend-type")).isEqualTo("(none)");
        }
    }

    @Test
    void anOutageRemovesNobodyAndWhatChangedMeanwhileIsNoticed() throws Exception {
        try (Cluster cluster = cluster(folder)) {
            cluster.register("n1", CIDRS);
            peer(cluster, "n2", 2);
            peer(cluster, "n3", 3);
            try (Daemon daemon = new Daemon(cluster.settings("n1", NET_CONF), at(1))) {
                StoreFigures figures = daemon.store.figures();
                soon(() -> figures.watchAge().isPresent());
                cluster.stop();
                soon(() -> figures.watchAge().isEmpty());
                Thread.sleep(1500); // long enough for a few attempts
                assertThat(daemon.peers().leases()).hasSize(2);
                assertThat(figures.reconnects()).isZero();
                cluster.start();
                cluster.admin().delete("n2");
                soon(() -> daemon.peers().leases().size() == 1);
                cluster.compact();
                peer(cluster, "n4", 4);
                soon(() -> daemon.knows("10.244.4.0/24", "192.0.2.4"));
                cluster.compact(); // now said in the other way
                cluster.admin().delete("n3");
                soon(() -> daemon.peers().leases().size() == 1);
                assertThat(daemon.knows("10.244.4.0/24", "192.0.2.4")).isTrue();
                assertThat(figures.reconnects()).isPositive();
            }
        }
    }

    @Test
    void aNodeThatIsRegisteredAnewMoves() throws Exception {
        try (Cluster cluster = cluster(folder)) {
            cluster.register("n1", CIDRS);
            try (Daemon daemon = new Daemon(cluster.settings("n1", NET_CONF), at(1))) {
                soon(() -> cluster.condition("n1").equals(UP) && !daemon.events.isEmpty());
                cluster.admin().delete("n1");
                soon(() -> daemon.board.isRaised(Condition.LEASE_PENDING));
                cluster.register("n1", "10.244.7.0/24", "fd00:10:244:7::/64");
                soon(() -> daemon.events.stream()
                        .anyMatch(event -> event instanceof LeaseEvent.Moved(Lease own)
                                && own.cidrs().getFirst().equals(Cidr.parse("10.244.7.0/24"))));
                soon(() -> cluster.annotation("n1", "backend-data").equals(VTEP)
                        && cluster.condition("n1").equals(UP));
                assertThat(daemon.board.isRaised(Condition.LEASE_PENDING)).isFalse();
            }
        }
    }

    @Test
    void readsWhatTheAdministratorAndAnEarlierRunWrote() throws Exception {
        try (Cluster cluster = cluster(folder)) {
            cluster.register("n1", CIDRS);
            cluster.annotate("n1", "node-public-ip", "198.51.100.7");
            try (KubeLeases store = new KubeLeases(cluster.settings("n1", NET_CONF), new Board())) {
                assertThat(store.publicIps()).isEqualTo(Map.of(Family.IPV4, Ip.parse("198.51.100.7")));
                assertThat(store.announced()).isEmpty();
                store.acquire(store.networkConfig(), at(1), List.of());
            }
            try (KubeLeases store = new KubeLeases(cluster.settings("n1", NET_CONF), new Board())) {
                store.publicIps();
                assertThat(store.announced().flatMap(it -> it.backendData(Family.IPV4)))
                        .contains(VTEP);
                cluster.annotate("n1", "node-public-ip", "here");
                assertThatThrownBy(store::publicIps)
                        .isInstanceOf(ConfigException.class)
                        .hasMessage("node n1: the annotation node-public-ip, \"here\", is not an IPv4 address");
            }
        }
    }

    @Test
    void leavesTheConditionAloneIfToldSo() throws Exception {
        try (Cluster cluster = cluster(folder)) {
            cluster.register("n1", CIDRS);
            KubeSettings usual = cluster.settings("n1", NET_CONF);
            KubeSettings settings = new KubeSettings(
                    usual.apiUrl(),
                    usual.kubeconfig(),
                    AnnotationPrefix.of("example.com/blue"),
                    usual.networkConfig(),
                    false,
                    usual.environment(),
                    usual.serviceAccount());
            try (Daemon daemon = new Daemon(settings, at(1))) {
                soon(() -> !daemon.events.isEmpty());
                soon(() -> cluster.node("n1").toString().contains("\"example.com/blue-backend-type\":\"vxlan\""));
                cluster.annotate("n1", "x", "y"); // gives it another reason to look
                assertThat(cluster.condition("n1")).isEqualTo("(none)");
                assertThat(cluster.annotation("n1", "backend-type")).isEqualTo("(none)");
            }
        }
    }

    @Test
    void findsItsNodeByItsPodAndSaysWhatItMayNotDo() throws Exception {
        try (Cluster cluster = cluster(folder)) {
            KubeSettings usual = cluster.settings("n1", NET_CONF);
            KubeSettings settings = new KubeSettings(
                    usual.apiUrl(),
                    usual.kubeconfig(),
                    usual.prefix(),
                    usual.networkConfig(),
                    true,
                    Map.of("POD_NAME", "flannel-x", "POD_NAMESPACE", "default"),
                    usual.serviceAccount());
            try (KubeLeases store = new KubeLeases(settings, new Board())) {
                assertThatThrownBy(store::publicIps)
                        .hasMessageContaining("GET /api/v1/namespaces/default/pods/flannel-x with 404");
                cluster.register("n1", CIDRS);
                ObjectNode pod =
                        Cluster.JSON.createObjectNode().put("kind", "Pod").put("apiVersion", "v1");
                pod.putObject("metadata").put("name", "flannel-x");
                pod.putObject("spec")
                        .put("nodeName", "n1")
                        .putArray("containers")
                        .addObject()
                        .put("name", "c")
                        .put("image", "i");
                cluster.admin().send("POST", "/api/v1/namespaces/default/pods", pod);
                assertThat(store.publicIps()).isEmpty();
                assertThat(store.acquire(store.networkConfig(), at(1), List.of())
                                .cidrs())
                        .hasSize(2);
            }
            KubeSettings stranger = new KubeSettings(
                    usual.apiUrl(),
                    Optional.of(jflannel.testing.KubeAdmin.kubeconfig(folder.resolve("other"), cluster.url(), "x")),
                    usual.prefix(),
                    usual.networkConfig(),
                    true,
                    usual.environment(),
                    usual.serviceAccount());
            try (KubeLeases store = new KubeLeases(stranger, new Board())) {
                assertThatThrownBy(store::publicIps).hasMessageContaining("401").hasMessageContaining("credentials");
            }
        }
    }
}
