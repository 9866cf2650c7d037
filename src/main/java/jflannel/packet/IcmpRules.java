package jflannel.packet;

import static jflannel.packet.NetworkOrder.u64;
import static jflannel.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;

/// When a sender may be informed that its packet was dropped:
/// [RFC 1812 4.3.2.7](https://www.rfc-editor.org/rfc/rfc1812#section-4.3.2.7) and
/// [RFC 4443 2.4 (e)](https://www.rfc-editor.org/rfc/rfc4443#section-2.4). Errors about errors, or to addresses that
/// stand for many hosts, would multiply.
public final class IcmpRules {
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private static final int ICMPV6_REDIRECT = 137;

    private IcmpRules() {}

    /// True if an error about the packet may go to its source address.
    ///
    /// @param length of the packet in bytes; it is sound by [IpPacket#family]
    public static boolean mayReport(Family family, MemorySegment packet, long at, long length) {
        return !IpPacket.isForMany(family, packet, at)
                && (family == Family.IPV4
                        ? isFromOneHostV4(packet, at) && !isIcmpErrorV4(packet, at, length)
                        : isFromOneHostV6(packet, at) && !isIcmpErrorV6(packet, at, length));
    }

    /// False for 0.0.0.0/8, loopback, multicast, reserved and broadcast sources.
    private static boolean isFromOneHostV4(MemorySegment packet, long at) {
        int first = u8(packet, at + Ipv4Packet.SOURCE);
        return first != 0 && first != 127 && first < 224;
    }

    /// False for the unspecified and the loopback address, and for multicast sources.
    private static boolean isFromOneHostV6(MemorySegment packet, long at) {
        long high = u64(packet, at + Ipv6Packet.SOURCE);
        long low = u64(packet, at + Ipv6Packet.SOURCE + 8);
        return high >>> 56 != 0xff && (high != 0 || Long.compareUnsigned(low, 1) > 0);
    }

    /// True if the packet is, or might be, an ICMP error: a later fragment of anything might be one.
    private static boolean isIcmpErrorV4(MemorySegment packet, long at, long length) {
        if (Ipv4Packet.isLaterFragment(packet, at)) {
            return true;
        }
        if (Ipv4Packet.protocol(packet, at) != ICMP) {
            return false;
        }
        int header = Ipv4Packet.headerLength(packet, at);
        return header >= length || !isQueryV4(u8(packet, at + header));
    }

    /// Only what is known not to be an error passes.
    private static boolean isQueryV4(int type) {
        return switch (type) {
            case 0, 8, 9, 10, 13, 14, 15, 16, 17, 18, 42, 43 -> true; // IANA, ICMP type numbers
            default -> false;
        };
    }

    /// True if the packet is, or might be, an ICMPv6 error or a redirect.
    private static boolean isIcmpErrorV6(MemorySegment packet, long at, long length) {
        int upper = Ipv6Packet.upperLayer(packet, at, length);
        if (upper == IpPacket.NO_UPPER_LAYER) {
            return true;
        }
        if (upper >>> 16 != ICMPV6) {
            return false;
        }
        int offset = upper & 0xffff;
        if (offset >= length) {
            return true;
        }
        int type = u8(packet, at + offset);
        return type < 128 || type == ICMPV6_REDIRECT;
    }
}
