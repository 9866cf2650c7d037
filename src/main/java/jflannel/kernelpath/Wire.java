package jflannel.kernelpath;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// What stands in packets, as a program on this machine loads and stores it.
final class Wire {
    static final int ETHERNET_BYTES = 14;
    static final int UDP_BYTES = 8;
    static final int PROTOCOL_TCP = 6;
    static final int PROTOCOL_UDP = 17;

    // header fields: bytes from the start of each header
    static final int V4_TOTAL_LENGTH = 2;
    static final int V4_IDENTIFICATION = 4;
    static final int V4_FRAGMENT = 6;
    static final int V4_TIME_TO_LIVE = 8;
    static final int V4_PROTOCOL = 9;
    static final int V4_CHECKSUM = 10;
    static final int V4_SOURCE = 12;
    static final int V4_DESTINATION = 16;
    static final int V6_PAYLOAD_LENGTH = 4;
    static final int V6_NEXT_HEADER = 6;
    static final int V6_HOP_LIMIT = 7;
    static final int V6_SOURCE = 8;
    static final int V6_DESTINATION = 24;
    static final int UDP_SOURCE = 0;
    static final int UDP_DESTINATION = 2;
    static final int UDP_LENGTH = 4;
    static final int UDP_CHECKSUM = 6;
    static final int TCP_HEADER_LENGTH = 12;

    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private Wire() {}

    /// The family's EtherType.
    static int protocol(Family family) {
        return u16(family.etherType());
    }

    static int u16(int value) {
        return LITTLE_ENDIAN ? Short.toUnsignedInt(Short.reverseBytes((short) value)) : value;
    }

    static int u32(int value) {
        return LITTLE_ENDIAN ? Integer.reverseBytes(value) : value;
    }

    /// Of a header, as the internet's protocols define it.
    static short checksum(ByteBuffer bytes, int at, int length) {
        int sum = 0;
        for (int i = at; i < at + length; i += Short.BYTES) {
            sum += Short.toUnsignedInt(bytes.getShort(i));
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (short) ~(sum + (sum >>> 16));
    }

    /// An address, four bytes at a time.
    static int[] words(Ip ip) {
        ByteBuffer bytes = ByteBuffer.wrap(ip.bytes()).order(ByteOrder.nativeOrder());
        int[] words = new int[bytes.capacity() / Integer.BYTES];
        bytes.asIntBuffer().get(words);
        return words;
    }
}
