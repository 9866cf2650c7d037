package jflannel.packet;

import static jflannel.packet.Packets.bytes;
import static jflannel.packet.Packets.sealed;
import static jflannel.packet.Packets.sealedTransport;
import static jflannel.packet.Packets.tcp;
import static jflannel.packet.Packets.udp;
import static jflannel.packet.Packets.with;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jflannel.packet.Packets.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What is joined must come apart again, byte for byte, by [Cut].
class CoalescerTest {
    private static final byte[] STAMPS = bytes(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2);

    private final Joining joining = new Joining(true);

    /// Packet `n` of a stream with 100 bytes in each.
    private static byte[] nth(Flow flow, int n, int flags) {
        return tcp(flow, 9 + n, 1000 + 100L * n, flags, STAMPS, noise(n, 100));
    }

    private static byte[] noise(int seed, int length) {
        return SegmentationTest.noise(new Random(seed), length);
    }

    static Stream<Flow> flows() {
        return Stream.of(Flow.V4, Flow.V6);
    }

    @ParameterizedTest
    @MethodSource("flows")
    void aStreamBecomesOneSuperPacketUntilItIsFull(Flow flow) {
        List<byte[]> stream = IntStream.range(0, 44)
                .mapToObj(n -> tcp(flow, n, 1400L * n, 0x10, STAMPS, noise(n, 1400)))
                .toList();
        assertThat(groups(stream)).containsExactly(44);
        List<byte[]> longer = IntStream.range(0, 100)
                .mapToObj(n -> tcp(flow, n, 1400L * n, 0x10, STAMPS, noise(n, 1400)))
                .toList();
        assertThat(groups(longer)).containsExactly(46, 46, 8);
    }

    @ParameterizedTest
    @MethodSource("flows")
    void datagramsOfOneSizeBecomeOneSuperPacket(Flow flow) {
        List<byte[]> train =
                IntStream.range(0, 70).mapToObj(n -> udp(flow, n, noise(n, 64))).toList();
        assertThat(groups(train)).containsExactly(64, 6);
        assertThat(groups(List.of(udp(flow, 1, noise(1, 64)), udp(flow, 2, noise(2, 63)), udp(flow, 3, noise(3, 63)))))
                .containsExactly(2, 1);
    }

    @Test
    void datagramsStayAloneWhereTheKernelCannotCutThem() {
        Joining tcpOnly = new Joining(false);
        List<byte[]> train = List.of(udp(Flow.V4, 1, noise(1, 64)), udp(Flow.V4, 2, noise(2, 64)));
        assertThat(tcpOnly.groups(train)).containsExactly(1, 1);
    }

    @Test
    void flowsDoNotDisturbEachOther() {
        List<byte[]> mixed = new ArrayList<>();
        for (int n = 0; n < 5; n++) {
            for (int port = 1; port <= 10; port++) {
                mixed.add(nth(Flow.V4.ports(port, 80), n, 0x10));
                mixed.add(nth(Flow.V6.ports(port, 80), n, 0x10));
            }
            mixed.add(Packets.v4("10.5.1.2", "10.5.2.2", 64, Packets.ICMP, bytes(8, 0, 0, 0)));
        }
        assertThat(groups(mixed)).hasSize(25).filteredOn(count -> count == 5).hasSize(20);
    }

    @Test
    void moreFlowsThanCanBeWatchedOnlyCostSpeed() {
        List<byte[]> mixed = new ArrayList<>();
        for (int n = 0; n < 3; n++) {
            for (int port = 1; port <= 100; port++) {
                mixed.add(nth(Flow.V4.ports(port, 80), n, 0x10));
            }
        }
        assertThat(groups(mixed)).hasSize(300);
    }

    /// What may follow packet 0 of a stream, and what may not.
    static Stream<Arguments> seconds() {
        byte[] next = nth(Flow.V4, 1, 0x10);
        byte[] nextV6 = nth(Flow.V6, 1, 0x10);
        return Stream.of(
                Arguments.of("the next one", true, next),
                Arguments.of("the next one with PSH", true, nth(Flow.V4, 1, 0x18)),
                Arguments.of("the next one with FIN", true, nth(Flow.V4, 1, 0x11)),
                Arguments.of("a shorter one", true, tcp(Flow.V4, 10, 1100, 0x10, STAMPS, noise(1, 99))),
                Arguments.of("a longer one", false, tcp(Flow.V4, 10, 1100, 0x10, STAMPS, noise(1, 101))),
                Arguments.of("no payload", false, tcp(Flow.V4, 10, 1100, 0x10, STAMPS)),
                Arguments.of("a gap", false, nth(Flow.V4, 2, 0x10)),
                Arguments.of("the same again", false, nth(Flow.V4, 0, 0x10)),
                Arguments.of("another port", false, nth(Flow.V4.ports(40_001, 80), 1, 0x10)),
                Arguments.of("SYN", false, nth(Flow.V4, 1, 0x12)),
                Arguments.of("RST", false, nth(Flow.V4, 1, 0x14)),
                Arguments.of("URG", false, nth(Flow.V4, 1, 0x30)),
                Arguments.of("ECE", false, nth(Flow.V4, 1, 0x50)),
                Arguments.of("CWR", false, nth(Flow.V4, 1, 0x90)),
                Arguments.of("AE of AccECN", false, nth(Flow.V4, 1, 0x110)),
                Arguments.of("a reserved bit", false, nth(Flow.V4, 1, 0x810)),
                Arguments.of("no ACK", false, nth(Flow.V4, 1, 0)),
                Arguments.of("another acknowledgment", false, tcpSealed(with(next, 31, 78))),
                Arguments.of("another window", false, tcpSealed(with(next, 35, 1))),
                Arguments.of("an urgent pointer", false, tcpSealed(with(next, 39, 1))),
                Arguments.of("another time stamp", false, tcpSealed(with(next, 47, 9))),
                Arguments.of("fewer options", false, tcp(Flow.V4, 10, 1100, 0x10, new byte[0], noise(1, 100))),
                Arguments.of("a broken payload", false, with(next, 80, next[80] ^ 1)),
                Arguments.of("a broken TCP checksum", false, with(next, 36, next[36] ^ 1)),
                Arguments.of("the other zero for a checksum", false, otherZero()),
                Arguments.of("a broken IP checksum", false, with(next, 10, next[10] ^ 1)),
                Arguments.of("another time to live", false, sealed(with(next, 8, 63))),
                Arguments.of("congestion experienced", false, sealed(with(next, 1, 3))),
                Arguments.of("another service class", false, sealed(with(next, 1, 0x20))),
                Arguments.of("without DF", false, sealed(with(next, 6, 0))),
                Arguments.of("the reserved IP flag", false, sealed(with(next, 6, 0xc0))),
                Arguments.of("more fragments", false, sealed(with(next, 6, 0x20))),
                Arguments.of("a later fragment", false, sealed(with(next, 6, 0, 5))),
                Arguments.of("the same identification", false, sealed(with(next, 5, 9))),
                Arguments.of("IP options", false, withIpOption(next)),
                Arguments.of("the next one, IPv6", true, nextV6),
                Arguments.of("another hop limit", false, with(nextV6, 7, 63)),
                Arguments.of("another traffic class", false, with(nextV6, 1, 0x20)),
                Arguments.of("another flow label", false, with(nextV6, 3, 1)),
                Arguments.of("an extension header", false, withHopByHop(nextV6)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("seconds")
    void joinsOnlyWhatComesApartAgain(String name, boolean joined, byte[] second) {
        Flow flow = second[0] >> 4 == 4 ? Flow.V4 : Flow.V6;
        List<byte[]> stream = List.of(nth(flow, 0, 0x10), second, nth(flow, 2, 0x10));
        List<Integer> groups = groups(stream);
        assertThat(groups.getFirst() > 1).isEqualTo(joined);
        assertThat(joining.written()).containsExactlyElementsOf(stream);
    }

    @Test
    void nothingFollowsAFirstPacketThatCannotBeDescribed() {
        for (int flags : new int[] {0x18, 0x11, 0x90, 0x50, 0x12, 0}) {
            assertThat(groups(List.of(nth(Flow.V4, 0, flags), nth(Flow.V4, 1, 0x10))))
                    .as("flags %x", flags)
                    .containsExactly(1, 1);
        }
        byte[] broken = with(nth(Flow.V4, 0, 0x10), 90, 0x55);
        assertThat(groups(List.of(broken, nth(Flow.V4, 1, 0x10)))).containsExactly(1, 1);
        byte[] zero = with(udp(Flow.V4, 1, noise(1, 64)), 26, 0, 0);
        assertThat(groups(List.of(zero, udp(Flow.V4, 2, noise(2, 64))))).containsExactly(1, 1);
    }

    @Test
    void udpWhoseLengthsContradictEachOtherStaysAlone() {
        byte[] lying = sealedTransport(with(udp(Flow.V4, 2, noise(2, 64)), 25, 71), 20, Packets.UDP);
        assertThat(groups(List.of(udp(Flow.V4, 1, noise(1, 64)), lying))).containsExactly(1, 1);
    }

    @Test
    void nothingIsOvertakenByItsOwnFlow() {
        List<byte[]> stream = List.of(
                nth(Flow.V4, 0, 0x10),
                sealed(with(nth(Flow.V4, 7, 0x10), 6, 0x20)), // a fragment of who knows what
                nth(Flow.V4, 1, 0x10),
                tcp(Flow.V4, 11, 1200, 0x10, STAMPS), // a bare acknowledgment
                nth(Flow.V4, 2, 0x10));
        groups(stream);
        assertThat(joining.written()).containsExactlyElementsOf(stream);
    }

    @Test
    void whateverComesComesApartAgain() {
        Random random = new Random(7);
        int joined = 0;
        for (int round = 0; round < Fuzz.ROUNDS; round++) {
            List<byte[]> packets = anyPackets(random);
            joined += packets.size() - groups(packets).size();
            List<byte[]> written = joining.written();
            assertThat(Joining.byFlow(written)).as("round %d", round).isEqualTo(Joining.byFlow(packets));
        }
        assertThat(joined).isGreaterThan(Fuzz.ROUNDS); // else this proved nothing
    }

    /// A few streams, mixed, with some of their packets spoilt in some way.
    private static List<byte[]> anyPackets(Random random) {
        List<byte[]> packets = new ArrayList<>();
        int[] position = new int[6];
        int size = 1 + random.nextInt(random.nextInt(5) == 0 ? 1448 : 40);
        for (int i = random.nextInt(60); i >= 0; i--) {
            int stream = random.nextInt(position.length);
            Flow flow = (stream % 2 == 0 ? Flow.V4 : Flow.V6).ports(stream / 4, 80);
            int n = position[stream]++;
            int length = random.nextInt(12) == 0 ? random.nextInt(size + 1) : size;
            byte[] payload = SegmentationTest.noise(random, length);
            int flags = random.nextInt(10) == 0 ? random.nextInt(0x1000) : 0x10;
            byte[] packet = stream % 3 == 2
                    ? udp(flow, n, payload)
                    : tcp(flow, n, (long) n * size - 300, flags, STAMPS, payload);
            packets.add(random.nextInt(8) == 0 ? spoilt(random, packet) : packet);
        }
        return packets;
    }

    private static byte[] spoilt(Random random, byte[] packet) {
        byte[] spoilt = packet.clone();
        boolean v4 = packet[0] >> 4 == 4;
        int at = 1 + random.nextInt(packet.length - 1);
        boolean length = v4 ? at == 2 || at == 3 : at == 4 || at == 5; // not what arrives here
        spoilt[length ? 8 : at] ^= (byte) (1 << random.nextInt(8));
        if (random.nextBoolean() && v4) {
            sealed(spoilt);
        }
        if (random.nextBoolean()) {
            int protocol = packet[v4 ? 9 : 6];
            spoilt = sealedTransport(spoilt, v4 ? 20 : 40, protocol);
        }
        return spoilt;
    }

    private List<Integer> groups(List<byte[]> packets) {
        return joining.groups(packets);
    }

    private static byte[] tcpSealed(byte[] v4) {
        return sealedTransport(v4, 20, Packets.TCP);
    }

    /// A packet whose TCP checksum is 0x0000, written as 0xffff, which is the same number to whoever only adds it up.
    private static byte[] otherZero() {
        byte[] payload = noise(1, 100);
        for (int i = 0; ; i++) {
            payload[0] = (byte) (i >> 8);
            payload[1] = (byte) i;
            byte[] packet = tcp(Flow.V4, 10, 1100, 0x10, STAMPS, payload);
            if (packet[36] == 0 && packet[37] == 0) {
                return with(packet, 36, 0xff, 0xff);
            }
        }
    }

    private static byte[] withIpOption(byte[] v4) {
        byte[] longer = Packets.join(Arrays.copyOf(v4, 20), bytes(1, 1, 1, 0), Arrays.copyOfRange(v4, 20, v4.length));
        return sealed(with(longer, 0, 0x46, 0, longer.length >> 8, longer.length));
    }

    private static byte[] withHopByHop(byte[] v6) {
        byte[] inner = Arrays.copyOfRange(v6, 40, v6.length);
        byte[] payload = Packets.join(bytes(Packets.TCP, 0, 1, 4, 0, 0, 0, 0), inner);
        return Packets.v6("fd05:1::2", "fd05:2::2", 64, 0, payload);
    }
}
