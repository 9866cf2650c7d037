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

/// Jumps of the time of day, see [WallClock]. Nobody should notice.
final class ClockFaults {
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration NEAR = Duration.ofMinutes(1);
    private static final int END_OF_LEASE_SECONDS = 30;
    /// Longer than a lease of [Stage#CLOCKS].
    private static final int A_WHILE_MILLIS = 6000;

    private ClockFaults() {}

    static List<Fault> all() {
        return List.of(
                Fault.of(
                                "clock-jumps",
                                "all nodes' clocks jump by an hour, a day, and a day back, while leases are renewed",
                                Promise.nothingLost(5),
                                ClockFaults::jump)
                        .on(Stage.CLOCKS),
                Fault.of(
                                "clock-jumps-with-held-peer",
                                "a node's clock jumps by a day and back while it holds a peer whose lease ran out",
                                Promise.nothingLost(20),
                                ClockFaults::jumpWithHeldPeer)
                        .on(Stage.CLOCKS)
                        .until(site -> site.isAsBefore() && site.areAllEnrolled()),
                Fault.of(
                                "clock-back-at-start",
                                "a daemon starts without the store, a day before its state file was written",
                                Promise.nothingLost(10),
                                ClockFaults::startYesterday)
                        .on(Stage.CLOCKS)
                        .with(Fault.KERNEL)
                        .until(site -> site.isAsBefore() && site.areAllEnrolled()),
                Fault.of(
                                "clock-before-certificates",
                                "the clock is a year late, so the store's certificate is not valid yet, and put right",
                                Promise.nothingLost(20),
                                ClockFaults::jumpBeforeCertificates)
                        .on(Stage.SECURE_CLOCKS)
                        .with(Fault.KERNEL));
    }

    private static void set(Site site, Duration ahead) throws IOException {
        for (LabNode node : site.lab().nodes()) {
            WallClock.set(node, ahead);
        }
    }

    private static void jump(Site site) throws IOException {
        String before = leases(site);
        for (Duration ahead : List.of(Duration.ofHours(1), DAY, DAY.negated(), Duration.ZERO)) {
            set(site, ahead);
            Pause.millis(A_WHILE_MILLIS);
            expectClock(site.node(), ahead);
        }
        site.damageIsDone();
        String after = leases(site);
        if (!before.equals(after)) {
            throw new IOException("leases were lost: the keys were made in revisions " + before + ", now " + after);
        }
    }

    /// That the daemon sees it, by the date that its health server gives.
    private static void expectClock(LabNode node, Duration ahead) throws IOException {
        String date = node.sh("curl -s -m 2 -D - -o /dev/null http://127.0.0.1:" + Site.HEALTH_PORT + "/healthz"
                + " | tr -d '\\r' | sed -n 's/^Date: //p'");
        Instant told =
                ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
        Duration off = Duration.between(Instant.now().plus(ahead), told).abs();
        if (off.compareTo(NEAR) > 0) {
            throw new IOException("libfaketime does not set flanneld's clock: it says " + date);
        }
    }

    /// When the keys of all leases were made, as revisions of the store.
    private static String leases(Site site) throws IOException {
        return site.storeHost()
                .sh("ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 get --prefix " + LabStore.PREFIX
                        + "/subnets/ -w json | grep -o '\"create_revision\":[0-9]*'");
    }

    private static void jumpWithHeldPeer(Site site) throws IOException {
        LabNode other = site.other();
        site.cutFromStore(other, true);
        boolean held = Site.await(
                END_OF_LEASE_SECONDS, () -> Site.readiness(site.node()).contains("kept though the store has lost"));
        WallClock.set(site.node(), DAY);
        Pause.millis(A_WHILE_MILLIS);
        WallClock.set(site.node(), Duration.ZERO);
        Pause.millis(1000);
        site.cutFromStore(other, false);
        site.damageIsDone();
        if (!held) {
            throw new IOException(site.node().host().name() + " does not say that it holds a peer");
        }
    }

    private static void startYesterday(Site site) throws IOException {
        LabNode node = site.node();
        site.lab().store().kill();
        node.flanneld().kill();
        WallClock.set(node, DAY.negated());
        node.startFlanneld();
        boolean remembers = Site.await(10, () -> Site.readiness(node).contains("[!] store"));
        WallClock.set(node, Duration.ZERO);
        site.lab().store().start();
        site.damageIsDone();
        if (!remembers) {
            throw new IOException("the node does not go on with what it remembers");
        }
    }

    private static void jumpBeforeCertificates(Site site) throws IOException {
        set(site, Duration.ofDays(-365));
        site.secureStore().restart();
        Pause.millis(A_WHILE_MILLIS);
        set(site, Duration.ZERO);
        site.damageIsDone();
        site.strangers().comeAndGo(site.secureStore()::put, site.secureStore()::delete);
    }
}
