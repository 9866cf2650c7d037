package jflannel.lab.faults;

import java.io.IOException;
import java.util.List;
import jflannel.ip.Family;
import jflannel.lab.LabNode;
import jflannel.lab.LabStore;
import jflannel.lab.Pause;

/// Faults of the store, and of the way to it. None may cost a packet, but for a lease that somebody deletes.
final class StoreFaults {
    private static final String SUBNETS = "/coreos.com/network/subnets/";

    private StoreFaults() {}

    static List<Fault> all() {
        return List.of(
                Fault.of("etcd-killed", "kill -9 of etcd, started again after three seconds", quiet(), site -> {
                    site.lab().store().kill();
                    Pause.millis(3000);
                    site.lab().store().start();
                    site.damageIsDone();
                }),
                Fault.of(
                        "etcd-paused",
                        "etcd is stopped for eight seconds: connections stay, no answers",
                        quiet(),
                        site -> {
                            site.lab().store().freeze();
                            Pause.millis(8000);
                            site.lab().store().thaw();
                            site.damageIsDone();
                        }),
                Fault.of("etcd-emptied", "etcd loses all its data, configuration and all", quiet(), StoreFaults::empty)
                        .until(site -> site.isAsBefore() && site.areAllEnrolled()),
                Fault.of("etcd-emptied-at-start", "etcd is empty when a daemon starts", quiet(), site -> {
                            site.node().flanneld().kill();
                            empty(site);
                            DaemonFaults.start(site.node());
                        })
                        .until(site -> site.isAsBefore() && site.areAllEnrolled())
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
                                Promise.nothingLost(10),
                                StoreFaults::slow)
                        .on(Stage.LINE)
                        .with(Fault.KERNEL),
                Fault.of(
                                "etcd-leader-lost",
                                "of three members the leader is killed, and a node joins",
                                Promise.nothingLost(15),
                                StoreFaults::loseLeader)
                        .on(Stage.THREE_STORES)
                        .with(Fault.KERNEL)
                        .spoiling(),
                Fault.of(
                                "certificates-rotated",
                                "etcd and the nodes get certificates of another authority, etcd first",
                                quiet(),
                                StoreFaults::exchangeCertificates)
                        .on(Stage.SECURE)
                        .with(Fault.KERNEL),
                Fault.of(
                                "node-cut-off",
                                "a node is cut off from the store for longer than its lease lasts",
                                quiet(),
                                StoreFaults::cutOff)
                        .on(Stage.SHORT_LEASES)
                        .until(site -> site.isAsBefore() && site.areAllEnrolled()),
                Fault.of(
                                "leases-vanish",
                                "all leases are deleted at once, with those of ten other nodes",
                                quiet(),
                                StoreFaults::deleteAll)
                        .with(Fault.KERNEL)
                        .spoiling(),
                Fault.of("lease-deleted", "a node's lease is deleted by hand", Promise.aSecond(), site -> {
                            site.lab().store().delete(site.leaseKey(site.node()));
                            site.damageIsDone();
                        })
                        .until(site -> site.isAsBefore() && site.areAllEnrolled()),
                Fault.of(
                        "subnet-claimed-twice",
                        "another node claims a part of a node's subnet",
                        quiet(),
                        StoreFaults::claimSubnet),
                Fault.of(
                        "address-claimed-twice",
                        "another lease bears a node's public address",
                        quiet(),
                        StoreFaults::claimAddress));
    }

    private static Promise quiet() {
        return Promise.nothingLost(20);
    }

    /// The device is taken away while the daemon is down, so packets are lost until it is there again.
    private static Promise down() {
        return new Promise(5000, java.time.Duration.ofSeconds(5));
    }

    private static void empty(Site site) throws IOException {
        LabStore store = site.lab().store();
        String config = store.get("config");
        store.kill();
        store.forget();
        store.start();
        Pause.millis(2000);
        store.put("config", config);
        site.damageIsDone();
    }

    private static void startWithout(Site site) throws IOException {
        LabNode node = site.node();
        Site.await(
                10,
                () -> node.sh("cat /run/flannel/state.json || :")
                        .contains(site.other().address(Family.IPV4).toString()));
        site.lab().store().kill();
        node.flanneld().kill();
        site.shForEachFamily(node, "if [ $dev = eth0 ]; then $ip route flush proto 102; else ip link del $dev; fi");
        site.damageIsDone();
        node.startFlanneld();
        boolean works = Site.await(10, site::isAsBefore);
        site.lab().store().start();
        boolean noticed = Site.await(20, () -> !Site.readiness(node).contains("[!] store"));
        if (!works || !noticed) {
            throw new IOException(works ? "the store's return was not noticed" : "not as before without the store");
        }
    }

    private static void compact(Site site) throws IOException {
        LabStore store = site.lab().store();
        site.cutFromStore(site.node(), true);
        store.kill();
        store.start();
        for (int i = 0; i < 5; i++) {
            store.put(site.strangers().key(Strangers.NEWCOMER), site.strangers().lease(150 + i));
        }
        store.delete(site.strangers().key(Strangers.NEWCOMER));
        store.host()
                .sh("r=$(ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 get x -w json"
                        + " | sed 's/.*\"revision\":\\([0-9]*\\).*/\\1/')"
                        + " && ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 compact $r");
        site.damageIsDone();
        site.cutFromStore(site.node(), false);
    }

    private static void slow(Site site) throws IOException {
        site.line().delay(2000);
        site.damageIsDone();
        site.strangers().comeAndGo(site.lab().store()::put, key -> {
            site.line().delay(0);
            site.lab().store().delete(key);
        });
    }

    private static void loseLeader(Site site) throws IOException {
        ThreeStores stores = site.threeStores();
        stores.leader().kill();
        site.damageIsDone();
        site.strangers().comeAndGo(stores::put, stores::delete);
    }

    private static void exchangeCertificates(Site site) throws IOException {
        site.secureStore().exchangeAuthority();
        for (LabNode node : site.lab().nodes()) {
            site.secureStore().giveCertificates(node);
        }
        site.damageIsDone();
        site.strangers().comeAndGo(site.secureStore()::put, site.secureStore()::delete);
    }

    private static void cutOff(Site site) throws IOException {
        LabNode node = site.node();
        String key = site.leaseKey(node);
        site.cutFromStore(node, true);
        boolean over = Site.await(30, () -> site.lab().store().get(key).isEmpty());
        Pause.millis(2000);
        site.cutFromStore(node, false);
        site.damageIsDone();
        if (!over) {
            throw new IOException("the lease of " + node.host().name() + " has not ended");
        }
    }

    private static void deleteAll(Site site) throws IOException {
        site.strangers().join(10);
        site.remember();
        site.storeHost().sh("ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 del --prefix " + SUBNETS);
        site.damageIsDone();
        Pause.millis(1000);
    }

    private static void claimSubnet(Site site) throws IOException {
        String half = site.node().subnet(Family.IPV4).toString().replace("/24", "-25");
        claim(
                site,
                site.strangers().key(half, Strangers.NEWCOMER),
                site.strangers().lease(Strangers.NEWCOMER));
    }

    private static void claimAddress(Site site) throws IOException {
        claim(site, site.strangers().key(Strangers.NEWCOMER), site.strangers().lease(2)); // node-1's
    }

    private static void claim(Site site, String key, String lease) throws IOException {
        site.lab().store().put(key, lease);
        Pause.millis(2000);
        site.lab().store().delete(key);
        site.damageIsDone();
    }
}
