package jflannel.etcd;

import static jflannel.etcd.Nodes.PREFIX;
import static jflannel.etcd.Nodes.SUBNETS;
import static jflannel.etcd.Nodes.etcdctl;
import static jflannel.etcd.Nodes.eventually;
import static jflannel.etcd.Nodes.put;
import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// What the events say beyond who is there: how a lease ended, whether a list is to be trusted, what the network is
/// now.
@ExtendWith(OwnNetns.class)
class NewsIT {
    private static final String CONFIG = "{\"Network\":\"10.5.0.0/16\"}";
    private static final String PEER = "{\"PublicIP\":\"192.0.2.%d\",\"BackendType\":\"host-gw\"}";

    @TempDir
    Path directory;

    @Test
    void aLeaseThatRanOutIsToldFromOneThatWasDeleted() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            leased("10.5.201.0-24", 1, 2);
            leased("10.5.202.0-24", 2, 600);
            put(SUBNETS + "10.5.203.0-24", PEER.formatted(13));
            Nodes.Node node = nodes.node("192.0.2.1");
            eventually(() -> assertThat(node.peers()).contains("10.5.202.0/24", "10.5.203.0/24"));
            etcdctl("del " + SUBNETS + "10.5.202.0-24");
            etcdctl("del " + SUBNETS + "10.5.203.0-24");
            eventually(() -> assertThat(node.peers()).isEmpty());
            assertThat(node.events)
                    .filteredOn(LeaseEvent.Expired.class::isInstance)
                    .singleElement()
                    .matches(event -> words(event).equals("10.5.201.0/24"));
            assertThat(node.events)
                    .filteredOn(LeaseEvent.Removed.class::isInstance)
                    .extracting(NewsIT::words)
                    .containsExactlyInAnyOrder("10.5.202.0/24", "10.5.203.0/24");
        }
    }

    @Test
    void aListOfAStoreThatForgotThisNodeIsNotTrusted() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            put(SUBNETS + "10.5.203.0-24", PEER.formatted(13));
            Nodes.Node node = nodes.node("192.0.2.1");
            eventually(() -> assertThat(resyncs(node)).hasSize(1));
            nodes.etcd.kill();
            nodes.etcd.forgetAll();
            nodes.etcd.start();
            eventually(() -> assertThat(resyncs(node))
                    .last()
                    .matches(list -> !list.trusted() && list.all().isEmpty()));
        }
    }

    @Test
    void aListOfAnOldBackupIsNotTrustedThoughTheOwnLeaseIsInIt() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node node = nodes.node("192.0.2.1");
            eventually(() -> assertThat(resyncs(node)).hasSize(1));
            nodes.etcd.stop();
            sh("cp -r " + directory + "/data " + directory + "/backup");
            nodes.etcd.start();
            put(SUBNETS + "10.5.203.0-24", PEER.formatted(13));
            eventually(() -> assertThat(node.peers()).containsExactly("10.5.203.0/24"));
            nodes.etcd.kill();
            nodes.etcd.forgetAll();
            sh("mv " + directory + "/backup " + directory + "/data");
            nodes.etcd.start();
            eventually(() -> assertThat(resyncs(node))
                    .last()
                    .matches(list -> !list.trusted() && list.all().isEmpty()));
        }
    }

    @Test
    void aListThatLacksAPeerIsTrustedIfTheOwnLeaseIsThere() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            try (EtcdLeases first = new EtcdLeases(Nodes.settings().all(), new Board())) {
                first.acquire(first.networkConfig(), Nodes.announcement("192.0.2.1"), List.of());
            }
            Nodes.Node again = nodes.node("192.0.2.1");
            eventually(() -> assertThat(resyncs(again)).first().matches(LeaseEvent.Resync::trusted));
        }
    }

    @Test
    void aChangedConfigurationIsToldAndOneThatCannotBeUsedIsNot() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node node = nodes.node("192.0.2.1");
            eventually(() -> assertThat(resyncs(node)).hasSize(1));
            put(PREFIX + "/config", CONFIG); // the same again
            put(PREFIX + "/config", "garbage");
            etcdctl("del " + PREFIX + "/config");
            put(PREFIX + "/config", "{\"Network\":\"10.5.0.0/16\",\"SubnetMax\":\"10.5.250.0\"}");
            eventually(() -> assertThat(node.events)
                    .filteredOn(LeaseEvent.Reconfigured.class::isInstance)
                    .singleElement()
                    .matches(event -> event instanceof LeaseEvent.Reconfigured(var network)
                            && network.source().text().contains("10.5.250.0")));
        }
    }

    @Test
    void aConfigurationThatCannotBeUsedIsShownUntilItIsRight() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node node = nodes.node("192.0.2.1");
            put(PREFIX + "/config", "{\"Network\":\"127.0.0.0/8\"}");
            eventually(() -> assertThat(node.board.findings())
                    .singleElement()
                    .matches(finding -> finding.condition() == Condition.CONFIGURATION_REFUSED
                            && finding.detail().contains("127.0.0.0/8")));
            etcdctl("del " + PREFIX + "/config");
            eventually(() -> assertThat(node.board.findings())
                    .singleElement()
                    .matches(finding -> finding.detail().contains("is gone")));
            put(PREFIX + "/config", CONFIG);
            eventually(() -> assertThat(node.board.findings()).isEmpty());
            assertThat(node.events).noneMatch(LeaseEvent.Reconfigured.class::isInstance);
        }
    }

    @Test
    void anOldConfigurationIsWatchedThoughItsRevisionWasCompacted() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            put("/other", "x");
            put("/other", "y");
            etcdctl("compact $(ETCDCTL_API=3 etcdctl get -w json /other"
                    + " | sed 's/.*\"mod_revision\":\\([0-9]*\\).*/\\1/')");
            Nodes.Node node = nodes.node("192.0.2.1");
            eventually(() -> assertThat(watches(node)).isEqualTo(2)); // of the leases and of the configuration
            Thread.sleep(2_000); // long enough for several attempts
            assertThat(watches(node)).isEqualTo(2);
            put(PREFIX + "/config", "{\"Network\":\"10.5.0.0/16\",\"SubnetMax\":\"10.5.250.0\"}");
            eventually(() -> assertThat(node.events).anyMatch(LeaseEvent.Reconfigured.class::isInstance));
            assertThat(watches(node)).isEqualTo(2);
        }
    }

    @Test
    void aNodeWithAnotherAddressKeepsItsSubnetIfItSaysWhichItHad() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node node = nodes.node("192.0.2.1");
            Lease former = node.own();
            node.close();
            try (EtcdLeases leases = new EtcdLeases(Nodes.settings().all(), new Board())) {
                leases.formerly(former, node.leases.receipt());
                Lease now = leases.acquire(leases.networkConfig(), Nodes.announcement("192.0.2.101"), former.cidrs());
                assertThat(now.cidrs()).isEqualTo(former.cidrs());
                assertThat(Nodes.keys()).hasSize(1);
                assertThat(Nodes.get(node.key())).contains("192.0.2.101");
            }
        }
    }

    /// Backends without an identity publish nothing but an address, which DHCP may have given to the next host.
    @Test
    void aHostThatReturnsDoesNotTakeItsSubnetFromTheOneThatGotItsAddress() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node node = nodes.node("192.0.2.1");
            Lease former = node.own();
            String receipt = node.leases.receipt();
            node.close();
            String record = Nodes.get(node.key());
            assertThat(nodes.node("192.0.2.1").own()).isEqualTo(former);
            assertThat(Nodes.get(node.key())).isEqualTo(record);
            try (EtcdLeases leases = new EtcdLeases(Nodes.settings().all(), new Board())) {
                leases.formerly(former, receipt);
                Lease now = leases.acquire(leases.networkConfig(), Nodes.announcement("192.0.2.101"), former.cidrs());
                assertThat(now.overlaps(former)).isFalse();
                assertThat(Nodes.get(node.key())).isEqualTo(record);
            }
        }
    }

    @Test
    void aHostThatReturnsToItsRecordWritesNothing() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node node = nodes.node("192.0.2.1");
            String receipt = node.leases.receipt();
            node.close();
            try (EtcdLeases leases = new EtcdLeases(Nodes.settings().all(), new Board())) {
                leases.formerly(node.own(), receipt);
                leases.acquire(
                        leases.networkConfig(),
                        Nodes.announcement("192.0.2.1"),
                        node.own().cidrs());
                assertThat(leases.receipt()).isEqualTo(receipt);
            }
        }
    }

    @Test
    void aNodeWithAnotherAddressKeepsTheSubnetThatItsDeviceAndItsSubnetFileProve() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node node = nodes.node(Nodes.settings(), identified("192.0.2.1"));
            Lease former = node.own();
            node.close();
            try (EtcdLeases leases = new EtcdLeases(Nodes.settings().all(), new Board())) {
                Lease now = leases.acquire(leases.networkConfig(), identified("192.0.2.101"), former.cidrs());
                assertThat(now.cidrs()).isEqualTo(former.cidrs());
                assertThat(Nodes.keys()).hasSize(1);
            }
        }
    }

    private static Announcement identified(String publicIp) {
        String data = "{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:01\"}";
        return new Announcement(Map.of(Family.IPV4, Ip.parse(publicIp)), "vxlan", Map.of(Family.IPV4, data));
    }

    private static void leased(String name, int number, int seconds) throws Exception {
        String lease = etcdctl("lease grant " + seconds).split(" ")[1];
        etcdctl("put --lease=" + lease + " " + SUBNETS + name + " '" + PEER.formatted(10 + number) + "'");
    }

    private static List<LeaseEvent.Resync> resyncs(Nodes.Node node) {
        return List.copyOf(node.events).stream()
                .filter(LeaseEvent.Resync.class::isInstance)
                .map(LeaseEvent.Resync.class::cast)
                .toList();
    }

    private static long watches(Nodes.Node node) {
        return node.leases.figures().requests().get("watch").count();
    }

    private static String words(LeaseEvent event) {
        return switch (event) {
            case LeaseEvent.Removed(Lease lease) -> lease.words();
            case LeaseEvent.Expired(Lease lease) -> lease.words();
            default -> "";
        };
    }
}
