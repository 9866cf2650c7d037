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
                Fault.of("daemon-killed", "kill -9 of flanneld, started again a second later", restart(), site -> {
                            site.node().flanneld().kill();
                            Pause.millis(1000);
                            site.damageIsDone();
                            start(site.node());
                        })
                        .with(Fault.KERNEL),
                Fault.of("daemon-ended", "SIGTERM, then a start", restart(), site -> {
                            int code = site.node().flanneld().terminate(END_SECONDS);
                            if (code != 0) {
                                throw new IOException("flanneld ended with exit code " + code + ", not 0");
                            }
                            start(site.node());
                        })
                        .with(Fault.KERNEL),
                Fault.of("daemons-restarted", "all daemons are killed and start at once", restart(), site -> {
                            site.lab().nodes().forEach(node -> node.flanneld().kill());
                            for (LabNode node : site.lab().nodes()) {
                                node.startFlanneld();
                            }
                            for (LabNode node : site.lab().nodes()) {
                                node.awaitReady();
                            }
                        })
                        .with(Fault.KERNEL),
                Fault.of(
                                "daemon-killed-udp",
                                "kill -9 of the flanneld that carries the packets itself, and a start",
                                new Promise(3000, Duration.ofSeconds(3)),
                                site -> {
                                    site.node().flanneld().kill();
                                    start(site.node());
                                })
                        .with(Fault.UDP),
                Fault.of(
                                "address-shared",
                                "a daemon runs with another node's public address for a while: an operator's mistake, so"
                                        + " it is told",
                                new Promise(40_000, Duration.ofSeconds(20)),
                                DaemonFaults::shareAddress)
                        .with(Fault.VXLAN),
                Fault.of("disk-full", "no room for subnet.env", Promise.nothingLost(12), DaemonFaults::fillDisk),
                Fault.of(
                        "forwarding-off",
                        "net.ipv4.ip_forward is set to 0 for two seconds: an operator's business, so it is told",
                        new Promise(30_000, Duration.ofSeconds(2)),
                        site -> stopForwarding(site, "net.ipv4.ip_forward")),
                Fault.of(
                                "forwarding-off-ipv6",
                                "the same with net.ipv6.conf.all.forwarding",
                                new Promise(30_000, Duration.ofSeconds(2)),
                                site -> stopForwarding(site, "net.ipv6.conf.all.forwarding"))
                        .withIpv6());
    }

    private static Promise restart() {
        return Promise.nothingLost(5);
    }

    static void start(LabNode node) throws IOException {
        node.startFlanneld();
        node.awaitReady();
    }

    private static void shareAddress(Site site) throws IOException {
        LabNode other = site.other();
        other.flanneld().terminate(END_SECONDS);
        List<String> shared = site.families().stream()
                .map(family -> (family == Family.IPV4 ? "--public-ip=" : "--public-ipv6=")
                        + site.node().address(family))
                .toList();
        other.startFlanneld(shared.toArray(String[]::new));
        boolean told = Site.await(15, () -> site.node().flanneld().output().contains("another node uses the"));
        Pause.millis(3000);
        other.flanneld().terminate(END_SECONDS);
        site.damageIsDone();
        start(other);
        if (!told) {
            throw new IOException(site.node().host().name() + " does not say that another node uses its address");
        }
    }

    private static void fillDisk(Site site) throws IOException {
        LabNode node = site.node();
        node.sh("mount -t tmpfs -o size=64k tmpfs /run/flannel; dd if=/dev/zero of=/run/flannel/full bs=4k 2>/dev/null"
                + " || :");
        boolean told = Site.await(15, () -> Site.readiness(node).contains("[-] subnet file"));
        node.sh("rm /run/flannel/full");
        site.damageIsDone();
        boolean repaired =
                Site.await(15, () -> node.sh("cat /run/flannel/subnet.env || :").contains("FLANNEL_MTU"));
        node.sh("umount /run/flannel");
        if (!told || !repaired) {
            throw new IOException(told ? "subnet.env was not written again" : "/readyz does not tell of a full disk");
        }
    }

    private static void stopForwarding(Site site, String setting) throws IOException {
        LabNode node = site.node();
        String file = "/proc/sys/" + setting.replace('.', '/');
        node.sh("echo 0 > " + file);
        boolean told = Site.await(15, () -> Site.readiness(node).contains(setting));
        node.sh("echo 1 > " + file);
        site.damageIsDone();
        if (!told) {
            throw new IOException("/readyz?verbose does not tell that this node does not forward");
        }
    }
}
