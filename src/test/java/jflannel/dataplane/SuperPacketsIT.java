package jflannel.dataplane;

import static java.util.concurrent.TimeUnit.SECONDS;
import static jflannel.dataplane.TwoNodes.in;
import static jflannel.dataplane.TwoNodes.inA;
import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.packet.Packets;
import jflannel.packet.SegmentationTest;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Much traffic between two kernels, which must arrive as it was sent: [TwoNodes] draws the topology.
@ExtendWith(OwnNetns.class)
class SuperPacketsIT {
    private static final int MEBIBYTES = 32;
    private static final String NO_OFFLOADS = "for n in a b; do ip netns exec $n ethtool -K eth0"
            + " tso off gso off gro off tx-udp-segmentation off; done";
    private static final String NO_CHECKSUMS = "for n in a b; do ip netns exec $n ethtool -K eth0 tx off; done";
    private static final String NARROW = "for n in a b; do ip -n $n link set eth0 mtu 1400; done";

    @ParameterizedTest(name = "to {0} over {1}")
    @CsvSource({"10.5.2.0, IPV4", "10.5.2.0, IPV6", "fd05:2::, IPV4", "fd05:2::, IPV6"})
    void tcpTravelsInSuperPacketsAndTrains(String destination, Family outer) throws Exception {
        try (TwoNodes nodes = new TwoNodes(outer)) {
            transfer(destination);
            // the last packets may still be on their way when the transfer has ended
            await().untilAsserted(() -> countsAddUp(nodes.a.counters(), nodes.b.counters()));
        }
    }

    private static void countsAddUp(Map<Counter, Long> a, Map<Counter, Long> b) {
        assertThat(a.get(Counter.TUN_READ_PACKETS))
                .isGreaterThan(3 * a.get(Counter.TUN_READ_SUPER_PACKETS))
                .isGreaterThan(MEBIBYTES * 700);
        // a stream that fills the backlog loses a packet now and then
        assertThat(a.get(Counter.OUT_CONGESTED)).isLessThan(a.get(Counter.TUN_READ_PACKETS) / 100);
        assertThat(a.get(Counter.UDP_SENT_PACKETS))
                .isEqualTo(
                        a.get(Counter.TUN_READ_PACKETS) - a.get(Counter.OUT_MULTICAST) - a.get(Counter.OUT_CONGESTED))
                .isGreaterThan(3 * a.get(Counter.UDP_SENT_TRAINS));
        assertThat(b.get(Counter.UDP_RECEIVED_PACKETS)).isGreaterThan(3 * b.get(Counter.UDP_RECEIVED_TRAINS));
        assertThat(b.get(Counter.TUN_WRITTEN_PACKETS))
                .isEqualTo(b.get(Counter.UDP_RECEIVED_PACKETS))
                .isGreaterThan(3 * b.get(Counter.TUN_WRITTEN_SUPER_PACKETS));
    }

    @ParameterizedTest(name = "{0}, over {2}")
    @CsvSource({
        "without offloads, no-offloads, IPV4",
        "without offloads, no-offloads, IPV6",
        "without checksum offload, no-checksums, IPV4",
        "with a path narrower than the trains' packets, narrow, IPV4",
        "with a path narrower than the trains' packets, narrow, IPV6"
    })
    void tcpArrivesOverAPoorUnderlay(String name, String underlay, Family outer) throws Exception {
        try (TwoNodes nodes = new TwoNodes(outer)) {
            sh(
                    switch (underlay) {
                        case "no-offloads" -> NO_OFFLOADS;
                        case "no-checksums" -> NO_CHECKSUMS;
                        default -> NARROW;
                    });
            transfer("10.5.2.0");
            transfer("fd05:2::");
            assertThat(nodes.b.counters().get(Counter.TUN_WRITTEN_SUPER_PACKETS))
                    .isPositive();
            assertThat(nodes.a.counters().get(Counter.OUT_REFUSED)).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"10.5.2.0, 10.5.1.0", "fd05:2::, fd05:1::"})
    void datagramsOfASegmentingSenderArriveAsTheyWere(String destination, String source) throws Exception {
        try (TwoNodes nodes = new TwoNodes(Family.IPV4);
                UdpSocket receiver = in("b", () -> UdpSocket.open(Ip.parse(destination), 7000, false));
                UdpSocket sender = in("a", () -> UdpSocket.open(Ip.parse(source), 7001, false))) {
            List<byte[]> sent = sendTrain(sender, destination);
            List<byte[]> received = new ArrayList<>();
            Inbox inbox = new Inbox(Arena.ofAuto(), receiver.fd());
            long deadline = System.nanoTime() + SECONDS.toNanos(10);
            while (received.size() < sent.size() && System.nanoTime() < deadline) {
                int trains = inbox.receive();
                for (int i = 0; i < trains; i++) {
                    int end = inbox.at(i) + inbox.length(i);
                    for (int at = inbox.at(i); at < end; at += inbox.datagramBytes(i)) {
                        received.add(Packets.out(inbox.buffer(), at, Math.min(inbox.datagramBytes(i), end - at)));
                    }
                }
            }
            assertThat(received).containsExactlyElementsOf(sent);
            assertThat(nodes.a.counters().get(Counter.TUN_READ_SUPER_PACKETS)).isOne();
            assertThat(nodes.b.counters().get(Counter.TUN_WRITTEN_SUPER_PACKETS))
                    .isOne();
        }
    }

    private static List<byte[]> sendTrain(UdpSocket sender, String destination) throws Exception {
        Random random = new Random(3);
        MemorySegment buffer = Arena.ofAuto().allocate(1 << 16, 64);
        PeerTable table = PeerTable.of(Map.of(Cidr.parse("0.0.0.0/0"), new Endpoint(Ip.parse(destination), 7000)));
        List<byte[]> sent = new ArrayList<>();
        try (StopSignal stop = new StopSignal("test")) {
            Outbox outbox = new Outbox(sender, buffer, (_, _, _, _) -> {}, new Counters(), stop);
            for (int i = 0; i < 30; i++) {
                byte[] datagram = SegmentationTest.noise(random, i == 29 ? 333 : 1000);
                MemorySegment.copy(MemorySegment.ofArray(datagram), 0, buffer, 1000L * i, datagram.length);
                outbox.add(table, 0, 1000L * i, datagram.length);
                sent.add(datagram);
            }
            outbox.flush();
        }
        return sent;
    }

    @Test
    void severalQueuesCarryWhatOneCarries() throws Exception {
        try (TwoNodes nodes = new TwoNodes(Family.IPV4, 3)) {
            List<CompletableFuture<Void>> flows = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String destination = i % 2 == 0 ? "10.5.2.0" : "fd05:2::";
                flows.add(started(() -> {
                    transfer(destination);
                    return null;
                }));
            }
            flows.forEach(CompletableFuture::join);
            assertThat(inA("ping -c 1 -W 5 10.5.2.0")).contains("1 received");
            assertThat(nodes.a.counters().get(Counter.UDP_SENT_PACKETS)).isGreaterThan(4 * MEBIBYTES * 700);
        }
    }

    @Test
    void aPacketInTheNameOfAnotherNodeIsDropped() throws Exception {
        try (TwoNodes nodes = new TwoNodes(Family.IPV4)) {
            sh("ip -n a addr add 10.5.9.9/32 dev flannel0");
            assertThat(inA("ping -c 2 -i 0.1 -W 1 -I 10.5.9.9 10.5.2.0")).contains(" 0 received");
            assertThat(nodes.b.counters().get(Counter.IN_WRONG_SOURCE)).isEqualTo(2);
            assertThat(inA("ping -c 1 -W 5 10.5.2.0")).contains("1 received");
        }
    }

    /// Sends noise from `a` to `b` and sees that it arrives.
    private static void transfer(String destination) throws Exception {
        try (ServerSocket server = in("b", () -> new ServerSocket(0, 1, InetAddress.getByName(destination)))) {
            server.setSoTimeout(10_000);
            CompletableFuture<Long> received = started(() -> {
                try (Socket socket = server.accept()) {
                    socket.setSoTimeout(20_000);
                    return checksum(socket.getInputStream());
                }
            });
            long sent = in("a", () -> {
                try (Socket socket = new Socket()) {
                    socket.connect(new InetSocketAddress(InetAddress.getByName(destination), server.getLocalPort()));
                    return send(socket.getOutputStream());
                }
            });
            assertThat(received.get(60, SECONDS)).isEqualTo(sent);
        }
    }

    private static long send(OutputStream out) throws Exception {
        CRC32C checksum = new CRC32C();
        Random random = new Random(5);
        byte[] block = new byte[1 << 20];
        for (int i = 0; i < MEBIBYTES; i++) {
            random.nextBytes(block);
            checksum.update(block);
            out.write(block);
        }
        return checksum.getValue();
    }

    private static long checksum(InputStream in) throws Exception {
        CRC32C checksum = new CRC32C();
        byte[] block = new byte[1 << 18];
        for (int n = in.read(block); n >= 0; n = in.read(block)) {
            checksum.update(block, 0, n);
        }
        return checksum.getValue();
    }

    /// Starts a thread of its own: one of a pool would not be in this thread's mount namespace.
    private static <T> CompletableFuture<T> started(Callable<T> work) {
        CompletableFuture<T> outcome = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                outcome.complete(work.call());
            } catch (Exception | AssertionError e) {
                outcome.completeExceptionally(e);
            }
        });
        return outcome;
    }
}
