package jflannel.backend;

import static jflannel.backend.Cluster.config;
import static jflannel.backend.Cluster.lease;
import static jflannel.backend.Cluster.peers;
import static jflannel.backend.Cluster.underlay;
import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import jflannel.dataplane.Counter;
import jflannel.ip.Family;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.OnlinkGateways;
import jflannel.kernel.RouteSocket;
import jflannel.lease.Lease;
import jflannel.linux.Netns;
import jflannel.names.Names;
import jflannel.testing.OwnNetns;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.OuterMtu;
import jflannel.underlay.PeerPaths;
import jflannel.underlay.Underlay;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Nodes of different kinds on one virtual link, which leaves undone what a network card would do:
///
/// ```
///   a: flannel0 10.5.1.0    eth0 192.0.2.1, the kernel carries packets
///                             | veth
///   b: flannel0 10.5.2.0    eth0 192.0.2.2, whatever the test says
/// ```
@ExtendWith(OwnNetns.class)
class MixedUdpIT {
    private static final int BYTES = 4_000_000;
    private static final int PATIENCE_MILLIS = 5_000;
    private static final String ANNOUNCED = "{\"Kernel\":1}";

    @BeforeEach
    void nodes() throws Exception {
        sh("ip netns add a; ip netns add b; ip link add eth0 netns a type veth peer name eth0 netns b");
        for (int node = 1; node <= 2; node++) {
            sh("ip netns exec %s sh -c 'ip link set lo up; ip link set eth0 up; ip addr add 192.0.2.%d/24 dev eth0'"
                    .formatted(node == 1 ? "a" : "b", node));
        }
    }

    private static <T> T in(String node, Callable<T> action) throws Exception {
        try (Netns home = Netns.current();
                Netns there = Netns.at("/run/netns/" + node)) {
            there.enter();
            try {
                return action.call();
            } finally {
                home.enter();
            }
        }
    }

    /// A node of this program.
    private static final class OurNode implements AutoCloseable {
        final PacketPath packets = new PacketPath();
        private final Kernel kernel = new RouteSocket();

        OurNode(int number, String backend, String... peersData) throws Exception {
            Underlay underlay = underlay("192.0.2." + number);
            Lease own = lease("", "10.5." + number + ".0/24", "192.0.2." + number);
            int other = 3 - number;
            Lease peer = lease("", "10.5." + other + ".0/24", "192.0.2." + other, peersData);
            UdpBackend made = new UdpBackend(config(backend), Names.DEFAULT, underlay);
            Link device = packets.open(made.packetPath(own).orElseThrow(), made.mtu(), kernel);
            packets.accelerate(made, device, underlay, kernel);
            PeerPaths paths = new PeerPaths(kernel);
            paths.look(peers(peer), underlay, new OuterMtu(1500, 1500));
            KernelFacts facts = new KernelFacts(
                    Map.of("flannel0", device.index()),
                    Map.of(Family.IPV4, underlay.links(kernel).get(Family.IPV4).index()),
                    paths.known(),
                    HostNetworks.NONE,
                    OnlinkGateways.NONE,
                    packets.carrier());
            DesiredState desired = new DesiredState(made, RouteTable.MAIN, config(backend), underlay, own, peers(peer));
            desired.rebuild(facts);
            packets.peers(desired.endpoints(), desired.kernelPeers());
            assertThat(kernel.converge(made.ownership(facts), desired.objects()).refused())
                    .isEmpty();
        }

        long sentByKernel() {
            return packets.kernelTally().map(tally -> tally.all().sentPackets()).orElse(0L);
        }

        @Override
        public void close() {
            packets.close();
            try {
                kernel.close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    private static void offloads(String ofA, String ofB) throws Exception {
        String kinds = "for kind in tso gso gro tx; do ip netns exec %s ethtool -K eth0 $kind %s; done";
        sh(kinds.formatted("a", ofA) + ";" + kinds.formatted("b", ofB));
    }

    /// Sends so much that it takes super-packets.
    private static void stream(String from, String to, String target) throws Exception {
        ServerSocket server = in(to, () -> new ServerSocket());
        in(to, () -> {
            server.bind(new InetSocketAddress(target, 7000));
            return null;
        });
        server.setSoTimeout(PATIENCE_MILLIS);
        CompletableFuture<Integer> received = CompletableFuture.supplyAsync(() -> read(server));
        try (Socket socket = in(from, () -> {
            Socket made = new Socket();
            made.connect(new InetSocketAddress(target, 7000), PATIENCE_MILLIS);
            return made;
        })) {
            Thread.ofVirtual().start(() -> write(socket));
            assertThat(received.get()).isEqualTo(BYTES);
        }
        server.close();
    }

    private static void write(Socket socket) {
        try {
            socket.getOutputStream().write(new byte[BYTES]);
            socket.shutdownOutput();
        } catch (IOException e) {
            // the reader misses it
        }
    }

    private static int read(ServerSocket server) {
        try (Socket socket = server.accept();
                InputStream in = socket.getInputStream()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            return in.readAllBytes().length;
        } catch (IOException e) {
            return -1;
        }
    }

    private static void bothWays() throws Exception {
        stream("a", "b", "10.5.2.0");
        stream("b", "a", "10.5.1.0");
    }

    @ParameterizedTest
    @CsvSource({"on, on", "off, off", "on, off", "off, on"})
    void tcpFlowsToAndFromAPlainSocket(String ofA, String ofB) throws Exception {
        offloads(ofA, ofB);
        try (OurNode a = in("a", () -> new OurNode(1, "{\"Type\":\"udp\"}"));
                PlainProxy _ = in("b", () -> plain())) {
            bothWays();
            assertThat(a.packets.carrier().works()).isTrue();
            assertThat(a.sentByKernel()).isZero();
        }
    }

    private static PlainProxy plain() throws Exception {
        PlainProxy proxy = new PlainProxy("flannel0", "192.0.2.2", "192.0.2.1");
        sh("ip link set flannel0 mtu 1472 up; ip addr add 10.5.2.0/32 dev flannel0;"
                + " ip route add 10.5.0.0/16 dev flannel0");
        return proxy;
    }

    @ParameterizedTest
    @CsvSource({"on, on", "off, off", "on, off", "off, on"})
    void tcpFlowsBetweenKernels(String ofA, String ofB) throws Exception {
        offloads(ofA, ofB);
        try (OurNode a = in("a", () -> new OurNode(1, "{\"Type\":\"udp\"}", ANNOUNCED));
                OurNode b = in("b", () -> new OurNode(2, "{\"Type\":\"udp\"}", ANNOUNCED))) {
            bothWays();
            assertThat(a.sentByKernel()).isPositive();
            assertThat(b.sentByKernel()).isPositive();
            assertThat(passedDetour("a")).isGreaterThan(1000);
            assertThat(a.packets.counters())
                    .containsEntry(Counter.UDP_SENT_PACKETS, 0L)
                    .containsEntry(Counter.UDP_RECEIVED_PACKETS, 0L);
        }
    }

    private static int passedDetour(String node) throws Exception {
        return Integer.parseInt(
                sh("ip netns exec %s ip -s link show flannelh | awk '/RX:/ {getline; print $2}'".formatted(node))
                        .strip());
    }

    /// As when a node falls back, and its peers have not heard of it.
    @ParameterizedTest
    @CsvSource({"on, on", "off, off", "on, off", "off, on"})
    void tcpFlowsFromAKernelToADaemon(String ofA, String ofB) throws Exception {
        offloads(ofA, ofB);
        try (OurNode a = in("a", () -> new OurNode(1, "{\"Type\":\"udp\"}", ANNOUNCED));
                OurNode b = in("b", () -> new OurNode(2, "{\"Type\":\"udp\",\"DataPath\":\"daemon\"}"))) {
            bothWays();
            assertThat(a.sentByKernel()).isPositive();
            assertThat(b.sentByKernel()).isZero();
        }
    }
}
