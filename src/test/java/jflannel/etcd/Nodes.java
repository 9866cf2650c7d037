package jflannel.etcd;

import static jflannel.testing.Sh.sh;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.status.Board;
import jflannel.testing.Believed;
import org.awaitility.Awaitility;

/// An etcd and nodes that take leases in it, for tests that run in a network namespace of their own.
final class Nodes implements AutoCloseable {
    static final String URL = "http://127.0.0.1:2379";
    static final String PREFIX = "/coreos.com/network";
    static final String SUBNETS = PREFIX + "/subnets/";

    final EtcdServer etcd;
    private final List<Node> nodes = new ArrayList<>();

    Nodes(Path directory, String config, String... options) throws IOException {
        etcd = EtcdServer.start(directory, URL, options);
        if (!config.isEmpty()) {
            put(PREFIX + "/config", config);
        }
    }

    static Announcement announcement(String publicIp) {
        Ip ip = Ip.parse(publicIp);
        return new Announcement(Map.of(ip.family(), ip), "host-gw", Map.of());
    }

    /// The announcement of the node with this number, from 1: an address of each family.
    static Announcement dual(int number) {
        return new Announcement(
                Map.of(
                        Family.IPV4, Ip.parse("192.0.2.0").plus(number),
                        Family.IPV6, Ip.parse("2001:db8::").plus(number)),
                "host-gw",
                Map.of());
    }

    static TestSettings settings() {
        return TestSettings.of(List.of(URL), PREFIX);
    }

    Node node(String publicIp) throws IOException {
        return node(settings(), announcement(publicIp));
    }

    /// A node that has a lease and watches.
    Node node(TestSettings settings, Announcement mine) throws IOException {
        Node node = new Node(settings, mine);
        nodes.add(node);
        return node;
    }

    static void put(String key, String value) throws IOException {
        etcdctl("put '" + key + "' '" + value + "'");
    }

    static String get(String key) throws IOException {
        return etcdctl("get --print-value-only '" + key + "'");
    }

    /// The keys of all leases, without the directory.
    static List<String> keys() throws IOException {
        return etcdctl("get --prefix --keys-only " + SUBNETS)
                .lines()
                .filter(line -> !line.isBlank())
                .map(line -> line.substring(SUBNETS.length()))
                .toList();
    }

    /// The etcd lease of a key in hexadecimal, as etcdctl takes it; "0" if there is none.
    static String etcdLease(String key) throws IOException {
        String json = etcdctl("get -w json '" + key + "'");
        return json.contains("\"lease\":")
                ? Long.toHexString(Long.parseLong(json.replaceAll(".*\"lease\":(-?\\d+).*", "$1")))
                : "0";
    }

    static String etcdctl(String words) throws IOException {
        return sh("ETCDCTL_API=3 etcdctl --command-timeout=3s " + words);
    }

    static void eventually(org.awaitility.core.ThrowingRunnable assertion) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).pollInSameThread().untilAsserted(assertion);
    }

    @Override
    public void close() {
        nodes.forEach(Node::close);
        etcd.close();
    }

    static final class Node implements AutoCloseable {
        final Board board = new Board();
        final EtcdLeases leases;
        final NetworkConfig network;
        final List<LeaseEvent> events = java.util.Collections.synchronizedList(new ArrayList<>());
        private final Lease first;
        private volatile Lease own;
        private volatile Peers peers = Believed.NOBODY;

        private Node(TestSettings settings, Announcement mine) throws IOException {
            leases = new EtcdLeases(settings.all(), board);
            try {
                network = leases.networkConfig();
                first = leases.acquire(network, mine, List.of());
            } catch (IOException | RuntimeException e) {
                leases.close();
                throw e;
            }
            own = first;
            leases.watch(own, this::take);
        }

        private synchronized void take(LeaseEvent event) {
            if (event instanceof LeaseEvent.Moved(Lease lease)) {
                own = lease;
            }
            peers = Believed.after(peers, event);
            events.add(event);
        }

        Lease own() {
            return own;
        }

        Cidr subnet() {
            return own.cidrs().getFirst();
        }

        /// The key of the lease, as etcdctl takes it.
        String key() {
            return SUBNETS + jflannel.lease.SubnetKey.format(own.cidrs());
        }

        Set<String> peers() {
            return peers.leases().stream().map(Lease::words).collect(Collectors.toSet());
        }

        Set<String> addresses() {
            return peers.leases().stream()
                    .flatMap(lease -> lease.announced().publicIps().values().stream())
                    .map(Ip::toString)
                    .collect(Collectors.toSet());
        }

        @Override
        public void close() {
            leases.close();
        }
    }
}
