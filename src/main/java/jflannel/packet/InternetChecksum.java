package jflannel.packet;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static jflannel.packet.NetworkOrder.u16;
import static jflannel.packet.NetworkOrder.u32;
import static jflannel.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/// The checksum of IP, ICMP, UDP and TCP: [RFC 1071](https://www.rfc-editor.org/rfc/rfc1071).
///
/// Sums are kept unfolded in a `long` and may be added to each other; [#finish] makes the field's value of one.
public final class InternetChecksum {
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private InternetChecksum() {}

    /// Adds up `length` bytes as 16-bit words in network order, an odd last byte padded with zero.
    ///
    /// Takes 32 bits at a time, which one's complement arithmetic allows, and takes them in the machine's byte
    /// order, which only turns the sum around (RFC 1071 2.B). Up to 2^32 bytes cannot overflow.
    public static long sum(MemorySegment bytes, long at, int length) {
        long sum = 0;
        int i = 0;
        for (; i < length - 7; i += 8) {
            long eight = bytes.get(JAVA_LONG_UNALIGNED, at + i);
            sum += (eight >>> 32) + (eight & 0xffffffffL);
        }
        return inNetworkOrder(sum) + sumOfRest(bytes, at + i, length - i);
    }

    private static long sumOfRest(MemorySegment bytes, long at, int length) {
        long sum = 0;
        int i = 0;
        if (length >= 4) {
            sum += u32(bytes, at);
            i = 4;
        }
        if (i + 2 <= length) {
            sum += u16(bytes, at + i);
            i += 2;
        }
        return i < length ? sum + (u8(bytes, at + i) << 8) : sum;
    }

    private static long inNetworkOrder(long sum) {
        int folded = fold(sum);
        return LITTLE_ENDIAN ? Short.toUnsignedInt(Short.reverseBytes((short) folded)) : folded;
    }

    /// A sum folded to 16 bits: 0xffff for the bytes under a checksum and the checksum itself, if it is right.
    static int fold(long sum) {
        long folded = (sum & 0xffffffffL) + (sum >>> 32);
        while (folded >>> 16 != 0) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return (int) folded;
    }

    /// The checksum field of a message in which it is still zero.
    public static int of(byte[] message) {
        return finish(sum(MemorySegment.ofArray(message), 0, message.length));
    }

    /// The checksum field for a sum: folded to 16 bits and complemented.
    public static int finish(long sum) {
        return ~fold(sum) & 0xffff;
    }

    /// The checksum field after one 16-bit word under it changed, without summing the rest again: equation 3 of
    /// [RFC 1624](https://www.rfc-editor.org/rfc/rfc1624#section-3).
    static int update(int checksum, int oldWord, int newWord) {
        return finish((~checksum & 0xffffL) + (~oldWord & 0xffffL) + newWord);
    }
}
