package jflannel.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import jflannel.ip.Family;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UnfinishedTest {
    private static byte[] whole(Family family, int bytes) {
        Packets.Flow flow = family == Family.IPV4 ? Packets.Flow.V4 : Packets.Flow.V6;
        return Packets.tcp(flow, 1, 1, 0x18, new byte[0], SegmentationTest.noise(new Random(bytes), bytes));
    }

    private static boolean is(Family family, byte[] packet) {
        return Unfinished.is(family, MemorySegment.ofArray(packet), 0, packet.length);
    }

    @ParameterizedTest
    @EnumSource
    void whatWasOnlyBegunBecomesWhatItWas(Family family) {
        for (int bytes = 0; bytes < 200; bytes++) {
            byte[] whole = whole(family, bytes);
            byte[] begun = Packets.begun(whole);
            assertThat(is(family, whole)).isFalse();
            assertThat(is(family, begun)).isTrue();
            Unfinished.finish(family, MemorySegment.ofArray(begun), 0, begun.length);
            assertThat(begun).isEqualTo(whole);
        }
    }

    /// The segment ends where the packet does, so that a look beyond would fail.
    @ParameterizedTest
    @EnumSource
    void nobodyLooksBeyondAPacket(Family family) {
        Random random = new Random(7);
        byte[] begun = Packets.begun(whole(family, 60));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment to = arena.allocate(Coalescer.WRITTEN_BYTES);
            for (int i = 0; i < 20_000; i++) {
                byte[] packet = Arrays.copyOf(begun, family.headerBytes() + random.nextInt(60));
                int length = family == Family.IPV4 ? packet.length : packet.length - family.headerBytes();
                NetworkOrder.u16(MemorySegment.ofArray(packet), family == Family.IPV4 ? 2 : 4, length);
                packet[random.nextInt(packet.length)] = (byte) random.nextInt(256);
                MemorySegment segment = MemorySegment.ofArray(packet);
                if (IpPacket.family(segment, 0, packet.length) == family) {
                    Unfinished.write(family, segment, 0, packet.length, random.nextInt(100), 1280, to);
                    if (is(family, packet)) {
                        Unfinished.finish(family, segment, 0, packet.length);
                    }
                }
            }
        }
    }
}
