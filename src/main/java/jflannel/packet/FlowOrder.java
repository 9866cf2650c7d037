package jflannel.packet;

import static jflannel.packet.Layout.family;
import static jflannel.packet.Layout.ipHeaderBytes;
import static jflannel.packet.Layout.protocol;
import static jflannel.packet.NetworkOrder.u16;
import static jflannel.packet.NetworkOrder.u32;
import static jflannel.packet.NetworkOrder.u64;
import static jflannel.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;

/// Whether a packet is what a cut of a super-packet would give behind another: what [Coalescer] asks of both. Packets
/// are given by where they begin in the buffer, and are of one [Layout].
final class FlowOrder {
    /// What a cut reserves for the last packet.
    static final int LAST_ONLY = TransportHeader.PSH | TransportHeader.FIN;

    private FlowOrder() {}

    /// @param nth how many packets there are from the lead to this one
    static boolean continuesIp(MemorySegment buffer, int layout, int a, int lead, int nth) {
        if (family(layout) == Family.IPV6) {
            return isSame(buffer, 0, 4, a, lead) && isSame(buffer, Ipv6Packet.NEXT_HEADER, 2, a, lead);
        }
        int id = u16(buffer, a + Ipv4Packet.IDENTIFICATION);
        int leadId = u16(buffer, lead + Ipv4Packet.IDENTIFICATION);
        return id == (leadId + nth & 0xffff)
                && isSame(buffer, 0, 2, a, lead)
                && isSame(buffer, Ipv4Packet.FLAGS_AND_OFFSET, 4, a, lead); // flags, time to live, protocol
    }

    /// @param headerBytes of all headers
    /// @param offset how many bytes of payload there are from the lead to this one
    static boolean continuesTcp(MemorySegment buffer, int layout, int headerBytes, int a, int lead, int offset) {
        int tcp = ipHeaderBytes(layout);
        long sequence = u32(buffer, a + tcp + TransportHeader.TCP_SEQUENCE);
        long leadSequence = u32(buffer, lead + tcp + TransportHeader.TCP_SEQUENCE);
        int flags = u16(buffer, a + tcp + TransportHeader.TCP_FLAGS);
        int leadFlags = u16(buffer, lead + tcp + TransportHeader.TCP_FLAGS);
        return sequence == (leadSequence + offset & 0xffffffffL)
                && (flags & ~LAST_ONLY) == leadFlags
                && isSame(buffer, tcp + TransportHeader.TCP_ACKNOWLEDGMENT, 4, a, lead)
                && isSame(buffer, tcp + TransportHeader.TCP_WINDOW, 2, a, lead)
                && isSame(
                        buffer,
                        tcp + TransportHeader.TCP_URGENT,
                        headerBytes - tcp - TransportHeader.TCP_URGENT,
                        a,
                        lead);
    }

    /// True if all checksums are there, right, and written as the kernel would write them: of the two zeros that one's
    /// complement has, a sum is 0x0000, except in UDP, where that stands for no checksum.
    static boolean isIntact(MemorySegment buffer, int layout, int a, int length) {
        Family family = family(layout);
        int ip = ipHeaderBytes(layout);
        if (family == Family.IPV4
                && !isIntact(buffer, a + Ipv4Packet.CHECKSUM, 0xffff, InternetChecksum.sum(buffer, a, ip))) {
            return false;
        }
        int protocol = protocol(layout);
        int bytes = length - ip;
        long sum = TransportHeader.pseudoHeader(family, buffer, a, protocol, bytes)
                + InternetChecksum.sum(buffer, a + ip, bytes);
        int unusual = protocol == TransportHeader.TCP ? 0xffff : 0;
        return isIntact(buffer, a + ip + TransportHeader.checksum(protocol), unusual, sum);
    }

    private static boolean isIntact(MemorySegment buffer, int field, int unusual, long sum) {
        return InternetChecksum.fold(sum) == 0xffff && u16(buffer, field) != unusual;
    }

    static boolean isSame(MemorySegment buffer, int offset, int bytes, int a, int b) {
        int i = 0;
        for (; i + 8 <= bytes; i += 8) {
            if (u64(buffer, a + offset + i) != u64(buffer, b + offset + i)) {
                return false;
            }
        }
        for (; i < bytes; i++) {
            if (u8(buffer, a + offset + i) != u8(buffer, b + offset + i)) {
                return false;
            }
        }
        return true;
    }
}
