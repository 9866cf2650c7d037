package jflannel.packet;

import static jflannel.packet.Packets.bytes;
import static jflannel.packet.Packets.join;
import static jflannel.packet.Packets.tcp;
import static jflannel.packet.Packets.udp;
import static jflannel.packet.Packets.with;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.packet.Packets.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Super-packets cut as [Cut] cuts them.
public class SegmentationTest {
    private static final int NEEDS_CHECKSUM = 1;
    private static final int TCPV4 = 1;
    private static final int TCPV6 = 4;
    private static final int UDP_L4 = 5;
    private static final int ECN = 0x80;
    private static final byte[] NO_OPTIONS = {};

    private final Segmentation segmentation = new Segmentation();

    static Stream<Arguments> superPackets() {
        byte[] payload = noise(new Random(1), 2500);
        byte[] options = bytes(1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8);
        byte[] hopByHop = with(
                Packets.v6(
                        "fd05:1::2",
                        "fd05:2::2",
                        64,
                        0,
                        join(bytes(6, 0, 1, 4, 0, 0, 0, 0), tail(tcp(Flow.V6, 0, 7, 0x18, NO_OPTIONS, payload), 40))),
                7,
                64);
        return Stream.of(
                Arguments.of("TCP over IPv4", TCPV4, 20, 1000, tcp(Flow.V4, 9, 7, 0x10, NO_OPTIONS, payload)),
                Arguments.of("a wrapping sequence", TCPV4, 20, 999, tcp(Flow.V4, 0xffff, -5, 0x10, options, payload)),
                Arguments.of("PSH and FIN", TCPV4, 20, 1000, tcp(Flow.V4, 9, 7, 0x19, options, payload)),
                Arguments.of("CWR and ECE", TCPV4 | ECN, 20, 1000, tcp(Flow.V4, 9, 7, 0xd0, options, payload)),
                Arguments.of("TCP over IPv6", TCPV6, 40, 1, tcp(Flow.V6, 0, 7, 0x18, options, payload)),
                Arguments.of("extension headers", TCPV6, 48, 700, hopByHop),
                Arguments.of("exactly one", TCPV4, 20, 2500, tcp(Flow.V4, 9, 7, 0x19, NO_OPTIONS, payload)),
                Arguments.of("UDP over IPv4", UDP_L4, 20, 501, udp(Flow.V4, 9, payload)),
                Arguments.of("UDP over IPv6", UDP_L4, 40, 1200, udp(Flow.V6, 9, payload)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("superPackets")
    void isCutAsACardWould(String name, int type, int transport, int size, byte[] packet) {
        byte[] read = read(type, transport, size, packet);
        assertThat(cut(read)).containsExactlyElementsOf(Cut.of(read));
    }

    @Test
    void anySuperPacketIsCutAsACardWould() {
        Random random = new Random(42);
        for (int i = 0; i < Fuzz.ROUNDS; i++) {
            byte[] read = anySuperPacket(random);
            assertThat(cut(read)).as("round %d", i).containsExactlyElementsOf(Cut.of(read));
        }
    }

    private static byte[] anySuperPacket(Random random) {
        Flow flow = random.nextBoolean() ? Flow.V4 : Flow.V6;
        byte[] payload = noise(random, 1 + random.nextInt(random.nextInt(4) == 0 ? 60_000 : 4_000));
        int size = 1 + random.nextInt(Math.max(1, payload.length / (1 + random.nextInt(50))));
        int transport = flow.isV4() ? 20 : 40;
        if (random.nextInt(3) == 0) {
            return read(UDP_L4, transport, size, udp(flow, random.nextInt(), payload));
        }
        byte[] options = noise(random, 4 * random.nextInt(11));
        byte[] packet = tcp(flow, random.nextInt(), random.nextInt(), random.nextInt(0x1000), options, payload);
        return read(flow.isV4() ? TCPV4 : TCPV6, transport, size, packet);
    }

    static Stream<Arguments> lies() {
        byte[] tcp = tcp(Flow.V4, 9, 7, 0x10, NO_OPTIONS, new byte[100]);
        byte[] tcpV6 = tcp(Flow.V6, 9, 7, 0x10, NO_OPTIONS, new byte[100]);
        byte[] udp = udp(Flow.V4, 9, new byte[100]);
        return Stream.of(
                Arguments.of("no size", read(TCPV4, 20, 0, tcp)),
                Arguments.of("an unknown type", read(3, 20, 10, udp)),
                Arguments.of("another family", read(TCPV6, 20, 10, tcp)),
                Arguments.of("another family", read(TCPV4, 40, 10, tcpV6)),
                Arguments.of("UDP for TCP", read(TCPV4, 20, 10, udp)),
                Arguments.of("TCP for UDP", read(UDP_L4, 20, 10, tcp)),
                Arguments.of("no payload", read(TCPV4, 20, 10, tcp(Flow.V4, 9, 7, 0x10, NO_OPTIONS))),
                Arguments.of(
                        "a header beyond the end",
                        read(TCPV4, 20, 10, with(tcp(Flow.V4, 9, 7, 16, NO_OPTIONS), 32, 0xf0))),
                Arguments.of("a short header", read(TCPV4, 20, 10, with(tcp, 32, 0x40))),
                Arguments.of(
                        "half a header", read(TCPV4, 20, 10, Packets.v4("10.5.1.2", "10.5.2.2", 9, 6, new byte[19]))),
                Arguments.of("a later fragment", read(TCPV4, 20, 10, with(tcp, 6, 0, 1))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void whatIsNoSuchSuperPacketIsRefused(String name, byte[] read) {
        assertThat(cut(read)).isNull();
    }

    @Test
    void udpWithoutChecksumStaysWithout() {
        byte[] packet = with(udp(Flow.V4, 9, new byte[100]), 26, 0, 0);
        byte[] read = read(UDP_L4, 20, 50, packet);
        read[0] = 0; // complete as it is
        assertThat(cut(read))
                .allSatisfy(one -> assertThat(Arrays.copyOfRange(one, 26, 28)).containsOnly(0));
    }

    public static byte[] read(int type, int transport, int size, byte[] packet) {
        return read(type, transport, size, packet, type == UDP_L4 ? 6 : 16);
    }

    /// The packet with a virtio header that asks for its checksum.
    public static byte[] read(int type, int transport, int size, byte[] packet, int checksum) {
        byte[] virtio = ByteBuffer.allocate(10)
                .order(ByteOrder.nativeOrder())
                .put((byte) NEEDS_CHECKSUM)
                .put((byte) type)
                .putShort((short) packet.length) // what the kernel often says, and nobody should believe
                .putShort((short) size)
                .putShort((short) transport)
                .putShort((short) checksum)
                .array();
        return join(virtio, packet);
    }

    /// The packets, or null if it was refused.
    private List<byte[]> cut(byte[] read) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = Packets.in(arena, read, 6);
            int length = read.length - VirtioHeader.BYTES;
            Family family = read[10] >> 4 == 4 ? Family.IPV4 : Family.IPV6;
            if (!segmentation.begin(family, buffer, 6, 6 + VirtioHeader.BYTES, length)) {
                return null;
            }
            List<byte[]> packets = new ArrayList<>();
            for (int i = 0; i < segmentation.count(); i++) {
                MemorySegment to = arena.allocate(segmentation.bytes(i) + 3L);
                segmentation.write(i, to, 3);
                packets.add(Packets.out(to, 3, segmentation.bytes(i)));
            }
            assertThat(segmentation.totalBytes())
                    .isEqualTo(packets.stream().mapToLong(p -> p.length).sum());
            assertThat(Packets.out(buffer, 6, read.length))
                    .as("the super-packet itself")
                    .isEqualTo(read);
            return packets;
        }
    }

    public static byte[] noise(Random random, int length) {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        return noise;
    }

    private static byte[] tail(byte[] bytes, int from) {
        return Arrays.copyOfRange(bytes, from, bytes.length);
    }
}
