package jflannel.lab.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import jflannel.ip.Family;
import jflannel.lab.LabNode;
import jflannel.lab.Pause;

/// Faults of the daemon and of what it stands on.
final class DaemonFaults {
    private static final int END_SECONDS = 10;

    private DaemonFaults() {}

    static List<Fault> all() {
        return List.of(
                Fault.of("daemon-killed", "kill -9 of flanneld, restarted a second later", restart(), cluster -> {
                            cluster.node().flanneld().kill();
                            Pause.millis(1000);
                            cluster.damageIsDone();
                            start(cluster.node());
                        })
                        .with(Fault.KERNEL),
                Fault.of("daemon-ended", "SIGTERM, then a restart", restart(), cluster -> {
                            int code = cluster.node().flanneld().terminate(END_SECONDS);
                            if (code != 0) {
                                throw new IOException("flanneld ended with exit code " + code + ", not 0");
                            }
                            start(cluster.node());
                        })
                        .with(Fault.KERNEL),
                Fault.of("daemons-restarted", "all daemons are killed and start at once", restart(), cluster -> {
                            cluster.lab()
                                    .nodes()
                                    .forEach(node -> node.flanneld().kill());
                            for (LabNode node : cluster.lab().nodes()) {
                                node.startFlanneld();
                            }
                            for (LabNode node : cluster.lab().nodes()) {
                                node.awaitReady();
                            }
                        })
                        .with(Fault.KERNEL),
                Fault.of(
                                "daemon-killed-udp",
                                "kill -9 of a flanneld that carries the packets itself, then a restart",
                                new FaultBudget(3000, Duration.ofSeconds(3)),
                                cluster -> {
                                    cluster.node().flanneld().kill();
                                    start(cluster.node());
                                })
                        .with(Fault.UDP),
                Fault.of(
                                "address-shared",
                                "a daemon runs with another node's public address for a while, which must be reported",
                                new FaultBudget(40_000, Duration.ofSeconds(20)),
                                DaemonFaults::shareAddress)
                        .with(Fault.VXLAN),
                Fault.of("disk-full", "no room for subnet.env", FaultBudget.nothingLost(12), DaemonFaults::fillDisk),
                Fault.of(
                        "forwarding-off",
                        "net.ipv4.ip_forward is set to 0 for two seconds, which must be reported",
                        new FaultBudget(30_000, Duration.ofSeconds(2)),
                        cluster -> stopForwarding(cluster, "net.ipv4.ip_forward")),
                Fault.of(
                                "forwarding-off-ipv6",
                                "the same with net.ipv6.conf.all.forwarding",
                                new FaultBudget(30_000, Duration.ofSeconds(2)),
                                cluster -> stopForwarding(cluster, "net.ipv6.conf.all.forwarding"))
                        .withIpv6());
    }

    private static FaultBudget restart() {
        return FaultBudget.nothingLost(5);
    }

    static void start(LabNode node) throws IOException {
        node.startFlanneld();
        node.awaitReady();
    }

    private static void shareAddress(LabCluster cluster) throws IOException {
        LabNode other = cluster.other();
        other.flanneld().terminate(END_SECONDS);
        List<String> shared = cluster.families().stream()
                .map(family -> (family == Family.IPV4 ? "--public-ip=" : "--public-ipv6=")
                        + cluster.node().address(family))
                .toList();
        other.startFlanneld(shared.toArray(String[]::new));
        boolean reported = LabCluster.await(
                15, () -> cluster.node().flanneld().output().contains("it has this node's own address"));
        Pause.millis(3000);
        other.flanneld().terminate(END_SECONDS);
        cluster.damageIsDone();
        start(other);
        if (!reported) {
            throw new IOException(cluster.node().host().name() + " does not say that another node uses its address");
        }
    }

    private static void fillDisk(LabCluster cluster) throws IOException {
        LabNode node = cluster.node();
        node.sh("mount -t tmpfs -o size=64k tmpfs /run/flannel; dd if=/dev/zero of=/run/flannel/full bs=4k 2>/dev/null"
                + " || :");
        boolean reported = LabCluster.await(15, () -> LabCluster.readiness(node).contains("[-] subnet file"));
        node.sh("rm /run/flannel/full");
        cluster.damageIsDone();
        boolean repaired = LabCluster.await(
                15, () -> node.sh("cat /run/flannel/subnet.env || :").contains("FLANNEL_MTU"));
        node.sh("umount /run/flannel");
        if (!reported || !repaired) {
            throw new IOException(
                    reported ? "subnet.env was not written again" : "/readyz does not tell of a full disk");
        }
    }

    private static void stopForwarding(LabCluster cluster, String setting) throws IOException {
        LabNode node = cluster.node();
        String file = "/proc/sys/" + setting.replace('.', '/');
        node.sh("echo 0 > " + file);
        boolean reported = LabCluster.await(15, () -> LabCluster.readiness(node).contains(setting));
        node.sh("echo 1 > " + file);
        cluster.damageIsDone();
        if (!reported) {
            throw new IOException("/readyz?verbose does not tell that this node does not forward");
        }
    }
}
