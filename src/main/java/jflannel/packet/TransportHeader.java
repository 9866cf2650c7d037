package jflannel.packet;

import static jflannel.packet.NetworkOrder.u16;
import static jflannel.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Fields of TCP ([RFC 9293](https://www.rfc-editor.org/rfc/rfc9293#section-3.1)) and UDP
/// ([RFC 768](https://www.rfc-editor.org/rfc/rfc768)) headers that start `at` bytes into a segment.
public final class TransportHeader {
    static final int TCP = 6;
    public static final int UDP = 17;

    /// Both ports, in either protocol.
    static final int PORTS = 0;

    static final int TCP_BYTES = 20;
    static final int TCP_SEQUENCE = 4;
    static final int TCP_ACKNOWLEDGMENT = 8;
    /// Header length, reserved bits and flags, in 16 bits.
    static final int TCP_FLAGS = 12;

    static final int TCP_WINDOW = 14;
    static final int TCP_CHECKSUM = 16;
    static final int TCP_URGENT = 18;

    static final int FIN = 0x01;
    static final int PSH = 0x08;
    public static final int ACK = 0x10;
    static final int CWR = 0x80;
    /// What is neither header length nor flag lies between them, and is in use since AccECN.
    static final int ALL_FLAGS = 0x0fff;

    public static final int UDP_BYTES = 8;
    public static final int UDP_LENGTH = 4;
    public static final int UDP_CHECKSUM = 6;

    private TransportHeader() {}

    /// Header length with options, in bytes.
    static int tcpBytes(MemorySegment packet, long at) {
        return (u8(packet, at + TCP_FLAGS) >>> 4) * 4;
    }

    static int tcpFlags(MemorySegment packet, long at) {
        return u16(packet, at + TCP_FLAGS) & ALL_FLAGS;
    }

    /// Offset of the checksum field in the header of `protocol`, which is TCP or UDP.
    static int checksum(int protocol) {
        return protocol == TCP ? TCP_CHECKSUM : UDP_CHECKSUM;
    }

    /// The checksum of a UDP datagram, a TCP segment or an ICMPv6 message whose checksum field is still zero.
    public static int checksum(Ip source, Ip destination, int protocol, byte[] message) {
        byte[] pseudo = ByteBuffer.allocate(2 * source.family().bytes() + 8)
                .put(source.bytes())
                .put(destination.bytes())
                .putInt(message.length)
                .putInt(protocol)
                .array();
        return InternetChecksum.finish(InternetChecksum.sum(MemorySegment.ofArray(pseudo), 0, pseudo.length)
                + InternetChecksum.sum(MemorySegment.ofArray(message), 0, message.length));
    }

    /// The unfolded sum of the pseudo-header (RFC 9293 3.1, RFC 8200 8.1).
    ///
    /// @param ip where the IP header starts
    /// @param length of transport header and payload in bytes
    static long pseudoHeader(Family family, MemorySegment packet, long ip, int protocol, int length) {
        long addresses = family == Family.IPV4
                ? InternetChecksum.sum(packet, ip + Ipv4Packet.SOURCE, 8)
                : InternetChecksum.sum(packet, ip + Ipv6Packet.SOURCE, 32);
        return addresses + protocol + length;
    }
}
