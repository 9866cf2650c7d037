package jflannel.packet;

import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;

/// What both loops ask of a packet of either family that starts `at` bytes into a segment.
public final class IpPacket {
    /// What [#upperLayer] gives when the packet has no transport header that could be found.
    public static final int NO_UPPER_LAYER = -1;

    private IpPacket() {}

    /// The family of the `length` bytes, or null unless they are one whole, well-formed packet.
    public static Family family(MemorySegment packet, long at, long length) {
        if (Ipv4Packet.isSound(packet, at, length)) {
            return Family.IPV4;
        }
        return Ipv6Packet.isSound(packet, at, length) ? Family.IPV6 : null;
    }

    /// Offset of the destination address in the header, in bytes.
    public static int destination(Family family) {
        return family == Family.IPV4 ? Ipv4Packet.DESTINATION : Ipv6Packet.DESTINATION;
    }

    /// Offset of the source address in the header, in bytes.
    public static int source(Family family) {
        return family == Family.IPV4 ? Ipv4Packet.SOURCE : Ipv6Packet.SOURCE;
    }

    /// Finds the transport header of a packet of `length` bytes.
    ///
    /// @return protocol number and offset from `at`, as `protocol << 16 | offset`, or [#NO_UPPER_LAYER] for later
    ///     fragments and for headers that reach beyond `length`
    public static int upperLayer(Family family, MemorySegment packet, long at, long length) {
        if (family == Family.IPV6) {
            return Ipv6Packet.upperLayer(packet, at, length);
        }
        return Ipv4Packet.isLaterFragment(packet, at)
                ? NO_UPPER_LAYER
                : Ipv4Packet.protocol(packet, at) << 16 | Ipv4Packet.headerLength(packet, at);
    }

    /// Time to live, or hop limit.
    public static int hops(Family family, MemorySegment packet, long at) {
        return NetworkOrder.u8(packet, at + (family == Family.IPV4 ? Ipv4Packet.TIME_TO_LIVE : Ipv6Packet.HOP_LIMIT));
    }

    /// True if the destination is a multicast group or, for IPv4, the limited broadcast address.
    public static boolean isForMany(Family family, MemorySegment packet, long at) {
        return family == Family.IPV4 ? Ipv4Packet.isForMany(packet, at) : Ipv6Packet.isForMany(packet, at);
    }

    /// Counts one hop: lowers the time to live or hop limit by one.
    ///
    /// @return false if the packet has reached the end of its life; it is left as it is
    public static boolean decrementHops(Family family, MemorySegment packet, long at) {
        return family == Family.IPV4
                ? Ipv4Packet.decrementTimeToLive(packet, at)
                : Ipv6Packet.decrementHopLimit(packet, at);
    }
}
