package jflannel.packet;

import static jflannel.packet.NetworkOrder.u16;

import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;

/// What a kernel leaves undone in packets that it wraps by itself: a network card is to finish them, and virtual
/// links pass them on as they are. Their transport checksum is the folded sum of the pseudo-header, and a
/// super-packet is still in one piece.
public final class Unfinished {
    private Unfinished() {}

    /// True if the transport checksum has only been begun.
    ///
    /// @param at where a packet of `length` bytes begins, sound by [IpPacket#family]
    public static boolean is(Family family, MemorySegment packet, long at, int length) {
        int upper = checksummed(family, packet, at, length);
        if (upper == IpPacket.NO_UPPER_LAYER) {
            return false;
        }
        int transport = upper & 0xffff;
        int protocol = upper >>> 16;
        long begun = TransportHeader.pseudoHeader(family, packet, at, protocol, length - transport);
        // a finished one may happen to be the same number, and is right then
        return u16(packet, at + transport + TransportHeader.checksum(protocol)) == InternetChecksum.fold(begun)
                && InternetChecksum.fold(begun + InternetChecksum.sum(packet, at + transport, length - transport))
                        != 0xffff;
    }

    /// Protocol and offset of a whole TCP or UDP header, as [IpPacket#upperLayer].
    private static int checksummed(Family family, MemorySegment packet, long at, int length) {
        int upper = IpPacket.upperLayer(family, packet, at, length);
        int least = switch (upper >> 16) {
            case TransportHeader.TCP -> TransportHeader.TCP_BYTES;
            case TransportHeader.UDP -> TransportHeader.UDP_BYTES;
            default -> Integer.MAX_VALUE;
        };
        return least > length - (upper & 0xffff) ? IpPacket.NO_UPPER_LAYER : upper;
    }

    /// True if it holds TCP: such packets may be cut, wherever.
    public static boolean isTcp(Family family, MemorySegment packet, long at, int length) {
        return IpPacket.upperLayer(family, packet, at, length) >> 16 == TransportHeader.TCP;
    }

    /// Computes the checksum of a packet that [#is].
    public static void finish(Family family, MemorySegment packet, long at, int length) {
        int upper = IpPacket.upperLayer(family, packet, at, length);
        int transport = upper & 0xffff;
        int protocol = upper >>> 16;
        int checksum = InternetChecksum.finish(InternetChecksum.sum(packet, at + transport, length - transport));
        boolean none = protocol == TransportHeader.UDP && checksum == 0; // RFC 768
        u16(packet, at + transport + TransportHeader.checksum(protocol), none ? 0xffff : checksum);
    }

    /// Writes a super-packet with its virtio header, for the kernel to finish.
    ///
    /// @param size payload of each packet that it stands for, in bytes; 0 lets none be longer than `most`
    /// @param to [Coalescer#WRITTEN_BYTES] of room
    /// @return how many bytes, or 0 if it can be none
    public static int write(
            Family family, MemorySegment packet, long at, int length, int size, int most, MemorySegment to) {
        int upper = checksummed(family, packet, at, length);
        if (upper == IpPacket.NO_UPPER_LAYER) {
            return 0;
        }
        int transport = upper & 0xffff;
        int protocol = upper >>> 16;
        int headers = transport
                + (protocol == TransportHeader.TCP
                        ? TransportHeader.tcpBytes(packet, at + transport)
                        : TransportHeader.UDP_BYTES);
        int payload = size > 0 ? size : most - headers;
        if (payload <= 0 || headers >= length) {
            return 0;
        }
        MemorySegment.copy(packet, at, to, VirtioHeader.BYTES, length);
        long begun = TransportHeader.pseudoHeader(family, packet, at, protocol, length - transport);
        int field = transport + TransportHeader.checksum(protocol);
        u16(to, VirtioHeader.BYTES + field, InternetChecksum.fold(begun));
        int layout = Layout.of(family, protocol, transport & 0xff);
        VirtioHeader.write(
                to, 0, Layout.gsoType(layout), headers, payload, transport, TransportHeader.checksum(protocol));
        return VirtioHeader.BYTES + length;
    }
}
