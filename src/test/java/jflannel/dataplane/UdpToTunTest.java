package jflannel.dataplane;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static jflannel.packet.Packets.UDP;
import static jflannel.packet.Packets.bytes;
import static jflannel.packet.Packets.v4;
import static jflannel.packet.Packets.v6;
import static jflannel.packet.Packets.with;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.Fd;
import jflannel.linux.Libc;
import jflannel.packet.Coalescer;
import jflannel.packet.Cut;
import jflannel.packet.Packets;
import jflannel.packet.SegmentationTest;
import jflannel.packet.VirtioHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The loop's decisions on single datagrams, with a file in place of the device.
class UdpToTunTest {
    private static final byte[] FROM_PEER = v4("10.5.2.2", "10.5.1.2", 63, UDP, new byte[12]);
    private static final byte[] FROM_PEER_V6 = v6("fd05:2::2", "fd05:1::2", 63, UDP, new byte[12]);

    @TempDir
    Path directory;

    private final Counters counters = new Counters();
    private final List<byte[]> icmp = new ArrayList<>();
    private Path written;
    private int read;
    private Fd tun;
    private UdpSocket socket;
    private StopSignal stop;
    private UdpToTun loop;

    @BeforeEach
    void open() throws IOException {
        written = Files.createFile(directory.resolve("tun"));
        tun = Libc.open(written.toString(), Libc.O_RDWR);
        socket = UdpSocket.open(Ip.parse("127.0.0.1"), 0, false);
        stop = new StopSignal("test");
        Map<Family, Ip> sources = Map.of(Family.IPV4, Ip.parse("10.5.1.0"), Family.IPV6, Ip.parse("fd05:1::"));
        IcmpOutlet outlet = (_, message, length, _) -> icmp.add(Packets.out(message, 0, length)) ? length : -1;
        IcmpReporter reporter = new IcmpReporter(sources, outlet, new TokenBucket(1000, 50, () -> 0), counters);
        loop = new UdpToTun(new UdpToTun.Ends(new Tun.Queue(tun, true), socket, null), reporter, counters, stop);
    }

    @AfterEach
    void close() {
        tun.close();
        socket.close();
        stop.close();
    }

    @Test
    void aPacketIsWrittenWithOneHopLess() throws IOException {
        forward(FROM_PEER);
        assertThat(written()).isEqualTo(Packets.sealed(with(FROM_PEER, 8, 62)));
        forward(FROM_PEER_V6);
        assertThat(written()).isEqualTo(with(FROM_PEER_V6, 7, 62));
        assertThat(counted(Counter.TUN_WRITTEN_PACKETS)).isEqualTo(2);
        assertThat(counted(Counter.TUN_WRITTEN_BYTES)).isEqualTo(32 + 52);
    }

    @Test
    void packetsThatFollowEachOtherAreWrittenAsOne() throws IOException {
        byte[][] stream = new byte[3][];
        int at = 0;
        for (int n = 0; n < stream.length; n++) {
            byte[] payload = SegmentationTest.noise(new Random(n), 100);
            stream[n] = Packets.tcp(Packets.Flow.V4, n, 100L * n, 0x10, new byte[0], payload);
            MemorySegment.copy(MemorySegment.ofArray(stream[n]), 0, loop.buffer(), at, 140);
            loop.accept(at, 140);
            at += 140;
        }
        loop.flush();
        List<byte[]> cut = Cut.of(Files.readAllBytes(written));
        assertThat(cut).hasSize(3);
        for (int n = 0; n < 3; n++) {
            assertThat(cut.get(n)).isEqualTo(Packets.sealed(with(stream[n], 8, 63)));
        }
        assertThat(counted(Counter.TUN_WRITTEN_SUPER_PACKETS)).isOne();
        assertThat(counted(Counter.TUN_WRITTEN_PACKETS)).isEqualTo(3);
        assertThat(counted(Counter.TUN_WRITTEN_BYTES)).isEqualTo(3 * 140);
    }

    /// As it comes from a kernel over a virtual link.
    @ParameterizedTest
    @MethodSource("flows")
    void aChecksumThatWasOnlyBegunIsFinished(Packets.Flow flow) throws IOException {
        byte[] whole = Packets.tcp(flow, 1, 1, 0x18, new byte[0], SegmentationTest.noise(new Random(1), 100));
        forward(Packets.begun(whole));
        byte[] expected = whole[0] == 0x45 ? Packets.sealed(with(whole, 8, 63)) : with(whole, 7, 63);
        assertThat(written()).isEqualTo(expected);
    }

    static Stream<Packets.Flow> flows() {
        return Stream.of(Packets.Flow.V4, Packets.Flow.V6);
    }

    @ParameterizedTest
    @MethodSource("flows")
    void aSuperPacketInOnePieceStaysOne(Packets.Flow flow) throws IOException {
        byte[] whole = Packets.tcp(flow, 1, 1, 0x18, new byte[0], SegmentationTest.noise(new Random(1), 9000));
        byte[] begun = Packets.begun(whole);
        MemorySegment.copy(MemorySegment.ofArray(begun), 0, loop.buffer(), 0, begun.length);
        loop.accept(0, begun.length, 1400);
        List<byte[]> cut = Cut.of(Files.readAllBytes(written));
        assertThat(cut).hasSize(7);
        int headers = begun.length - 9000;
        assertThat(cut.getFirst()).hasSize(headers + 1400);
        assertThat(cut.stream().mapToInt(each -> each.length - headers).sum()).isEqualTo(9000);
        assertThat(counted(Counter.TUN_WRITTEN_SUPER_PACKETS)).isOne();
        assertThat(counted(Counter.TUN_WRITTEN_PACKETS)).isEqualTo(7);
    }

    @ParameterizedTest
    @MethodSource("flows")
    void aSuperPacketOfUnknownPartsIsCutIntoWhatEveryLinkCarries(Packets.Flow flow) throws IOException {
        byte[] whole = Packets.tcp(flow, 1, 1, 0x18, new byte[0], SegmentationTest.noise(new Random(1), 9000));
        forward(Packets.begun(whole));
        List<byte[]> cut = Cut.of(Files.readAllBytes(written));
        assertThat(cut.getFirst()).hasSize(1280);
        assertThat(cut.stream().mapToInt(each -> each.length).max()).hasValue(1280);
    }

    @Test
    void moreThanABatchHoldsIsWrittenInSeveral() {
        MemorySegment.copy(MemorySegment.ofArray(FROM_PEER), 0, loop.buffer(), 0, FROM_PEER.length);
        for (int i = 0; i < Coalescer.PACKETS + 1; i++) {
            loop.buffer().set(JAVA_BYTE, 8, (byte) 64);
            loop.accept(0, FROM_PEER.length);
        }
        assertThat(counted(Counter.TUN_WRITTEN_PACKETS)).isEqualTo(Coalescer.PACKETS);
        loop.flush();
        assertThat(counted(Counter.TUN_WRITTEN_PACKETS)).isEqualTo(Coalescer.PACKETS + 1);
    }

    static Stream<Arguments> drops() {
        return Stream.of(
                Arguments.of("an empty datagram", new byte[0], Counter.IN_MALFORMED, 0),
                Arguments.of("text", "hello, is this a flannel?".getBytes(), Counter.IN_MALFORMED, 0),
                Arguments.of("a cut packet", Arrays.copyOf(FROM_PEER, 31), Counter.IN_MALFORMED, 0),
                Arguments.of("a packet and more", Arrays.copyOf(FROM_PEER, 33), Counter.IN_MALFORMED, 0),
                Arguments.of("a cut IPv6 packet", Arrays.copyOf(FROM_PEER_V6, 51), Counter.IN_MALFORMED, 0),
                Arguments.of("no more hops", with(FROM_PEER, 8, 1), Counter.IN_EXPIRED, 0x0b00),
                Arguments.of("no more IPv6 hops", with(FROM_PEER_V6, 7, 1), Counter.IN_EXPIRED, 0x0300),
                Arguments.of(
                        "an expired error",
                        v4("10.5.2.2", "10.5.1.2", 1, Packets.ICMP, bytes(11, 0)),
                        Counter.IN_EXPIRED,
                        0));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("drops")
    void whatCannotTravelIsCountedAndItsSenderTold(String name, byte[] datagram, Counter drop, int typeAndCode)
            throws IOException {
        forward(datagram);
        assertThat(counted(drop)).isOne();
        assertThat(written()).isEmpty();
        assertThat(icmp).hasSize(typeAndCode == 0 ? 0 : 1);
        if (typeAndCode != 0) {
            int at = datagram[0] >> 4 == 4 ? 20 : 40;
            assertThat((icmp.getFirst()[at] & 0xff) << 8 | icmp.getFirst()[at + 1] & 0xff)
                    .isEqualTo(typeAndCode);
        }
    }

    @Test
    void whateverIsReceivedNothingButWholePacketsIsWritten() throws IOException {
        Random random = new Random(8);
        byte[][] seeds = {FROM_PEER, FROM_PEER_V6, new byte[50]};
        for (int i = 0; i < 20_000; i++) {
            byte[] datagram = seeds[random.nextInt(seeds.length)].clone();
            for (int n = random.nextInt(6); n > 0; n--) {
                datagram[random.nextInt(datagram.length)] = (byte) random.nextInt();
            }
            datagram = Arrays.copyOf(datagram, random.nextInt(4) == 0 ? random.nextInt(70) : datagram.length);
            forward(datagram);
        }
        ByteWalk walk = new ByteWalk(Files.readAllBytes(written));
        long packets = 0;
        while (walk.skipPacket()) {
            packets++;
        }
        assertThat(packets).isEqualTo(counted(Counter.TUN_WRITTEN_PACKETS)).isGreaterThan(1_000);
        assertThat(counted(Counter.IN_MALFORMED) + counted(Counter.IN_EXPIRED) + packets)
                .isEqualTo(20_000);
    }

    /// A file of packets one behind the other: their own lengths must lead exactly to its end.
    private static final class ByteWalk {
        private final byte[] bytes;
        private int at;

        ByteWalk(byte[] bytes) {
            this.bytes = bytes;
        }

        boolean skipPacket() {
            if (at == bytes.length) {
                return false;
            }
            assertThat(Arrays.copyOfRange(bytes, at, at + VirtioHeader.BYTES)).containsOnly(0);
            at += VirtioHeader.BYTES;
            at += switch (bytes[at] >> 4) {
                case 4 -> u16(at + 2);
                case 6 -> u16(at + 4) + 40;
                default -> throw new AssertionError("no packet at " + at);
            };
            return true;
        }

        private int u16(int offset) {
            return (bytes[offset] & 0xff) << 8 | bytes[offset + 1] & 0xff;
        }
    }

    private void forward(byte[] datagram) {
        MemorySegment.copy(MemorySegment.ofArray(datagram), 0, loop.buffer(), 0, datagram.length);
        loop.accept(0, datagram.length);
        loop.flush();
    }

    /// What was written since the last call.
    private byte[] written() throws IOException {
        byte[] all = Files.readAllBytes(written);
        byte[] news = Arrays.copyOfRange(all, read, all.length);
        read = all.length;
        return news.length == 0 ? news : Arrays.copyOfRange(news, VirtioHeader.BYTES, news.length);
    }

    private long counted(Counter counter) {
        return counters.get(counter);
    }
}
