package jflannel.etcd;

import static jflannel.etcd.Nodes.SUBNETS;
import static jflannel.etcd.Nodes.announcement;
import static jflannel.etcd.Nodes.etcdctl;
import static jflannel.etcd.Nodes.eventually;
import static jflannel.etcd.Nodes.put;
import static jflannel.etcd.Nodes.settings;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.StoreFigures;
import jflannel.status.Board;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Peers have subnets above 10.5.100.0: a node takes one at random of the lowest hundred.
@ExtendWith(OwnNetns.class)
class WatchIT {
    private static final String CONFIG = "{\"Network\":\"10.5.0.0/16\"}";
    private static final String PEER = "{\"PublicIP\":\"192.0.2.9\",\"BackendType\":\"host-gw\"}";

    @TempDir
    Path directory;

    @Test
    void reportsAllPeersFirstAndThenEachChange() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            put(SUBNETS + "10.5.209.0-24", PEER);
            Nodes.Node node = nodes.node("192.0.2.1");
            eventually(() -> assertThat(node.peers()).containsExactly("10.5.209.0/24"));
            Nodes.Node second = nodes.node("192.0.2.2");
            eventually(() -> assertThat(node.addresses()).containsExactlyInAnyOrder("192.0.2.9", "192.0.2.2"));
            put(SUBNETS + "10.5.209.0-24", PEER.replace("2.9", "2.8"));
            eventually(() -> assertThat(node.addresses()).containsExactlyInAnyOrder("192.0.2.8", "192.0.2.2"));
            etcdctl("del " + SUBNETS + "10.5.209.0-24");
            eventually(
                    () -> assertThat(node.peers()).containsExactly(second.own().words()));
            assertThat(node.events)
                    .hasSize(4)
                    .satisfies(events -> assertThat(events.getFirst()).isInstanceOf(LeaseEvent.Resync.class))
                    .noneMatch(event -> event instanceof LeaseEvent.Put(Lease lease)
                            && lease.cidrs().equals(node.own().cidrs()));
        }
    }

    @Test
    void leavesOutWhatIsNoLeaseAndReportsTheRest() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            put(SUBNETS + "garbage", "garbage");
            put(SUBNETS + "10.5.3.0-24", "garbage");
            put(SUBNETS + "10.5.4.0-24", "{\"PublicIP\":\"224.0.0.1\"}");
            put(SUBNETS + "10.5.5.0-24", "{}");
            put(SUBNETS + "10.5.6.1-24", PEER);
            put(SUBNETS + "10.5.7.0-24/more", PEER);
            put(SUBNETS + "10.99.7.0-24", PEER);
            put(SUBNETS + "0.0.0.0-0", PEER);
            put(SUBNETS + "10.5.209.0-24", PEER);
            put(SUBNETS + "10.5.209.0-25", PEER.replace("2.9", "2.7"));
            Nodes.Node node = nodes.node("192.0.2.1");
            eventually(() -> assertThat(node.peers()).containsExactly("10.5.209.0/24"));
            put(SUBNETS + "more garbage", "garbage");
            put(SUBNETS + "10.5.210.0-24", PEER);
            eventually(() -> assertThat(node.peers()).containsExactlyInAnyOrder("10.5.209.0/24", "10.5.210.0/24"));
            assertThat(node.own().words()).isNotIn("10.5.3.0/24", "10.5.4.0/24", "10.5.5.0/24");
        }
    }

    @Test
    void takesADeletedLeaseAgainAtOnce() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node node = nodes.node("192.0.2.1");
            eventually(() -> assertThat(node.events).hasSize(1));
            etcdctl("del " + node.key());
            org.awaitility.Awaitility.await()
                    .atMost(Duration.ofSeconds(1))
                    .pollInSameThread()
                    .untilAsserted(() -> assertThat(Nodes.get(node.key())).contains("192.0.2.1"));
            assertThat(Nodes.etcdLease(node.key())).isNotEqualTo("0");
            assertThat(node.events).hasSize(1);
        }
    }

    @Test
    void takesAnotherSubnetWhenAnotherNodeWroteItsAddressIntoTheLease() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node node = nodes.node("192.0.2.1");
            eventually(() -> assertThat(node.events).hasSize(1));
            String lost = node.own().words();
            put(node.key(), PEER);
            eventually(() -> {
                assertThat(node.own().words()).isNotEqualTo(lost);
                assertThat(node.peers()).containsExactly(lost);
            });
            assertThat(Nodes.get(node.key())).contains("192.0.2.1");
        }
    }

    @Test
    void givesWayToAnOlderLeaseThatOverlapsItsOwn() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            put(SUBNETS + "10.5.209.0-25", PEER);
            put(SUBNETS + "10.5.209.0-24", PEER.replace("2.9", "2.1"));
            Nodes.Node node = nodes.node("192.0.2.1");
            eventually(() -> assertThat(node.peers()).containsExactly("10.5.209.0/25"));
            assertThat(node.own().words()).isNotEqualTo("10.5.209.0/24");
        }
    }

    @Test
    void writesBackWhatSomebodyElseChangedInItsLease() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node node = nodes.node("192.0.2.1");
            eventually(() -> assertThat(node.events).hasSize(1));
            String value = Nodes.get(node.key());
            put(node.key(), "{\"PublicIP\":\"192.0.2.1\"}");
            eventually(() -> assertThat(Nodes.get(node.key())).isEqualTo(value));
        }
    }

    @Test
    void goesOnWhenEtcdIsRestarted() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node node = nodes.node("192.0.2.1");
            StoreFigures figures = node.leases.figures();
            eventually(() -> assertThat(figures.watchAge()).isPresent());
            assertThat(node.events).hasSize(1);
            assertThat(figures.reconnects()).isZero();
            nodes.etcd.stop();
            eventually(() -> assertThat(figures.watchAge()).isEmpty());
            nodes.etcd.start();
            put(SUBNETS + "10.5.209.0-24", PEER);
            eventually(() -> assertThat(node.peers()).containsExactly("10.5.209.0/24"));
            assertThat(node.events).as("nothing was missed, so no resync").hasSize(2);
            assertThat(figures.reconnects()).isEqualTo(1);
            assertThat(figures.watchAge()).isPresent();
        }
    }

    @Test
    void writesItsLeaseAnewWhenEtcdComesBackEmpty() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            put(SUBNETS + "10.5.209.0-24", PEER);
            Nodes.Node node = nodes.node("192.0.2.1");
            eventually(() -> assertThat(node.peers()).isNotEmpty());
            nodes.etcd.kill();
            nodes.etcd.forgetAll();
            nodes.etcd.start();
            eventually(() -> {
                assertThat(Nodes.get(node.key())).contains("192.0.2.1");
                assertThat(node.peers()).isEmpty();
            });
            put(SUBNETS + "10.5.210.0-24", PEER);
            eventually(() -> assertThat(node.peers()).containsExactly("10.5.210.0/24"));
        }
    }

    @Test
    void noticesAnEmptyEtcdThatHasAlreadyCountedFurther() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG);
                Cable cable = new Cable(2379)) {
            put(SUBNETS + "10.5.209.0-24", PEER);
            Nodes.Node node =
                    nodes.node(TestSettings.of(List.of(cable.url()), Nodes.PREFIX), announcement("192.0.2.1"));
            eventually(() -> assertThat(node.peers()).isNotEmpty());
            cable.cut();
            nodes.etcd.kill();
            nodes.etcd.forgetAll();
            nodes.etcd.start();
            for (int i = 0; i < 20; i++) {
                put("/other", "x");
            }
            cable.mend();
            eventually(() -> {
                assertThat(Nodes.get(node.key())).contains("192.0.2.1");
                assertThat(node.peers()).isEmpty();
            });
        }
    }

    @Test
    void readsAllLeasesAgainWhenTheHistoryWasCompactedMeanwhile() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG);
                Cable cable = new Cable(2379)) {
            put(SUBNETS + "10.5.209.0-24", PEER);
            put(SUBNETS + "10.5.208.0-24", PEER.replace("2.9", "2.8"));
            Nodes.Node node =
                    nodes.node(TestSettings.of(List.of(cable.url()), Nodes.PREFIX), announcement("192.0.2.1"));
            eventually(() -> assertThat(node.peers()).hasSize(2));
            cable.cut();
            etcdctl("del " + SUBNETS + "10.5.209.0-24");
            put(SUBNETS + "10.5.208.0-24", PEER.replace("2.9", "2.7"));
            put("/other", "x");
            etcdctl("compact $(ETCDCTL_API=3 etcdctl get -w json /other"
                    + " | sed 's/.*\"mod_revision\":\\([0-9]*\\).*/\\1/')");
            cable.mend();
            eventually(() -> assertThat(node.addresses()).containsExactly("192.0.2.7"));
            assertThat(node.events.getLast()).isInstanceOf(LeaseEvent.Resync.class);
            put(SUBNETS + "10.5.210.0-24", PEER);
            eventually(() -> assertThat(node.addresses()).containsExactlyInAnyOrder("192.0.2.7", "192.0.2.9"));
        }
    }

    @Test
    void noticesADeletionThatEtcdForgotInACompactionMeanwhile() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG);
                Cable cable = new Cable(2379)) {
            Nodes.Node node =
                    nodes.node(TestSettings.of(List.of(cable.url()), Nodes.PREFIX), announcement("192.0.2.1"));
            put(SUBNETS + "10.5.209.0-24", PEER);
            eventually(() -> assertThat(node.peers()).containsExactly("10.5.209.0/24"));
            cable.cut();
            etcdctl("del " + SUBNETS + "10.5.209.0-24");
            etcdctl("compact --physical $(ETCDCTL_API=3 etcdctl get -w json /other"
                    + " | sed 's/.*\"revision\":\\([0-9]*\\).*/\\1/')"); // the very revision of the deletion
            cable.mend();
            eventually(() -> assertThat(node.peers()).isEmpty());
        }
    }

    @Test
    void renewsWithoutAnybodyNoticing() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node watching = nodes.node("192.0.2.1");
            Nodes.Node node = nodes.node(
                    settings().withLeaseTime(Duration.ofSeconds(3), Duration.ofSeconds(2)), announcement("192.0.2.2"));
            eventually(() -> assertThat(watching.peers()).hasSize(1));
            int before = watching.events.size();
            Thread.sleep(5_000); // well beyond the time of the lease
            assertThat(Nodes.get(node.key())).contains("192.0.2.2");
            assertThat(watching.events).hasSize(before);
        }
    }

    @Test
    void takesTheSameSubnetAgainAfterItsLeaseHasEnded() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG);
                Cable cable = new Cable(2379)) {
            Nodes.Node node = nodes.node(
                    TestSettings.of(List.of(cable.url()), Nodes.PREFIX)
                            .withLeaseTime(Duration.ofSeconds(2), Duration.ofSeconds(1)),
                    announcement("192.0.2.1"));
            eventually(() -> assertThat(node.events).hasSize(1));
            String subnet = node.own().words();
            cable.cut();
            eventually(() -> assertThat(Nodes.keys()).isEmpty());
            cable.mend();
            eventually(() -> assertThat(Nodes.keys()).hasSize(1));
            assertThat(node.own().words()).isEqualTo(subnet);
        }
    }

    @Test
    void takesAnotherSubnetWhenItsOwnWasGivenAwayAfterItsLeaseHadEnded() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG);
                Cable cable = new Cable(2379)) {
            Nodes.Node node = nodes.node(
                    TestSettings.of(List.of(cable.url()), Nodes.PREFIX)
                            .withLeaseTime(Duration.ofSeconds(2), Duration.ofSeconds(1)),
                    announcement("192.0.2.1"));
            eventually(() -> assertThat(node.events).hasSize(1));
            String subnet = node.own().words();
            cable.cut();
            eventually(() -> assertThat(Nodes.keys()).isEmpty());
            put(node.key(), PEER);
            cable.mend();
            eventually(() -> assertThat(node.peers()).containsExactly(subnet));
            assertThat(node.own().words()).isNotEqualTo(subnet);
            assertThat(node.events).anyMatch(LeaseEvent.Moved.class::isInstance);
        }
    }

    @Test
    void survivesAFrozenEtcd() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node node = nodes.node(
                    settings().withLeaseTime(Duration.ofSeconds(2), Duration.ofSeconds(1)), announcement("192.0.2.1"));
            eventually(() -> assertThat(node.events).hasSize(1));
            String subnet = node.own().words();
            nodes.etcd.freeze();
            Thread.sleep(4_000); // longer than the lease
            nodes.etcd.thaw();
            put(SUBNETS + "10.5.250.0-24", PEER);
            eventually(() -> assertThat(node.peers()).containsExactly("10.5.250.0/24"));
            eventually(() -> assertThat(Nodes.get(node.key())).contains("192.0.2.1"));
            assertThat(node.own().words()).isEqualTo(subnet);
        }
    }

    @Test
    void neverRenewsAReservation() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            put(SUBNETS + "10.5.34.0-24", "{\"PublicIP\":\"192.0.2.1\"}");
            Nodes.Node node = nodes.node(
                    settings().withLeaseTime(Duration.ofSeconds(2), Duration.ofSeconds(1)), announcement("192.0.2.1"));
            Thread.sleep(3_000); // longer than a lease would last
            assertThat(Nodes.etcdLease(node.key())).isEqualTo("0");
            assertThat(node.own().words()).isEqualTo("10.5.34.0/24");
        }
    }

    @Test
    void watchesNothingOnceItIsClosed() throws Exception {
        try (Nodes _ = new Nodes(directory, CONFIG)) {
            EtcdLeases leases = new EtcdLeases(settings().all(), new Board());
            Lease own = leases.acquire(leases.networkConfig(), announcement("192.0.2.1"), List.of());
            leases.close();
            leases.watch(own, event -> {});
            assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .doesNotContain("etcd-leases", "etcd-config");
        }
    }
}
