package jflannel.packet;

import static jflannel.packet.NetworkOrder.u32;
import static jflannel.packet.NetworkOrder.u64;

import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;

/// A number that all packets of one flow share, and packets of different flows hardly ever.
public final class FlowHash {
    /// What [#of] gives for a packet that does not show its ports, as a later fragment.
    public static final int UNKNOWN = -1;

    private static final long MIXER = 0x9e3779b97f4a7c15L; // 2^64 divided by the golden ratio

    private FlowHash() {}

    /// @param at where the packet starts, `length` bytes, sound by [IpPacket#family]
    /// @param buckets a power of two
    /// @return from 0 to `buckets` - 1, or [#UNKNOWN]
    public static int of(Family family, MemorySegment packet, long at, int length, int buckets) {
        int upper = IpPacket.upperLayer(family, packet, at, length);
        if (upper == IpPacket.NO_UPPER_LAYER) {
            return UNKNOWN;
        }
        long hash = addresses(family, packet, at) * MIXER;
        int protocol = upper >>> 16;
        if (protocol == TransportHeader.TCP || protocol == TransportHeader.UDP) {
            int transport = upper & 0xffff;
            if (transport + 4 > length) {
                return UNKNOWN;
            }
            hash ^= u32(packet, at + transport + TransportHeader.PORTS);
        }
        return (int) ((hash ^ protocol) * MIXER >>> 32) & buckets - 1;
    }

    private static long addresses(Family family, MemorySegment packet, long at) {
        if (family == Family.IPV4) {
            return u64(packet, at + Ipv4Packet.SOURCE);
        }
        long source = at + Ipv6Packet.SOURCE;
        return (u64(packet, source) ^ u64(packet, source + 16)) * MIXER
                + (u64(packet, source + 8) ^ u64(packet, source + 24));
    }
}
