package jflannel.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import jflannel.ip.Family;

/// A batch of packets that a [Coalescer] joins and [Cut] takes apart again.
final class Joining {
    private static final int BUFFER_BYTES = 4 << 20;

    private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_BYTES, 64);
    private final MemorySegment room = Arena.ofAuto().allocate(Coalescer.WRITTEN_BYTES);
    private final Coalescer batch;

    public Joining(boolean joinsUdp) {
        batch = new Coalescer(buffer, joinsUdp);
    }

    /// Joins what is well-formed of the packets.
    ///
    /// @return how many packets each group has
    public List<Integer> groups(List<byte[]> packets) {
        batch.clear();
        int at = 5;
        for (byte[] packet : packets) {
            MemorySegment.copy(MemorySegment.ofArray(packet), 0, buffer, at, packet.length);
            Family family = IpPacket.family(buffer, at, packet.length);
            if (family != null) {
                batch.add(family, at, packet.length);
            }
            at += packet.length;
        }
        return IntStream.range(0, batch.groups()).mapToObj(batch::count).toList();
    }

    /// What the kernel makes of all that is written to the device.
    public List<byte[]> written() {
        List<byte[]> written = new ArrayList<>();
        for (int group = 0; group < batch.groups(); group++) {
            int first = batch.first(group);
            if (batch.count(group) == 1) {
                written.add(Packets.out(buffer, batch.at(first), batch.length(first)));
                continue;
            }
            List<byte[]> cut = Cut.of(Packets.out(room, 0, (int) batch.write(group, room)));
            assertThat(cut).hasSize(batch.count(group));
            assertThat(batch.totalBytes(group))
                    .isEqualTo(cut.stream().mapToLong(one -> one.length).sum());
            written.addAll(cut);
        }
        return written;
    }

    /// Packets by addresses, protocol and ports: each list in its order.
    public static Map<String, List<String>> byFlow(List<byte[]> packets) {
        return packets.stream()
                .collect(Collectors.groupingBy(
                        packet -> {
                            boolean v4 = packet[0] >> 4 == 4;
                            HexFormat hex = HexFormat.of();
                            int end = Math.min(packet.length, v4 ? 24 : 44);
                            return hex.formatHex(packet, v4 ? 12 : 8, end) + packet[v4 ? 9 : 6];
                        },
                        Collectors.mapping(HexFormat.of()::formatHex, Collectors.toList())));
    }
}
