package jflannel.packet;

import static jflannel.packet.NetworkOrder.u16;
import static jflannel.packet.NetworkOrder.u32;
import static jflannel.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;

/// The cut of one super-packet into the packets that it stands for, as a network card with TSO or USO would make it.
///
/// The packets are copied out, one behind the other: sending one contiguous piece saves the kernel more than the copy
/// costs. An instance is used for one super-packet after another, by one thread.
public final class Segmentation {
    private MemorySegment packet;
    private long ip;
    private Family family;
    private int protocol;
    private int transport;
    private int headerBytes;
    private int payloadBytes;
    private int size;
    private int count;
    private boolean summed;

    /// Begins with another super-packet.
    ///
    /// @param virtio where its virtio header starts
    /// @param at where the packet itself starts, `length` bytes, sound by [IpPacket#family]
    /// @return false if that is not what the virtio header says
    public boolean begin(Family family, MemorySegment packet, long virtio, long at, int length) {
        this.packet = packet;
        this.ip = at;
        this.family = family;
        this.size = VirtioHeader.gsoSize(packet, virtio);
        int upper = IpPacket.upperLayer(family, packet, at, length);
        if (upper == IpPacket.NO_UPPER_LAYER || size == 0) {
            return false;
        }
        protocol = upper >>> 16;
        transport = upper & 0xffff;
        if (!isPromised(VirtioHeader.gsoType(packet, virtio)) || !measure(length)) {
            return false;
        }
        // UDP may do without a checksum, which a field of zero says unless it is a sum that was only begun
        summed = protocol == TransportHeader.TCP
                || VirtioHeader.needsChecksum(packet, virtio)
                || u16(packet, at + transport + TransportHeader.UDP_CHECKSUM) != 0;
        return true;
    }

    private boolean isPromised(int gsoType) {
        return switch (gsoType) {
            case VirtioHeader.GSO_TCPV4 -> family == Family.IPV4 && protocol == TransportHeader.TCP;
            case VirtioHeader.GSO_TCPV6 -> family == Family.IPV6 && protocol == TransportHeader.TCP;
            case VirtioHeader.GSO_UDP_L4 -> protocol == TransportHeader.UDP;
            default -> false;
        };
    }

    private boolean measure(int length) {
        boolean tcp = protocol == TransportHeader.TCP;
        int least = tcp ? TransportHeader.TCP_BYTES : TransportHeader.UDP_BYTES;
        if (transport + least > length) { // what lies behind it is of another packet
            return false;
        }
        int transportBytes = tcp ? TransportHeader.tcpBytes(packet, ip + transport) : TransportHeader.UDP_BYTES;
        headerBytes = transport + transportBytes;
        payloadBytes = length - headerBytes;
        count = (payloadBytes + size - 1) / size;
        return transportBytes >= least && payloadBytes > 0; // so the headers are within the packet
    }

    public boolean isTcp() {
        return protocol == TransportHeader.TCP;
    }

    /// How many packets there are, at least one.
    public int count() {
        return count;
    }

    /// Bytes of packet `i` with its headers.
    public int bytes(int i) {
        return headerBytes + payloadBytes(i);
    }

    private int payloadBytes(int i) {
        return i == count - 1 ? payloadBytes - i * size : size;
    }

    private long payloadAt(int i) {
        return ip + headerBytes + (long) i * size;
    }

    /// The bytes of all packets.
    public long totalBytes() {
        return (long) count * headerBytes + payloadBytes;
    }

    /// Writes packet `i`, complete with all checksums: [#bytes] of it.
    public void write(int i, MemorySegment to, long at) {
        int bytes = bytes(i);
        MemorySegment.copy(packet, ip, to, at, headerBytes);
        MemorySegment.copy(packet, payloadAt(i), to, at + headerBytes, payloadBytes(i));
        if (family == Family.IPV4) {
            u16(to, at + Ipv4Packet.TOTAL_LENGTH, bytes);
            u16(to, at + Ipv4Packet.IDENTIFICATION, u16(to, at + Ipv4Packet.IDENTIFICATION) + i);
            Ipv4Packet.seal(to, at);
        } else {
            u16(to, at + Ipv6Packet.PAYLOAD_LENGTH, bytes - Ipv6Packet.HEADER_BYTES);
        }
        if (protocol == TransportHeader.TCP) {
            writeTcp(i, to, at + transport);
        } else {
            u16(to, at + transport + TransportHeader.UDP_LENGTH, bytes - transport);
        }
        if (summed) {
            writeChecksum(bytes - transport, to, at);
        }
    }

    private void writeTcp(int i, MemorySegment to, long tcp) {
        u32(to, tcp + TransportHeader.TCP_SEQUENCE, u32(to, tcp + TransportHeader.TCP_SEQUENCE) + (long) i * size);
        int flags = u8(to, tcp + TransportHeader.TCP_FLAGS + 1);
        int notHere = i < count - 1 ? TransportHeader.FIN | TransportHeader.PSH : 0;
        if (i > 0) {
            notHere |= TransportHeader.CWR;
        }
        u8(to, tcp + TransportHeader.TCP_FLAGS + 1, flags & ~notHere);
    }

    /// @param bytes of transport header and payload
    private void writeChecksum(int bytes, MemorySegment to, long at) {
        long field = at + transport + TransportHeader.checksum(protocol);
        u16(to, field, 0);
        long sum = TransportHeader.pseudoHeader(family, to, at, protocol, bytes)
                + InternetChecksum.sum(to, at + transport, bytes);
        int checksum = InternetChecksum.finish(sum);
        u16(to, field, protocol == TransportHeader.UDP && checksum == 0 ? 0xffff : checksum); // RFC 768
    }
}
