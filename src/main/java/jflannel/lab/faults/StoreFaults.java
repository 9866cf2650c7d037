package jflannel.lab.faults;

import java.io.IOException;
import java.util.List;
import jflannel.ip.Family;
import jflannel.lab.LabNode;
import jflannel.lab.LabStore;
import jflannel.lab.Pause;

/// Faults of the store, and of the path to it. None may cost a packet, except when somebody deletes a lease.
final class StoreFaults {
    private static final String SUBNETS = "/coreos.com/network/subnets/";

    private StoreFaults() {}

    static List<Fault> all() {
        return faults().stream().map(fault -> fault.in(LeaseStoreKind.ETCD)).toList();
    }

    private static List<Fault> faults() {
        return List.of(
                Fault.of("etcd-killed", "kill -9 of etcd, started again after three seconds", quiet(), cluster -> {
                    cluster.lab().store().kill();
                    Pause.millis(3000);
                    cluster.lab().store().start();
                    cluster.damageIsDone();
                }),
                Fault.of(
                        "etcd-paused",
                        "etcd is frozen for eight seconds: connections stay open, without answers",
                        quiet(),
                        cluster -> {
                            cluster.lab().store().freeze();
                            Pause.millis(8000);
                            cluster.lab().store().thaw();
                            cluster.damageIsDone();
                        }),
                Fault.of(
                                "etcd-emptied",
                                "etcd loses all its data, including the configuration",
                                quiet(),
                                StoreFaults::empty)
                        .until(cluster -> cluster.isAsBefore() && cluster.areAllEnrolled()),
                Fault.of("etcd-emptied-at-start", "etcd is empty when a daemon starts", quiet(), cluster -> {
                            cluster.node().flanneld().kill();
                            empty(cluster);
                            DaemonFaults.start(cluster.node());
                        })
                        .until(cluster -> cluster.isAsBefore() && cluster.areAllEnrolled())
                        .with(Fault.KERNEL),
                Fault.of(
                                "etcd-down-at-start",
                                "a daemon starts while etcd is down, with its device lost",
                                down(),
                                StoreFaults::startWithout)
                        .with(Fault.KERNEL),
                Fault.of(
                        "etcd-compacted",
                        "a node misses changes that etcd has forgotten",
                        quiet(),
                        StoreFaults::compact),
                Fault.of(
                                "etcd-slow",
                                "every answer takes two seconds, and a node joins",
                                FaultBudget.nothingLost(10),
                                StoreFaults::slow)
                        .on(ClusterSpec.SLOW_STORE)
                        .with(Fault.KERNEL),
                Fault.of(
                                "etcd-leader-lost",
                                "the leader of three members is killed, and a node joins",
                                FaultBudget.nothingLost(15),
                                StoreFaults::loseLeader)
                        .on(ClusterSpec.THREE_STORES)
                        .with(Fault.KERNEL)
                        .spoiling(),
                Fault.of(
                                "certificates-rotated",
                                "etcd and the nodes get certificates of another CA, etcd first",
                                quiet(),
                                StoreFaults::exchangeCertificates)
                        .on(ClusterSpec.SECURE)
                        .with(Fault.KERNEL),
                Fault.of(
                                "node-cut-off",
                                "a node is cut off from the store for longer than its lease lasts",
                                quiet(),
                                StoreFaults::cutOff)
                        .on(ClusterSpec.SHORT_LEASES)
                        .until(cluster -> cluster.isAsBefore() && cluster.areAllEnrolled()),
                Fault.of(
                                "leases-vanish",
                                "all leases are deleted at once, including those of ten other nodes",
                                quiet(),
                                StoreFaults::deleteAll)
                        .with(Fault.KERNEL)
                        .spoiling(),
                Fault.of("lease-deleted", "a node's lease is deleted by hand", FaultBudget.aSecond(), cluster -> {
                            cluster.lab().store().delete(cluster.leaseKey(cluster.node()));
                            cluster.damageIsDone();
                        })
                        .until(cluster -> cluster.isAsBefore() && cluster.areAllEnrolled()),
                Fault.of(
                        "subnet-claimed-twice",
                        "another node claims part of a node's subnet",
                        quiet(),
                        StoreFaults::claimSubnet),
                Fault.of(
                        "address-claimed-twice",
                        "another lease has a node's public address",
                        quiet(),
                        StoreFaults::claimAddress));
    }

    private static FaultBudget quiet() {
        return FaultBudget.nothingLost(20);
    }

    /// The device is removed while the daemon is down, so packets are lost until it is recreated.
    private static FaultBudget down() {
        return new FaultBudget(5000, java.time.Duration.ofSeconds(5));
    }

    private static void empty(LabCluster cluster) throws IOException {
        LabStore store = cluster.lab().store();
        String config = store.get("config");
        store.kill();
        store.forget();
        store.start();
        Pause.millis(2000);
        store.put("config", config);
        cluster.damageIsDone();
    }

    private static void startWithout(LabCluster cluster) throws IOException {
        LabNode node = cluster.node();
        cluster.awaitRemembered();
        cluster.lab().store().kill();
        cluster.loseDevices(node);
        cluster.damageIsDone();
        node.startFlanneld();
        boolean works = LabCluster.await(10, cluster::isAsBefore);
        cluster.lab().store().start();
        boolean noticed = LabCluster.await(20, () -> !LabCluster.readiness(node).contains("[!] store"));
        if (!works || !noticed) {
            throw new IOException(works ? "the store's return was not noticed" : "not as before without the store");
        }
    }

    private static void compact(LabCluster cluster) throws IOException {
        LabStore store = cluster.lab().store();
        cluster.cutFromStore(cluster.node(), true);
        store.kill();
        store.start();
        for (int i = 0; i < 5; i++) {
            store.put(
                    cluster.fakeLeases().key(FakeLeases.NEWCOMER),
                    cluster.fakeLeases().lease(150 + i));
        }
        store.delete(cluster.fakeLeases().key(FakeLeases.NEWCOMER));
        store.host()
                .sh("r=$(ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 get x -w json"
                        + " | sed 's/.*\"revision\":\\([0-9]*\\).*/\\1/')"
                        + " && ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 compact $r");
        cluster.damageIsDone();
        cluster.cutFromStore(cluster.node(), false);
    }

    private static void slow(LabCluster cluster) throws IOException {
        cluster.delayProxy().delay(2000);
        cluster.damageIsDone();
        cluster.fakeLeases().comeAndGo(cluster.lab().store()::put, key -> {
            cluster.delayProxy().delay(0);
            cluster.lab().store().delete(key);
        });
    }

    private static void loseLeader(LabCluster cluster) throws IOException {
        EtcdCluster stores = cluster.etcdCluster();
        stores.leader().kill();
        cluster.damageIsDone();
        cluster.fakeLeases().comeAndGo(stores::put, stores::delete);
    }

    private static void exchangeCertificates(LabCluster cluster) throws IOException {
        cluster.tlsEtcd().exchangeAuthority();
        for (LabNode node : cluster.lab().nodes()) {
            cluster.tlsEtcd().giveCertificates(node);
        }
        cluster.damageIsDone();
        cluster.fakeLeases().comeAndGo(cluster.tlsEtcd()::put, cluster.tlsEtcd()::delete);
    }

    private static void cutOff(LabCluster cluster) throws IOException {
        LabNode node = cluster.node();
        String key = cluster.leaseKey(node);
        cluster.cutFromStore(node, true);
        boolean over = LabCluster.await(30, () -> cluster.lab().store().get(key).isEmpty());
        Pause.millis(2000);
        cluster.cutFromStore(node, false);
        cluster.damageIsDone();
        if (!over) {
            throw new IOException("the lease of " + node.host().name() + " has not ended");
        }
    }

    private static void deleteAll(LabCluster cluster) throws IOException {
        FakeLeases.settle();
        cluster.fakeLeases().join(10);
        cluster.remember();
        cluster.storeHost().sh("ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 del --prefix " + SUBNETS);
        cluster.damageIsDone();
        Pause.millis(1000);
    }

    private static void claimSubnet(LabCluster cluster) throws IOException {
        String half = cluster.node().subnet(Family.IPV4).toString().replace("/24", "-25");
        claim(
                cluster,
                cluster.fakeLeases().key(half, FakeLeases.NEWCOMER),
                cluster.fakeLeases().lease(FakeLeases.NEWCOMER));
    }

    private static void claimAddress(LabCluster cluster) throws IOException {
        claim(
                cluster,
                cluster.fakeLeases().key(FakeLeases.NEWCOMER),
                cluster.fakeLeases().lease(2)); // node-1's
    }

    private static void claim(LabCluster cluster, String key, String lease) throws IOException {
        cluster.lab().store().put(key, lease);
        Pause.millis(2000);
        cluster.lab().store().delete(key);
        cluster.damageIsDone();
    }
}
