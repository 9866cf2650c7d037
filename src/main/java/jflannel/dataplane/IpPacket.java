package jflannel.dataplane;

import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;

/// What both loops ask of a packet of either family that starts `at` bytes into a segment.
final class IpPacket {
    private IpPacket() {}

    /// The family of the `length` bytes, or null unless they are one whole, well-formed packet.
    static Family family(MemorySegment packet, long at, long length) {
        if (Ipv4Packet.isSound(packet, at, length)) {
            return Family.IPV4;
        }
        return Ipv6Packet.isSound(packet, at, length) ? Family.IPV6 : null;
    }

    /// Offset of the destination address in the header, in bytes.
    static int destination(Family family) {
        return family == Family.IPV4 ? Ipv4Packet.DESTINATION : Ipv6Packet.DESTINATION;
    }

    /// True if the destination is a multicast group or, for IPv4, the limited broadcast address.
    static boolean isForMany(Family family, MemorySegment packet, long at) {
        return family == Family.IPV4 ? Ipv4Packet.isForMany(packet, at) : Ipv6Packet.isForMany(packet, at);
    }

    /// Counts one hop: lowers the time to live or hop limit by one.
    ///
    /// @return false if the packet has reached the end of its life; it is left as it is
    static boolean decrementHops(Family family, MemorySegment packet, long at) {
        return family == Family.IPV4
                ? Ipv4Packet.decrementTimeToLive(packet, at)
                : Ipv6Packet.decrementHopLimit(packet, at);
    }
}
