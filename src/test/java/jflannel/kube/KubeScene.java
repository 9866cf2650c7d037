package jflannel.kube;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.Peers;
import jflannel.status.Board;
import jflannel.testing.Believed;
import org.junit.jupiter.api.io.TempDir;

/// A cluster with an API, here the stand-in, and daemons on it as far as their stores are concerned.
abstract class KubeScene {
    static final String VTEP = vtep(1);
    static final String NET_CONF =
            "{\"Network\":\"10.244.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fd00:10:244::/48\",\"Backend\":{\"Type\":\"vxlan\"}}";
    static final String UP = "False FlannelIsUp: Flannel is running on this node";
    static final String[] CIDRS = {"10.244.1.0/24", "fd00:10:244:1::/64"};

    @TempDir
    Path folder;

    Cluster cluster(Path folder) throws IOException {
        return Cluster.standIn(folder);
    }

    static Announcement at(int host) {
        return new Announcement(
                Map.of(Family.IPV4, Ip.parse("192.0.2." + host), Family.IPV6, Ip.parse("2001:db8::" + host)),
                "vxlan",
                Map.of(Family.IPV4, vtep(host), Family.IPV6, vtep(host)));
    }

    private static String vtep(int host) {
        return "{\"VNI\":1,\"VtepMAC\":\"12:c6:65:89:b4:%02x\"}".formatted(host);
    }

    static void soon(Callable<Boolean> condition) {
        within(40, condition);
    }

    static void within(int seconds, Callable<Boolean> condition) {
        await().atMost(Duration.ofSeconds(seconds))
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptions()
                .until(condition);
    }

    /// A node's daemon as far as the store is concerned, and what it was told.
    static final class Daemon implements AutoCloseable {
        final Board board = new Board();
        final KubeLeases store;
        final Lease lease;
        final List<LeaseEvent> events = new CopyOnWriteArrayList<>();

        Daemon(KubeSettings settings, Announcement mine) throws IOException {
            store = new KubeLeases(settings, board);
            lease = store.acquire(store.networkConfig(), mine, List.of());
            store.watch(lease, events::add);
            store.report(true, "");
        }

        Peers peers() {
            Peers peers = Believed.NOBODY;
            for (LeaseEvent event : events) {
                peers = Believed.after(peers, event);
            }
            return peers;
        }

        boolean knows(String cidr, String publicIp) {
            return peers().leases().stream()
                    .flatMap(peer -> peer.subnets().stream())
                    .anyMatch(subnet -> subnet.cidr().equals(Cidr.parse(cidr))
                            && subnet.publicIp().equals(Ip.parse(publicIp)));
        }

        @Override
        public void close() {
            store.close();
        }
    }

    void peer(Cluster cluster, String name, int number) throws IOException {
        cluster.register(name, "10.244." + number + ".0/24", "fd00:10:244:" + number + "::/64");
        try (KubeLeases store = new KubeLeases(cluster.settings(name, NET_CONF), new Board())) {
            store.acquire(store.networkConfig(), at(number), List.of());
        }
    }
}
