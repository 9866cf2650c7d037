package jflannel.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InternetChecksumTest {
    @Test
    void agreesWithTheDefinitionAtEveryLengthAndAlignment() {
        Random random = new Random(1);
        try (Arena arena = Arena.ofConfined()) {
            for (int length = 0; length < 200; length++) {
                byte[] bytes = new byte[length];
                random.nextBytes(bytes);
                long sum = InternetChecksum.sum(Packets.in(arena, bytes, length % 9), length % 9, length);
                assertThat(InternetChecksum.finish(sum))
                        .as("length " + length)
                        .isEqualTo(Packets.checksum(bytes, 0, length));
            }
        }
    }

    @Test
    void doesNotOverflowOnTheLargestPacketOfOnes() {
        byte[] ones = new byte[65_535];
        Arrays.fill(ones, (byte) 0xff);
        try (Arena arena = Arena.ofConfined()) {
            long sum = InternetChecksum.sum(Packets.in(arena, ones, 0), 0, ones.length);
            assertThat(InternetChecksum.finish(sum)).isEqualTo(Packets.checksum(ones, 0, ones.length));
        }
    }

    /// Section 4 of RFC 1624 has this example, in which the older equation 2 of RFC 1141 gives 0xffff.
    @Test
    void updatesTheExampleOfTheRfc() {
        assertThat(InternetChecksum.update(0xdd2f, 0x5555, 0x3285)).isZero();
    }
}
