package jflannel.packet;

import static jflannel.packet.Packets.UDP;
import static jflannel.packet.Packets.v4;
import static jflannel.packet.Packets.v6;
import static jflannel.packet.Packets.with;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import jflannel.ip.Family;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class IpPacketTest {
    private static final byte[] V4 = v4("10.5.1.2", "10.5.2.2", 64, UDP, new byte[12]);
    private static final byte[] V6 = v6("fd05:1::2", "fd05:2::2", 64, UDP, new byte[12]);

    static Stream<Arguments> shapes() {
        return Stream.of(
                Arguments.of("IPv4", V4, Family.IPV4),
                Arguments.of("IPv4 without payload", v4("10.5.1.2", "10.5.2.2", 64, UDP), Family.IPV4),
                Arguments.of("IPv4 with options", with(V4, 0, 0x46), Family.IPV4),
                Arguments.of("IPv4 that is all options", with(V4, 0, 0x48), Family.IPV4),
                Arguments.of("IPv4 whose header is longer than the packet", with(V4, 0, 0x49), null),
                Arguments.of("IPv4 with a header of 16 bytes", with(V4, 0, 0x44), null),
                Arguments.of("IPv4 that says it is longer", with(V4, 2, 0, 33), null),
                Arguments.of("IPv4 that says it is shorter", with(V4, 2, 0, 31), null),
                Arguments.of("19 bytes", with(Arrays.copyOf(V4, 19), 2, 0, 19), null),
                Arguments.of("nothing", new byte[0], null),
                Arguments.of("version 5", with(V4, 0, 0x55), null),
                Arguments.of("version 0", with(V4, 0, 0x05), null),
                Arguments.of("IPv6", V6, Family.IPV6),
                Arguments.of("IPv6 without payload", v6("fd05:1::2", "fd05:2::2", 64, 59), Family.IPV6),
                Arguments.of("IPv6 that says it is longer", with(V6, 4, 0, 13), null),
                Arguments.of("IPv6 that says it is shorter", with(V6, 4, 0, 11), null),
                Arguments.of("39 bytes", Arrays.copyOf(v6("::1", "::1", 64, 59), 39), null),
                Arguments.of("a jumbogram", with(V6, 4, 0, 0), null));
    }

    @ParameterizedTest(name = "{0} is {2}")
    @MethodSource("shapes")
    void acceptsOneWholePacketOnly(String name, byte[] packet, Family family) {
        try (Arena arena = Arena.ofConfined()) {
            assertThat(IpPacket.family(Packets.in(arena, packet, 10), 10, packet.length))
                    .isEqualTo(family);
        }
    }

    @Test
    void countingAHopKeepsTheChecksumRightWhateverTheHeader() {
        Random random = new Random(2);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(64);
            for (int i = 0; i < 100_000; i++) {
                byte[] packet = new byte[20];
                random.nextBytes(packet);
                packet[0] = 0x45;
                Packets.sealed(packet);
                int ttl = packet[8] & 0xff;
                MemorySegment.copy(MemorySegment.ofArray(packet), 0, buffer, 3, 20);
                boolean lives = IpPacket.decrementHops(Family.IPV4, buffer, 3);
                byte[] after = Packets.out(buffer, 3, 20);
                assertThat(lives).isEqualTo(ttl > 1);
                byte[] expected = lives ? Packets.sealed(with(packet, 8, ttl - 1)) : packet;
                assertThat(Packets.checksum(after, 0, 20)).isZero();
                // 0x0000 and 0xffff are the same checksum: the header may have either
                assertThat(with(after, 10, 0, 0)).isEqualTo(with(expected, 10, 0, 0));
            }
        }
    }

    @Test
    void countingAHopOfIpv6ChangesNothingElse() {
        try (Arena arena = Arena.ofConfined()) {
            for (int hops = 0; hops < 256; hops++) {
                MemorySegment buffer = Packets.in(arena, with(V6, 7, hops), 0);
                assertThat(IpPacket.decrementHops(Family.IPV6, buffer, 0)).isEqualTo(hops > 1);
                assertThat(Packets.out(buffer, 0, V6.length)).isEqualTo(with(V6, 7, hops > 1 ? hops - 1 : hops));
            }
        }
    }
}
