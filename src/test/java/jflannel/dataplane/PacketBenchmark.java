package jflannel.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.packet.Coalescer;
import jflannel.packet.InternetChecksum;
import jflannel.packet.NetworkOrder;
import jflannel.packet.Packets;
import jflannel.packet.Packets.Flow;
import jflannel.packet.Segmentation;
import jflannel.packet.SegmentationTest;
import jflannel.packet.TransportHeader;
import jflannel.packet.VirtioHeader;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What the packet loops do themselves, in nanoseconds for each packet. What the kernel does for them is in
/// `./flannel lab bench`.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgs = {"-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders", "--enable-native-access=ALL-UNNAMED"})
public class PacketBenchmark {
    private static final int PEERS = 5_000;
    private static final int ADDRESSES = 1_024;
    private static final int PAYLOAD = 1_420; // of TCP in a packet of 1472 bytes, with time stamps
    private static final int PACKETS = 44;
    private static final byte[] STAMPS = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};

    private final Random random = new Random(1);
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment room = arena.allocate(1 << 18, 64);

    private final byte[] superPacket = superPacket();
    private final MemorySegment read = arena.allocate(1 << 17, 64);
    private final Segmentation segmentation = new Segmentation();

    private final MemorySegment train = arena.allocate(1 << 17, 64);
    private final Coalescer coalescer = new Coalescer(train, true);
    private final int packetBytes;

    private final PeerTable peers = peers();
    private final MemorySegment destinations = arena.allocate(4L * ADDRESSES, 64);

    /// Prepares what all benchmarks work on.
    public PacketBenchmark() {
        MemorySegment.copy(MemorySegment.ofArray(superPacket), 0, read, 0, superPacket.length);
        byte[] packet = {};
        for (int i = 0; i < PACKETS; i++) {
            packet = Packets.tcp(Flow.V4, i, (long) i * PAYLOAD, TransportHeader.ACK, STAMPS, noise(PAYLOAD));
            MemorySegment.copy(MemorySegment.ofArray(packet), 0, train, (long) i * packet.length, packet.length);
        }
        packetBytes = packet.length;
        for (int i = 0; i < ADDRESSES; i++) {
            NetworkOrder.u32(destinations, 4L * i, (10L << 24) + ((long) random.nextInt(PEERS) << 8) + 2);
        }
    }

    private byte[] noise(int bytes) {
        return SegmentationTest.noise(random, bytes);
    }

    private byte[] superPacket() {
        byte[] tcp = Packets.tcp(Flow.V4, 1, 1, TransportHeader.ACK, STAMPS, noise(PACKETS * PAYLOAD));
        return SegmentationTest.read(VirtioHeader.GSO_TCPV4, 20, PAYLOAD, tcp);
    }

    private static PeerTable peers() {
        Map<Cidr, Endpoint> peers = new HashMap<>();
        for (int i = 0; i < PEERS; i++) {
            String subnet = "10." + (i >> 8) + "." + (i & 0xff) + ".0/24";
            peers.put(Cidr.parse(subnet), new Endpoint(Ip.parse("172.16." + (i >> 8) + "." + (i & 0xff)), 8285));
        }
        return PeerTable.of(peers);
    }

    /// The sum over one packet of the usual size.
    @Benchmark
    public long checksum() {
        return InternetChecksum.sum(train, 20, packetBytes - 20);
    }

    /// A super-packet of TCP cut into its packets, with their checksums: what a flow costs on its way out.
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public int cut() {
        segmentation.begin(Family.IPV4, read, 0, VirtioHeader.BYTES, superPacket.length - VirtioHeader.BYTES);
        int at = 0;
        for (int i = 0; i < segmentation.count(); i++) {
            segmentation.write(i, room, at);
            at += segmentation.bytes(i);
        }
        return at;
    }

    /// The packets of one flow joined to a super-packet, their checksums verified: what it costs on its way in.
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public long join() {
        coalescer.clear();
        for (int i = 0; i < PACKETS; i++) {
            coalescer.add(Family.IPV4, i * packetBytes, packetBytes);
        }
        return coalescer.write(0, room);
    }

    /// One of 5,000 peers found, by addresses that no predictor foresees.
    @Benchmark
    @OperationsPerInvocation(ADDRESSES)
    public int lookUp() {
        int found = 0;
        for (int i = 0; i < ADDRESSES; i++) {
            found += peers.find(Family.IPV4, destinations, 4L * i);
        }
        return found;
    }
}
