package jflannel.packet;

import static jflannel.packet.NetworkOrder.u16;
import static jflannel.packet.NetworkOrder.u32;
import static jflannel.packet.NetworkOrder.u64;
import static jflannel.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Writes whole IP packets that carry an ICMP or ICMPv6 error about another packet.
///
/// The quote is as much of that packet as RFC 1812 and RFC 4443 allow, and never a byte more than it has.
public final class IcmpMessage {
    /// Room for the largest message.
    public static final int MAX_BYTES = 1280;

    private static final int MAX_BYTES_V4 = 576; // RFC 1812 4.3.2.3
    private static final int MAX_BYTES_V6 = 1280; // RFC 4443 3.1: the least MTU
    private static final int HEADER_BYTES = 8;
    private static final int CHECKSUM = 2;
    private static final int MTU_V4 = 6; // 16 bits, RFC 1191
    private static final int MTU_V6 = 4; // 32 bits
    private static final int HOPS = 64;
    private static final int PRECEDENCE_INTERNETWORK_CONTROL = 0xc0; // RFC 1812 4.3.2.5
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;

    private IcmpMessage() {}

    /// Writes the error to the start of `to`.
    ///
    /// @param source address of this node that the error comes from, of the packet's family
    /// @param packet the packet that is dropped, `length` bytes from `at`, sound by [IpPacket#family]
    /// @param mtu in bytes, for [IcmpError#TOO_BIG]; else 0
    /// @return length of the whole IP packet in bytes
    public static int write(
            MemorySegment to, IcmpError error, Ip source, MemorySegment packet, long at, int length, int mtu) {
        return source.family() == Family.IPV4
                ? writeV4(to, error, source, packet, at, length, mtu)
                : writeV6(to, error, source, packet, at, length, mtu);
    }

    private static int writeV4(
            MemorySegment to, IcmpError error, Ip source, MemorySegment packet, long at, int length, int mtu) {
        int icmp = Ipv4Packet.HEADER_BYTES;
        int quote = Math.min(length, MAX_BYTES_V4 - icmp - HEADER_BYTES);
        int total = icmp + HEADER_BYTES + quote;
        u16(to, Ipv4Packet.VERSION_AND_HEADER_LENGTH, 0x4500 | PRECEDENCE_INTERNETWORK_CONTROL);
        u16(to, Ipv4Packet.TOTAL_LENGTH, total);
        u32(to, Ipv4Packet.IDENTIFICATION, 0); // the kernel chooses one
        u16(to, Ipv4Packet.TIME_TO_LIVE, HOPS << 8 | ICMP);
        u16(to, Ipv4Packet.CHECKSUM, 0);
        u32(to, Ipv4Packet.SOURCE, source.low());
        u32(to, Ipv4Packet.DESTINATION, Ipv4Packet.source(packet, at));
        u16(to, Ipv4Packet.CHECKSUM, InternetChecksum.finish(InternetChecksum.sum(to, 0, Ipv4Packet.HEADER_BYTES)));

        u32(to, icmp, (long) error.typeAndCode(Family.IPV4) << 16);
        u32(to, icmp + 4, 0);
        u16(to, icmp + MTU_V4, mtu);
        MemorySegment.copy(packet, at, to, icmp + HEADER_BYTES, quote);
        u16(to, icmp + CHECKSUM, InternetChecksum.finish(InternetChecksum.sum(to, icmp, HEADER_BYTES + quote)));
        return total;
    }

    private static int writeV6(
            MemorySegment to, IcmpError error, Ip source, MemorySegment packet, long at, int length, int mtu) {
        int icmp = Ipv6Packet.HEADER_BYTES;
        int quote = Math.min(length, MAX_BYTES_V6 - icmp - HEADER_BYTES);
        int payload = HEADER_BYTES + quote;
        u32(to, 0, 0x60000000L);
        u16(to, Ipv6Packet.PAYLOAD_LENGTH, payload);
        u8(to, Ipv6Packet.NEXT_HEADER, ICMPV6);
        u8(to, Ipv6Packet.HOP_LIMIT, HOPS);
        u64(to, Ipv6Packet.SOURCE, source.high());
        u64(to, Ipv6Packet.SOURCE + 8, source.low());
        MemorySegment.copy(packet, at + Ipv6Packet.SOURCE, to, Ipv6Packet.DESTINATION, 16);

        u32(to, icmp, (long) error.typeAndCode(Family.IPV6) << 16);
        u32(to, icmp + MTU_V6, mtu);
        MemorySegment.copy(packet, at, to, icmp + HEADER_BYTES, quote);
        long pseudoHeader = InternetChecksum.sum(to, Ipv6Packet.SOURCE, 32) + payload + ICMPV6; // RFC 8200 8.1
        u16(to, icmp + CHECKSUM, InternetChecksum.finish(pseudoHeader + InternetChecksum.sum(to, icmp, payload)));
        return icmp + payload;
    }
}
