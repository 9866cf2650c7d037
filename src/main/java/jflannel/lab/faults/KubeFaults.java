package jflannel.lab.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import jflannel.lab.LabNode;
import jflannel.lab.Pause;
import jflannel.lab.faults.KubeStore.FakeNode;
import jflannel.lab.kube.KubeApi;

/// Faults of the Kubernetes API and of the objects in it. None may cost a packet, except what somebody does to a
/// node's own object.
final class KubeFaults {
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int STRANGERS = 10;
    private static final String NEW_TOKEN = "next-token";

    private KubeFaults() {}

    static List<Fault> all() {
        return faults().stream()
                .map(fault -> fault.in(LeaseStoreKind.KUBERNETES))
                .toList();
    }

    private static List<Fault> faults() {
        return List.of(
                enrolled("api-killed", "the API server is stopped, and restarted after three seconds", cluster -> {
                    cluster.kube().api().stop();
                    Pause.millis(3000);
                    cluster.kube().start();
                    cluster.damageIsDone();
                }),
                enrolled("api-paused", "the API server is silent for eight seconds: connections stay open", cluster -> {
                    cluster.kube().api().faults().pause(true);
                    Pause.millis(8000);
                    cluster.kube().api().faults().pause(false);
                    cluster.damageIsDone();
                    cluster.kube().comeAndGo(cluster.fakeLeases());
                }),
                Fault.of(
                                "api-down-at-start",
                                "a daemon starts while the API server is down, with its device lost",
                                new FaultBudget(5000, Duration.ofSeconds(5)),
                                KubeFaults::startWithout)
                        .with(Fault.KERNEL),
                enrolled(
                        "api-compacted",
                        "a node misses changes that the API server has forgotten",
                        KubeFaults::compact),
                enrolled("api-slow", "every answer takes two seconds, and a node joins", cluster -> {
                    cluster.kube().api().faults().delayAnswers(Duration.ofSeconds(2));
                    cluster.kube().api().faults().refuse(0); // ends all watches
                    cluster.damageIsDone();
                    cluster.kube().comeAndGo(cluster.fakeLeases());
                    cluster.kube().api().faults().delayAnswers(Duration.ZERO);
                }),
                enrolled("api-refuses", "the API server refuses everything with 401 and 403", KubeFaults::refuse),
                enrolled(
                        "token-rotated",
                        "the service account gets another token, the API server knows it first",
                        KubeFaults::exchangeToken),
                enrolled(
                        "authority-rotated",
                        "the API server gets a certificate of another CA, the nodes a second later",
                        KubeFaults::exchangeAuthority),
                enrolled("api-cut-off", "a node is cut off from the API server for twelve seconds", cluster -> {
                    cluster.cutFromStore(cluster.node(), true);
                    Pause.millis(12_000);
                    cluster.cutFromStore(cluster.node(), false);
                    cluster.damageIsDone();
                    cluster.kube().comeAndGo(cluster.fakeLeases());
                }),
                Fault.of(
                                "nodes-vanish",
                                "ten other nodes join, and all nodes' objects are deleted at once",
                                quiet(),
                                KubeFaults::deleteAll)
                        .with(Fault.KERNEL)
                        .spoiling(),
                enrolled("node-registered-again", "a node's object is deleted and recreated", cluster -> {
                            cluster.kube().api().remove(cluster.node().host().name());
                            cluster.kube().register(cluster.node());
                            cluster.damageIsDone();
                        })
                        .costing(FaultBudget.aSecond()),
                enrolled("annotations-removed", "a node's annotations are removed by hand", cluster -> {
                            cluster.kube().stripAnnotations(cluster.node());
                            cluster.damageIsDone();
                        })
                        .costing(FaultBudget.aSecond()),
                claim(
                        "podcidr-given-twice",
                        "another node gets part of a node's subnet",
                        new FakeNode("100.96.1.0/25", 250, 250, 0)),
                claim(
                        "address-announced-twice",
                        "another node announces a node's public address",
                        new FakeNode("100.96.250.0/24", 250, 2, 0)));
    }

    private static FaultBudget quiet() {
        return FaultBudget.nothingLost(20);
    }

    /// A fault after which everything must be as before, also in the API.
    private static Fault enrolled(String name, String summary, Fault.Action action) {
        return Fault.of(name, summary, quiet(), action)
                .until(cluster -> cluster.isAsBefore() && cluster.kube().areAllEnrolled());
    }

    private static Fault claim(String name, String summary, FakeNode claimant) {
        return enrolled(name, summary, cluster -> {
            cluster.kube().join(claimant);
            Pause.millis(2000);
            cluster.kube().leave(claimant);
            cluster.damageIsDone();
        });
    }

    private static void startWithout(LabCluster cluster) throws IOException {
        cluster.awaitRemembered();
        cluster.kube().api().stop();
        cluster.loseDevices(cluster.node());
        cluster.damageIsDone();
        cluster.node().startFlanneld();
        boolean works = LabCluster.await(10, cluster::isAsBefore);
        cluster.kube().start();
        if (!works) {
            throw new IOException("not as before without the API server");
        }
        cluster.kube().comeAndGo(cluster.fakeLeases());
    }

    private static void compact(LabCluster cluster) throws IOException {
        KubeStore kube = cluster.kube();
        cluster.cutFromStore(cluster.node(), true);
        kube.api().stop();
        for (int i = 0; i < 5; i++) {
            kube.join(FakeNode.NEWCOMER);
            kube.leave(FakeNode.NEWCOMER);
        }
        kube.api().compact();
        kube.start();
        cluster.damageIsDone();
        cluster.cutFromStore(cluster.node(), false);
        kube.comeAndGo(cluster.fakeLeases());
    }

    private static void refuse(LabCluster cluster) throws IOException {
        for (int code : List.of(UNAUTHORIZED, FORBIDDEN)) {
            cluster.kube().api().faults().refuse(code);
            if (!LabCluster.await(
                    15,
                    () -> cluster.node().flanneld().output().contains(" with " + code + ":")
                            && cluster.node().flanneld().output().contains("retrying"))) {
                throw new IOException("the log does not tell that the API server answers with " + code);
            }
        }
        boolean reported =
                LabCluster.await(15, () -> LabCluster.readiness(cluster.node()).contains("[!] store"));
        cluster.kube().api().faults().refuse(0);
        cluster.damageIsDone();
        if (!reported) {
            throw new IOException("/readyz does not tell that the API server refuses this node");
        }
        cluster.kube().comeAndGo(cluster.fakeLeases());
    }

    private static void exchangeToken(LabCluster cluster) throws IOException {
        KubeStore kube = cluster.kube();
        kube.api().faults().accept(NEW_TOKEN);
        kube.api().faults().refuse(0); // ends all watches
        Pause.millis(1000);
        for (LabNode node : cluster.lab().nodes()) {
            kube.giveToken(node, NEW_TOKEN);
        }
        cluster.damageIsDone();
        kube.comeAndGo(cluster.fakeLeases());
        for (LabNode node : cluster.lab().nodes()) {
            kube.giveToken(node, KubeApi.USER);
        }
        kube.api().faults().accept(KubeApi.USER);
    }

    private static void exchangeAuthority(LabCluster cluster) throws IOException {
        KubeStore kube = cluster.kube();
        kube.exchangeAuthority();
        Pause.millis(1000);
        for (LabNode node : cluster.lab().nodes()) {
            kube.giveAuthority(node);
        }
        cluster.damageIsDone();
        kube.comeAndGo(cluster.fakeLeases());
    }

    private static void deleteAll(LabCluster cluster) throws IOException {
        FakeLeases.settle();
        List<FakeNode> fakes = IntStream.range(0, STRANGERS)
                .mapToObj(i -> new FakeNode("100.96." + (200 + i) + ".0/24", 200 + i, 100 + i, 0))
                .toList();
        fakes.forEach(cluster.kube()::join);
        cluster.fakeLeases().awaitKnown(STRANGERS);
        cluster.remember();
        fakes.forEach(cluster.kube()::leave);
        cluster.lab()
                .nodes()
                .forEach(node -> cluster.kube().api().remove(node.host().name()));
        cluster.damageIsDone();
        Pause.millis(1000);
    }
}
