package jflannel.lab.faults;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import jflannel.lab.LabNode;
import jflannel.lab.LabStore;
import jflannel.lab.Pause;

/// Jumps of the time of day, see [FakeClock], which nobody should notice.
final class ClockFaults {
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration NEAR = Duration.ofMinutes(1);
    private static final int END_OF_LEASE_SECONDS = 30;
    /// Longer than a lease of [ClusterSpec#CLOCKS].
    private static final int A_WHILE_MILLIS = 6000;

    private ClockFaults() {}

    static List<Fault> all() {
        return faults().stream().map(fault -> fault.in(LeaseStoreKind.ETCD)).toList();
    }

    private static List<Fault> faults() {
        return List.of(
                Fault.of(
                                "clock-jumps",
                                "all nodes' clocks jump by an hour, a day, and a day back, while leases are renewed",
                                FaultBudget.nothingLost(5),
                                ClockFaults::jump)
                        .on(ClusterSpec.CLOCKS),
                Fault.of(
                                "clock-jumps-with-held-peer",
                                "a node's clock jumps by a day and back while it holds a peer whose lease expired",
                                FaultBudget.nothingLost(20),
                                ClockFaults::jumpWithHeldPeer)
                        .on(ClusterSpec.CLOCKS)
                        .until(cluster -> cluster.isAsBefore() && cluster.areAllEnrolled()),
                Fault.of(
                                "clock-back-at-start",
                                "a daemon starts without the store, a day before its state file was written",
                                FaultBudget.nothingLost(10),
                                ClockFaults::startYesterday)
                        .on(ClusterSpec.CLOCKS)
                        .with(Fault.KERNEL)
                        .until(cluster -> cluster.isAsBefore() && cluster.areAllEnrolled()),
                Fault.of(
                                "clock-before-certificates",
                                "the clock is a year behind, so the store's certificate is not valid yet, then right",
                                FaultBudget.nothingLost(20),
                                ClockFaults::jumpBeforeCertificates)
                        .on(ClusterSpec.SECURE_CLOCKS)
                        .with(Fault.KERNEL));
    }

    private static void set(LabCluster cluster, Duration ahead) throws IOException {
        for (LabNode node : cluster.lab().nodes()) {
            FakeClock.set(node, ahead);
        }
    }

    private static void jump(LabCluster cluster) throws IOException {
        String before = leases(cluster);
        for (Duration ahead : List.of(Duration.ofHours(1), DAY, DAY.negated(), Duration.ZERO)) {
            set(cluster, ahead);
            Pause.millis(A_WHILE_MILLIS);
            expectClock(cluster.node(), ahead);
        }
        cluster.damageIsDone();
        String after = leases(cluster);
        if (!before.equals(after)) {
            throw new IOException("leases were lost: the keys were made in revisions " + before + ", now " + after);
        }
    }

    /// Checks that the daemon sees it, by the date in its health server's answers.
    private static void expectClock(LabNode node, Duration ahead) throws IOException {
        String date = node.sh("curl -s -m 2 -D - -o /dev/null http://127.0.0.1:" + LabCluster.HEALTH_PORT + "/healthz"
                + " | tr -d '\\r' | sed -n 's/^Date: //p'");
        Instant seen =
                ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
        Duration off = Duration.between(Instant.now().plus(ahead), seen).abs();
        if (off.compareTo(NEAR) > 0) {
            throw new IOException("libfaketime does not set flanneld's clock: it says " + date);
        }
    }

    /// When the keys of all leases were made, as revisions of the store.
    private static String leases(LabCluster cluster) throws IOException {
        return cluster.storeHost()
                .sh("ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 get --prefix " + LabStore.PREFIX
                        + "/subnets/ -w json | grep -o '\"create_revision\":[0-9]*'");
    }

    private static void jumpWithHeldPeer(LabCluster cluster) throws IOException {
        LabNode other = cluster.other();
        cluster.cutFromStore(other, true);
        boolean held = LabCluster.await(
                END_OF_LEASE_SECONDS,
                () -> LabCluster.readiness(cluster.node()).contains("kept although the store has lost"));
        FakeClock.set(cluster.node(), DAY);
        Pause.millis(A_WHILE_MILLIS);
        FakeClock.set(cluster.node(), Duration.ZERO);
        Pause.millis(1000);
        cluster.cutFromStore(other, false);
        cluster.damageIsDone();
        if (!held) {
            throw new IOException(cluster.node().host().name() + " does not say that it holds a peer");
        }
    }

    private static void startYesterday(LabCluster cluster) throws IOException {
        LabNode node = cluster.node();
        cluster.lab().store().kill();
        node.flanneld().kill();
        FakeClock.set(node, DAY.negated());
        node.startFlanneld();
        boolean remembers =
                LabCluster.await(10, () -> LabCluster.readiness(node).contains("[!] store"));
        FakeClock.set(node, Duration.ZERO);
        cluster.lab().store().start();
        cluster.damageIsDone();
        if (!remembers) {
            throw new IOException("the node does not go on with what it remembers");
        }
    }

    private static void jumpBeforeCertificates(LabCluster cluster) throws IOException {
        set(cluster, Duration.ofDays(-365));
        cluster.tlsEtcd().restart();
        Pause.millis(A_WHILE_MILLIS);
        set(cluster, Duration.ZERO);
        cluster.damageIsDone();
        cluster.fakeLeases().comeAndGo(cluster.tlsEtcd()::put, cluster.tlsEtcd()::delete);
    }
}
