package jflannel.packet;

import static jflannel.packet.Packets.hex;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class IcmpMessageTest {
    private static final String UDP_V4 = "4500 0020 0000 0000 40 11 18c1 0a050102 0a054d01 1f900035000c000061626364";
    private static final String UDP_V6 = "60000000 000c 11 40 fd050001000000000000000000000002"
            + " fd050077000000000000000000000001 1f900035000c000061626364";

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment message =
            arena.allocate(IcmpMessage.MAX_BYTES, 8).fill((byte) 0xdd);

    @ParameterizedTest
    @CsvSource({
        "NO_ROUTE, 0, 03001868 00000000",
        "TIME_EXCEEDED, 0, 0b001068 00000000",
        "TOO_BIG, 1472, 030412a4 000005c0"
    })
    void ipv4ByteForByte(IcmpError error, int mtu, String icmp) {
        assertThat(write(error, "10.5.1.0", hex(UDP_V4), mtu))
                .isEqualTo(hex("45c0 003c 0000 0000 40 01 63f6 0a050100 0a050102" + icmp + UDP_V4));
    }

    @ParameterizedTest
    @CsvSource({
        "NO_ROUTE, 0, 0100b40e 00000000",
        "TIME_EXCEEDED, 0, 0300b20e 00000000",
        "TOO_BIG, 1452, 0200ad62 000005ac"
    })
    void ipv6ByteForByte(IcmpError error, int mtu, String icmp) {
        assertThat(write(error, "fd05:1::", hex(UDP_V6), mtu))
                .isEqualTo(hex("60000000 003c 3a 40 fd050001000000000000000000000000"
                        + "fd050001000000000000000000000002" + icmp + UDP_V6));
    }

    /// Go flannel quotes eight bytes of payload even if there are fewer: then bytes of an earlier packet leak.
    @ParameterizedTest
    @EnumSource(Family.class)
    void theQuoteIsAPrefixOfThePacketWithNothingBehindIt(Family family) {
        Random random = new Random(5);
        int header = family.headerBytes();
        int most = family == Family.IPV4 ? 576 : 1280;
        String source = family == Family.IPV4 ? "10.5.1.0" : "fd05:1::";
        for (int i = 0; i < 5_000; i++) {
            byte[] payload = new byte[random.nextInt(random.nextBoolean() ? 20 : 3_000)];
            random.nextBytes(payload);
            byte[] packet = family == Family.IPV4
                    ? Packets.v4("10.5.1.2", "10.5.77.1", 1, Packets.UDP, payload)
                    : Packets.v6("fd05:1::2", "fd05:77::1", 1, Packets.UDP, payload);
            byte[] answer = write(IcmpError.TIME_EXCEEDED, source, packet, 0);
            assertThat(answer).hasSize(Math.min(most, header + 8 + packet.length));
            byte[] quote = Arrays.copyOfRange(answer, header + 8, answer.length);
            assertThat(quote).isEqualTo(Arrays.copyOf(packet, quote.length));
            assertThat(checksumsAreRight(family, answer)).isTrue();
        }
    }

    @Test
    void aSmallMessageAfterALargeOneHasNothingOfIt() {
        write(IcmpError.NO_ROUTE, "fd05:1::", Packets.v6("fd05:1::2", "fd05:77::1", 9, 17, new byte[1400]), 0);
        ipv4ByteForByte(IcmpError.TOO_BIG, 1472, "030412a4 000005c0");
        ipv4ByteForByte(IcmpError.NO_ROUTE, 0, "03001868 00000000");
    }

    private byte[] write(IcmpError error, String source, byte[] packet, int mtu) {
        MemorySegment buffer = Packets.in(arena, packet, 10);
        int length = IcmpMessage.write(message, error, Ip.parse(source), buffer, 10, packet.length, mtu);
        return Packets.out(message, 0, length);
    }

    private static boolean checksumsAreRight(Family family, byte[] answer) {
        return family == Family.IPV4
                ? Packets.checksum(answer, 0, 20) == 0 && Packets.checksum(answer, 20, answer.length - 20) == 0
                : Packets.icmpV6ChecksumIsRight(answer);
    }
}
