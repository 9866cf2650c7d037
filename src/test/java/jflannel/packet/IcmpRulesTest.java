package jflannel.packet;

import static jflannel.packet.Packets.ICMP;
import static jflannel.packet.Packets.ICMPV6;
import static jflannel.packet.Packets.UDP;
import static jflannel.packet.Packets.bytes;
import static jflannel.packet.Packets.hex;
import static jflannel.packet.Packets.join;
import static jflannel.packet.Packets.v4;
import static jflannel.packet.Packets.v6;
import static jflannel.packet.Packets.with;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.stream.Stream;
import jflannel.ip.Family;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class IcmpRulesTest {
    private static final String A = "10.5.1.2";
    private static final String B = "10.5.9.9";
    private static final String A6 = "fd05:1::2";
    private static final String B6 = "fd05:9::9";
    private static final byte[] AUTHENTICATION = hex("3a04 0000 000000000000000000000000 0000000000000000");

    static Stream<Arguments> packets() {
        byte[] udp = v4(A, B, 64, UDP, new byte[8]);
        byte[] hopByHop = hex("1100 0104 00000000"); // then UDP
        byte[] toIcmp = hex("3a00 0104 00000000");
        return Stream.of(
                told("UDP", udp),
                told("UDP without a header", v4(A, B, 64, UDP)),
                told("an echo request", v4(A, B, 64, ICMP, bytes(8, 0))),
                told("an echo reply", v4(A, B, 64, ICMP, bytes(0, 0))),
                silent("destination unreachable", v4(A, B, 64, ICMP, bytes(3, 0))),
                silent("source quench", v4(A, B, 64, ICMP, bytes(4, 0))),
                silent("redirect", v4(A, B, 64, ICMP, bytes(5, 0))),
                silent("time exceeded", v4(A, B, 64, ICMP, bytes(11, 0))),
                silent("parameter problem", v4(A, B, 64, ICMP, bytes(12, 0))),
                silent("an unknown ICMP type", v4(A, B, 64, ICMP, bytes(99, 0))),
                silent("ICMP without a type", v4(A, B, 64, ICMP)),
                silent("an error behind options", with(v4(A, B, 64, ICMP, bytes(8, 0, 0, 0, 3, 0)), 0, 0x46)),
                told("a query behind options", with(v4(A, B, 64, ICMP, bytes(3, 0, 0, 0, 8, 0)), 0, 0x46)),
                told("a first fragment", with(udp, 6, 0x20, 0)),
                silent("a later fragment", with(udp, 6, 0x20, 1)),
                silent("the last fragment", with(udp, 6, 0x1f, 0xff)),
                told("don't fragment", with(udp, 6, 0x40, 0)),
                silent("to a group", v4(A, "224.0.0.251", 64, UDP)),
                silent("to everybody", v4(A, "255.255.255.255", 64, UDP)),
                silent("from 0.0.0.0", v4("0.0.0.0", B, 64, UDP)),
                silent("from loopback", v4("127.0.0.1", B, 64, UDP)),
                silent("from a group", v4("239.1.2.3", B, 64, UDP)),
                silent("from a reserved address", v4("240.0.0.1", B, 64, UDP)),
                silent("from everybody", v4("255.255.255.255", B, 64, UDP)),
                told("UDP, v6", v6(A6, B6, 64, UDP, new byte[8])),
                told("an echo request, v6", v6(A6, B6, 64, ICMPV6, bytes(128, 0))),
                silent("destination unreachable, v6", v6(A6, B6, 64, ICMPV6, bytes(1, 0))),
                silent("packet too big, v6", v6(A6, B6, 64, ICMPV6, bytes(2, 0))),
                silent("an unknown error, v6", v6(A6, B6, 64, ICMPV6, bytes(127, 0))),
                silent("redirect, v6", v6(A6, B6, 64, ICMPV6, bytes(137, 0))),
                silent("ICMPv6 without a type", v6(A6, B6, 64, ICMPV6)),
                told("UDP behind hop-by-hop options", v6(A6, B6, 64, 0, hopByHop)),
                silent("an error behind hop-by-hop options", v6(A6, B6, 64, 0, join(toIcmp, bytes(1, 0)))),
                told("a query behind hop-by-hop options", v6(A6, B6, 64, 0, join(toIcmp, bytes(128, 0)))),
                silent(
                        "an error behind two headers",
                        v6(A6, B6, 64, 60, join(hex("2b01 010c 000000000000000000000000"), toIcmp, bytes(3, 0)))),
                told("a query behind authentication", v6(A6, B6, 64, 51, join(AUTHENTICATION, bytes(128, 0)))),
                silent("an error behind authentication", v6(A6, B6, 64, 51, join(AUTHENTICATION, bytes(1, 0)))),
                told("a first fragment, v6", v6(A6, B6, 64, 44, join(hex("1100 0001 00000001"), new byte[8]))),
                silent("a later fragment, v6", v6(A6, B6, 64, 44, join(hex("1100 0009 00000001"), new byte[8]))),
                silent("a header that ends early", v6(A6, B6, 64, 0, hex("3a00 0104"))),
                silent("a header longer than the packet", v6(A6, B6, 64, 0, hex("11ff 0104 00000000"))),
                silent("to a group, v6", v6(A6, "ff02::2", 64, UDP)),
                silent("from ::", v6("::", B6, 64, UDP)),
                silent("from ::1", v6("::1", B6, 64, UDP)),
                silent("from a group, v6", v6("ff02::1", B6, 64, UDP)));
    }

    @ParameterizedTest(name = "{0}: told is {2}")
    @MethodSource("packets")
    void sendersAreToldOnlyWhereItCannotMultiply(String name, byte[] packet, boolean told) {
        Family family = packet[0] >> 4 == 4 ? Family.IPV4 : Family.IPV6;
        try (Arena arena = Arena.ofConfined()) {
            assertThat(IcmpRules.mayReport(family, Packets.in(arena, packet, 10), 10, packet.length))
                    .isEqualTo(told);
        }
    }

    @Test
    void randomExtensionHeadersAreWalkedWithinThePacket() {
        Random random = new Random(4);
        int[] extensions = {0, 43, 44, 51, 60, 58};
        for (int i = 0; i < 100_000; i++) {
            byte[] payload = new byte[random.nextInt(64)];
            random.nextBytes(payload);
            for (int at = 0; at + 1 < payload.length; at += 8) { // chains are long only if they are likely
                payload[at] = (byte) extensions[random.nextInt(6)];
                payload[at + 1] = (byte) random.nextInt(3);
            }
            byte[] packet = v6(A6, B6, 64, extensions[random.nextInt(6)], payload);
            try (Arena arena = Arena.ofConfined()) {
                var exact = arena.allocate(packet.length); // reading beyond the end throws
                exact.copyFrom(MemorySegment.ofArray(packet));
                IcmpRules.mayReport(Family.IPV6, exact, 0, packet.length);
            }
        }
    }

    private static Arguments told(String name, byte[] packet) {
        return Arguments.of(name, packet, true);
    }

    private static Arguments silent(String name, byte[] packet) {
        return Arguments.of(name, packet, false);
    }
}
