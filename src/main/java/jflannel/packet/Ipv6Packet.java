package jflannel.packet;

import static jflannel.packet.NetworkOrder.u16;
import static jflannel.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;

/// Fields of an IPv6 packet ([RFC 8200](https://www.rfc-editor.org/rfc/rfc8200#section-3)) that starts `at` bytes
/// into a segment. Only [#isSound] may be asked about bytes that nobody has looked at yet.
final class Ipv6Packet {
    static final int HEADER_BYTES = 40;

    static final int PAYLOAD_LENGTH = 4;
    static final int NEXT_HEADER = 6;
    static final int HOP_LIMIT = 7;
    static final int SOURCE = 8;
    static final int DESTINATION = 24;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int AUTHENTICATION = 51;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int FRAGMENT_HEADER_BYTES = 8;

    private Ipv6Packet() {}

    /// True if the `length` bytes are one whole packet: its version is 6, its header complete, and the length in the
    /// header is the true one (which excludes jumbograms).
    static boolean isSound(MemorySegment packet, long at, long length) {
        return length >= HEADER_BYTES
                && u8(packet, at) >>> 4 == 6
                && u16(packet, at + PAYLOAD_LENGTH) + HEADER_BYTES == length;
    }

    /// True for a destination in ff00::/8.
    static boolean isForMany(MemorySegment packet, long at) {
        return u8(packet, at + DESTINATION) == 0xff;
    }

    /// Lowers the hop limit by one. There is no checksum over it.
    ///
    /// @return false if the packet has reached the end of its life (hop limit 0 or 1); it is left as it is
    static boolean decrementHopLimit(MemorySegment packet, long at) {
        int hops = u8(packet, at + HOP_LIMIT);
        if (hops < 2) {
            return false;
        }
        u8(packet, at + HOP_LIMIT, hops - 1);
        return true;
    }

    /// Finds the transport header behind the extension headers.
    ///
    /// @return protocol number and offset from `at`, as `protocol << 16 | offset`, or [IpPacket#NO_UPPER_LAYER] for
    ///     later fragments and for headers that reach beyond `length`
    static int upperLayer(MemorySegment packet, long at, long length) {
        int protocol = u8(packet, at + NEXT_HEADER);
        int offset = HEADER_BYTES;
        while (isExtension(protocol)) {
            if (offset + FRAGMENT_HEADER_BYTES > length) { // no extension header is shorter
                return IpPacket.NO_UPPER_LAYER;
            }
            long header = at + offset;
            if (protocol == FRAGMENT && u16(packet, header + 2) >>> 3 != 0) {
                return IpPacket.NO_UPPER_LAYER;
            }
            offset += extensionBytes(protocol, u8(packet, header + 1));
            protocol = u8(packet, header);
        }
        return offset > length ? IpPacket.NO_UPPER_LAYER : protocol << 16 | offset;
    }

    static int nextHeader(MemorySegment packet, long at) {
        return u8(packet, at + NEXT_HEADER);
    }

    /// True if a transport header may follow behind the header of this number.
    static boolean isExtension(int protocol) {
        return switch (protocol) {
            case HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION_OPTIONS -> true;
            default -> false;
        };
    }

    private static int extensionBytes(int protocol, int lengthField) {
        return switch (protocol) {
            case FRAGMENT -> FRAGMENT_HEADER_BYTES;
            case AUTHENTICATION -> (lengthField + 2) * 4; // RFC 4302: 32-bit words minus two
            default -> (lengthField + 1) * 8; // RFC 8200: 8-octet units minus one
        };
    }
}
