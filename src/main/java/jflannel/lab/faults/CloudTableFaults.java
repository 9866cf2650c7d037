package jflannel.lab.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import jflannel.lab.LabCloud;
import jflannel.lab.LabNode;
import jflannel.lab.Pause;
import jflannel.lab.Scenario;
import jflannel.lab.cloud.CloudFaults;

/// Faults of a cloud that routes the packets, and of its API. The lab's nodes look at the table every five seconds,
/// give or take a tenth.
final class CloudTableFaults {
    static final EnumSet<Scenario> CLOUDS =
            EnumSet.of(Scenario.AWS_VPC, Scenario.GCE, Scenario.TENCENT_VPC, Scenario.ALI_VPC);
    /// Enough for two refusals.
    private static final int TROUBLE_MILLIS = 12_000;

    private static final int REPORT_SECONDS = 20;

    private CloudTableFaults() {}

    static List<Fault> all() {
        return List.of(
                of(
                        "cloud-route-deleted",
                        "somebody deletes a node's route from the cloud's table",
                        new FaultBudget(6500, Duration.ofSeconds(7)),
                        cluster -> cloud(cluster).deleteRoutesOf(cluster.node())),
                of(
                        "cloud-throttles",
                        "the cloud refuses all calls for twelve seconds, which must be reported",
                        FaultBudget.nothingLost(20),
                        cluster -> trouble(
                                cluster,
                                "cloud-throttled",
                                faults -> faults.throttleAll(true),
                                faults -> faults.throttleAll(false))),
                of(
                        "cloud-api-down",
                        "the cloud's API drops all connections for twelve seconds, which must be reported",
                        FaultBudget.nothingLost(20),
                        cluster -> trouble(
                                cluster,
                                "cloud-failing",
                                faults -> faults.takeDown(true),
                                faults -> faults.takeDown(false))),
                of(
                        "cloud-api-down-at-start",
                        "kill -9, and the API is down when flanneld starts again",
                        FaultBudget.nothingLost(20),
                        cluster ->
                                restartIn(cluster, faults -> faults.takeDown(true), faults -> faults.takeDown(false))),
                of(
                        "cloud-metadata-silent",
                        "kill -9, and the metadata service takes requests and answers none when flanneld starts again",
                        FaultBudget.nothingLost(35),
                        cluster -> restartIn(cluster, faults -> faults.silence(true), faults -> faults.silence(false))),
                of("cloud-daemon-killed", "kill -9, then a restart", FaultBudget.nothingLost(5), cluster -> {
                    cluster.node().flanneld().kill();
                    DaemonFaults.start(cluster.node());
                }),
                of(
                                "cloud-machine-replaced",
                                "a new machine takes over a node's addresses, and its flanneld starts",
                                new FaultBudget(8000, Duration.ofSeconds(10)),
                                cluster -> {
                                    cluster.node().flanneld().kill();
                                    cloud(cluster).replace(cluster.node());
                                    DaemonFaults.start(cluster.node());
                                })
                        .spoiling());
    }

    private static Fault of(String name, String summary, FaultBudget budget, Fault.Action action) {
        return new Fault(
                name,
                summary,
                setup -> CLOUDS.contains(setup.scenario()),
                ClusterSpec.PLAIN,
                EnumSet.of(LeaseStoreKind.ETCD),
                budget,
                action,
                LabCluster::isAsBefore,
                false);
    }

    private static LabCloud cloud(LabCluster cluster) {
        return cluster.lab().cloud().orElseThrow();
    }

    private interface Change {
        void make(CloudFaults faults);
    }

    private static void trouble(LabCluster cluster, String condition, Change begin, Change end) throws IOException {
        CloudFaults faults = cloud(cluster).faults();
        begin.make(faults);
        boolean reported =
                LabCluster.await(REPORT_SECONDS, () -> status(cluster).contains(condition));
        Pause.millis(TROUBLE_MILLIS);
        end.make(faults);
        cluster.damageIsDone();
        boolean cleared =
                LabCluster.await(REPORT_SECONDS, () -> !status(cluster).contains(condition));
        if (!reported || !cleared) {
            throw new IOException(condition + (reported ? " does not end" : " is not reported"));
        }
    }

    private static String status(LabCluster cluster) throws IOException {
        return cluster.node().sh("cat /run/flannel/status.json");
    }

    private static void restartIn(LabCluster cluster, Change begin, Change end) throws IOException {
        LabNode node = cluster.node();
        CloudFaults faults = cloud(cluster).faults();
        node.flanneld().kill();
        begin.make(faults);
        node.startFlanneld();
        Pause.millis(TROUBLE_MILLIS);
        end.make(faults);
        cluster.damageIsDone();
        node.awaitReady();
    }
}
