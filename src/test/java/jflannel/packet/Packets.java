package jflannel.packet;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import jflannel.ip.Ip;

/// Builds packets for tests, and judges them by the definitions: slowly, and without the code under test.
public final class Packets {
    public static final int ICMP = 1;
    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int ICMPV6 = 58;

    private Packets() {}

    /// An IPv4 packet with a valid header checksum.
    public static byte[] v4(String source, String destination, int ttl, int protocol, byte... payload) {
        byte[] packet = ByteBuffer.allocate(20 + payload.length)
                .putShort((short) 0x4500)
                .putShort((short) (20 + payload.length))
                .putInt(0)
                .put((byte) ttl)
                .put((byte) protocol)
                .putShort((short) 0)
                .put(Ip.parse(source).bytes())
                .put(Ip.parse(destination).bytes())
                .put(payload)
                .array();
        return sealed(packet);
    }

    /// The packet with its header checksum made valid.
    public static byte[] sealed(byte[] v4) {
        v4[10] = 0;
        v4[11] = 0;
        int checksum = checksum(v4, 0, (v4[0] & 0x0f) * 4);
        v4[10] = (byte) (checksum >> 8);
        v4[11] = (byte) checksum;
        return v4;
    }

    public static byte[] v6(String source, String destination, int hops, int nextHeader, byte... payload) {
        return ByteBuffer.allocate(40 + payload.length)
                .putInt(0x60000000)
                .putShort((short) payload.length)
                .put((byte) nextHeader)
                .put((byte) hops)
                .put(Ip.parse(source).bytes())
                .put(Ip.parse(destination).bytes())
                .put(payload)
                .array();
    }

    public static byte[] with(byte[] packet, int offset, int... values) {
        byte[] changed = packet.clone();
        for (int i = 0; i < values.length; i++) {
            changed[offset + i] = (byte) values[i];
        }
        return changed;
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /// Bytes from hex digits, in which spaces and line ends group what belongs together.
    public static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replaceAll("\\s", ""));
    }

    public static byte[] bytes(int... values) {
        return with(new byte[values.length], 0, values);
    }

    /// The packet in native memory, `at` bytes into a buffer that is otherwise full of another packet's remains.
    public static MemorySegment in(Arena arena, byte[] packet, int at) {
        MemorySegment buffer = arena.allocate(at + packet.length + 64L, 8).fill((byte) 0xee);
        MemorySegment.copy(MemorySegment.ofArray(packet), 0, buffer, at, packet.length);
        return buffer;
    }

    public static byte[] out(MemorySegment buffer, int at, int length) {
        return buffer.asSlice(at, length).toArray(JAVA_BYTE);
    }

    /// RFC 1071 by the book: 16-bit words one after the other, each carry added back at once.
    public static int checksum(byte[] bytes, int from, int length) {
        int sum = 0;
        for (int i = 0; i < length; i += 2) {
            int high = bytes[from + i] & 0xff;
            int low = i + 1 < length ? bytes[from + i + 1] & 0xff : 0;
            sum += high << 8 | low;
            if (sum > 0xffff) {
                sum -= 0xffff;
            }
        }
        return ~sum & 0xffff;
    }

    /// A packet of TCP without options in its IP header, whose checksum is left to a network card.
    public static byte[] begun(byte[] packet) {
        boolean v4 = packet[0] >>> 4 == 4;
        int ip = v4 ? 20 : 40;
        byte[] pseudo = ByteBuffer.allocate((v4 ? 8 : 32) + 4)
                .put(packet, v4 ? 12 : 8, v4 ? 8 : 32)
                .putShort((short) (packet.length - ip))
                .putShort((short) TCP)
                .array();
        int sum = ~checksum(pseudo, 0, pseudo.length) & 0xffff;
        return with(packet, ip + 16, sum >> 8, sum);
    }

    /// True if the ICMPv6 checksum of a packet without extension headers is right (RFC 8200 8.1).
    public static boolean icmpV6ChecksumIsRight(byte[] packet) {
        int payload = packet.length - 40;
        byte[] pseudo = ByteBuffer.allocate(40 + payload)
                .put(packet, 8, 32)
                .putInt(payload)
                .putInt(ICMPV6)
                .put(packet, 40, payload)
                .array();
        return checksum(pseudo, 0, pseudo.length) == 0;
    }

    /// A TCP packet of a flow with valid checksums.
    ///
    /// @param id IPv4 identification
    /// @param options a multiple of 4 bytes
    public static byte[] tcp(Flow flow, int id, long sequence, int flags, byte[] options, byte... payload) {
        byte[] segment = ByteBuffer.allocate(20 + options.length + payload.length)
                .putShort((short) flow.sourcePort)
                .putShort((short) flow.destinationPort)
                .putInt((int) sequence)
                .putInt(flow.acknowledged)
                .putShort((short) ((20 + options.length) / 4 << 12 | flags))
                .putShort((short) 0x2000)
                .putInt(0)
                .put(options)
                .put(payload)
                .array();
        return flow.packet(id, TCP, segment);
    }

    public static byte[] udp(Flow flow, int id, byte... payload) {
        byte[] datagram = ByteBuffer.allocate(8 + payload.length)
                .putShort((short) flow.sourcePort)
                .putShort((short) flow.destinationPort)
                .putShort((short) (8 + payload.length))
                .putShort((short) 0)
                .put(payload)
                .array();
        return flow.packet(id, UDP, datagram);
    }

    /// Who talks to whom.
    public record Flow(String source, String destination, int sourcePort, int destinationPort, int acknowledged) {
        public static final Flow V4 = new Flow("10.5.1.2", "10.5.2.2", 40_000, 80, 77);
        public static final Flow V6 = new Flow("fd05:1::2", "fd05:2::2", 40_000, 80, 77);

        Flow ports(int from, int to) {
            return new Flow(source, destination, from, to, acknowledged);
        }

        boolean isV4() {
            return source.contains(".");
        }

        private byte[] packet(int id, int protocol, byte[] segment) {
            if (!isV4()) {
                return sealedTransport(v6(source, destination, 64, protocol, segment), 40, protocol);
            }
            byte[] packet = v4(source, destination, 64, protocol, segment);
            return sealedTransport(sealed(with(packet, 4, id >> 8, id, 0x40)), 20, protocol);
        }
    }

    /// The packet with the checksum of its TCP or UDP header made valid.
    public static byte[] sealedTransport(byte[] packet, int transport, int protocol) {
        int field = transport + (protocol == TCP ? 16 : 6);
        byte[] open = with(packet, field, 0, 0);
        int length = packet.length - transport;
        boolean v4 = packet[0] >> 4 == 4;
        byte[] pseudo = ByteBuffer.allocate((v4 ? 12 : 40) + length)
                .put(packet, v4 ? 12 : 8, v4 ? 8 : 32)
                .putInt(v4 ? protocol << 16 | length : length)
                .put(v4 ? new byte[0] : bytes(0, 0, 0, protocol))
                .put(open, transport, length)
                .array();
        int sum = checksum(pseudo, 0, pseudo.length);
        int written = sum == 0 && protocol == UDP ? 0xffff : sum;
        return with(packet, field, written >> 8, written);
    }
}
