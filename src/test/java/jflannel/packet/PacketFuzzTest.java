package jflannel.packet;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.packet.Packets.Flow;

/// What no sender of packets may bring about, whatever it sends.
///
/// As tests these run over the inputs that were once found, in `src/test/resources`. To look for more, one at a time:
///
/// ```
/// JAZZER_FUZZ=1 mvn -Dquick -Dfuzz=true test -Dtest='PacketFuzzTest#whatIsJoinedComesApartAgain'
/// ```
class PacketFuzzTest {
    private static final String LONG = "5m";
    private static final Ip[] SOURCES = {Ip.parse("10.5.1.0"), Ip.parse("fd05:1::")};

    private final Joining joining = new Joining(true);
    private final Segmentation segmentation = new Segmentation();

    /// Streams with some of their packets altered anywhere, with or without checksums made to fit.
    @FuzzTest(maxDuration = LONG)
    void whatIsJoinedComesApartAgain(FuzzedDataProvider data) {
        List<byte[]> packets = new ArrayList<>();
        int size = data.consumeInt(1, 200);
        int options = data.consumeInt(0, 10) * 4;
        while (data.remainingBytes() > 0 && packets.size() < 100) {
            packets.add(altered(data, next(data, packets.size(), size, options)));
        }
        packets.removeIf(packet -> !isSound(packet));
        joining.groups(packets);
        assertThat(Joining.byFlow(joining.written())).isEqualTo(Joining.byFlow(packets));
    }

    private static byte[] next(FuzzedDataProvider data, int n, int size, int options) {
        int kind = data.consumeInt(0, 7);
        Flow flow = (kind & 1) == 0 ? Flow.V4 : Flow.V6;
        byte[] payload = new byte[(kind & 4) == 0 ? size : data.consumeInt(0, size)];
        Arrays.fill(payload, (byte) n);
        return (kind & 2) == 0
                ? Packets.tcp(flow, n, 0xfffffff0L + (long) n * size, 0x10, new byte[options], payload)
                : Packets.udp(flow, n, payload);
    }

    private static byte[] altered(FuzzedDataProvider data, byte[] packet) {
        for (int changes = data.consumeInt(0, 3); changes > 0; changes--) {
            packet[data.consumeInt(0, packet.length - 1)] = data.consumeByte();
        }
        boolean v4 = packet[0] >> 4 == 4;
        if (v4 && data.consumeBoolean() && (packet[0] & 15) * 4 <= packet.length) {
            Packets.sealed(packet);
        }
        boolean whole = packet.length >= (v4 ? 40 : 60);
        int protocol = packet[v4 ? 9 : 6];
        return whole && data.consumeBoolean() ? Packets.sealedTransport(packet, v4 ? 20 : 40, protocol) : packet;
    }

    private static boolean isSound(byte[] packet) {
        return IpPacket.family(MemorySegment.ofArray(packet), 0, packet.length) != null;
    }

    /// Any bytes at all, with the length in their IP header made right.
    @FuzzTest(maxDuration = LONG)
    void aSuperPacketIsCutAsACardWouldOrRefused(byte[] bytes) {
        if (bytes.length <= VirtioHeader.BYTES) {
            return;
        }
        byte[] read = bytes.clone();
        ByteBuffer packet = lengthMadeRight(ByteBuffer.wrap(read, VirtioHeader.BYTES, read.length - VirtioHeader.BYTES)
                .slice());
        MemorySegment segment = MemorySegment.ofArray(read);
        Family family = IpPacket.family(segment, VirtioHeader.BYTES, packet.capacity());
        if (family == null || !segmentation.begin(family, segment, 0, VirtioHeader.BYTES, packet.capacity())) {
            return;
        }
        // the kernel says where the transport header begins; the code under test finds out
        int transport = SlowParser.transport(Packets.out(segment, VirtioHeader.BYTES, packet.capacity()));
        ByteBuffer.wrap(read).order(ByteOrder.nativeOrder()).putShort(6, (short) transport);
        List<byte[]> cut = new ArrayList<>();
        for (int i = 0; i < segmentation.count(); i++) {
            byte[] one = new byte[segmentation.bytes(i)]; // not a byte more
            segmentation.write(i, MemorySegment.ofArray(one), 0);
            cut.add(one);
        }
        assertThat(cut).containsExactlyElementsOf(expected(read, transport));
    }

    private static List<byte[]> expected(byte[] read, int transport) {
        List<byte[]> cut = Cut.of(read);
        int field = transport + TransportHeader.UDP_CHECKSUM;
        int at = VirtioHeader.BYTES + field;
        boolean udp = (read[1] & 0x7f) == VirtioHeader.GSO_UDP_L4;
        boolean without = udp && (read[0] & 1) == 0 && read[at] == 0 && read[at + 1] == 0;
        return without ? cut.stream().map(one -> Packets.with(one, field, 0, 0)).toList() : cut;
    }

    private static ByteBuffer lengthMadeRight(ByteBuffer packet) {
        if (packet.get(0) >> 4 == 4 && packet.capacity() >= 4) {
            packet.putShort(2, (short) packet.capacity());
        } else if (packet.get(0) >> 4 == 6 && packet.capacity() >= 40) {
            packet.putShort(4, (short) (packet.capacity() - 40));
        }
        return packet;
    }

    /// The segment ends where the packet does: a look beyond it fails.
    @FuzzTest(maxDuration = LONG)
    void nobodyLooksBeyondAPacket(byte[] bytes) {
        if (bytes.length == 0) {
            return;
        }
        byte[] sent = lengthMadeRight(ByteBuffer.wrap(bytes.clone())).array();
        byte[] packet = sent.clone();
        MemorySegment segment = MemorySegment.ofArray(packet);
        Family family = IpPacket.family(segment, 0, packet.length);
        if (family == null) {
            return;
        }
        int upper = IpPacket.upperLayer(family, segment, 0, packet.length);
        int transport = upper == IpPacket.NO_UPPER_LAYER ? -1 : upper & 0xffff;
        assertThat(transport).isEqualTo(SlowParser.transport(packet));
        if (IpPacket.decrementHops(family, segment, 0)) {
            int hops = family == Family.IPV4 ? 8 : 7;
            int header = (packet[0] & 15) * 4;
            byte[] back = Packets.with(packet, hops, packet[hops] + 1);
            if (family == Family.IPV4) {
                boolean right = Packets.checksum(sent, 0, header) == 0;
                assertThat(Packets.checksum(packet, 0, header) == 0).isEqualTo(right);
                back = Packets.with(back, 10, sent[10], sent[11]);
            }
            assertThat(back).isEqualTo(sent);
        } else {
            assertThat(packet).isEqualTo(sent);
        }
    }

    @FuzzTest(maxDuration = LONG)
    void anIcmpErrorQuotesThePacketAndNothingElse(byte[] bytes) {
        if (bytes.length < 2) {
            return;
        }
        byte[] packet = lengthMadeRight(ByteBuffer.wrap(Arrays.copyOfRange(bytes, 1, bytes.length)))
                .array();
        MemorySegment segment = MemorySegment.ofArray(packet);
        Family family = IpPacket.family(segment, 0, packet.length);
        if (family == null || !IcmpRules.mayReport(family, segment, 0, packet.length)) {
            return;
        }
        boolean v4 = family == Family.IPV4;
        IcmpError error = IcmpError.values()[(bytes[0] & 0xff) % IcmpError.values().length];
        MemorySegment message = Arena.ofAuto().allocate(IcmpMessage.MAX_BYTES);
        int length = IcmpMessage.write(message, error, SOURCES[v4 ? 0 : 1], segment, 0, packet.length, 1400);
        byte[] written = Packets.out(message, 0, length);
        int header = family.headerBytes();
        int quoted = length - header - 8;
        assertThat(quoted).isEqualTo(Math.min(packet.length, (v4 ? 576 : 1280) - header - 8));
        assertThat(Arrays.copyOfRange(written, header + 8, length)).isEqualTo(Arrays.copyOf(packet, quoted));
        assertThat(v4 ? Packets.checksum(written, 20, length - 20) == 0 : Packets.icmpV6ChecksumIsRight(written))
                .isTrue();
        assertThat(Arrays.copyOfRange(written, v4 ? 16 : 24, header)) // goes to who sent the packet
                .isEqualTo(Arrays.copyOfRange(packet, v4 ? 12 : 8, v4 ? 16 : 24));
    }
}
