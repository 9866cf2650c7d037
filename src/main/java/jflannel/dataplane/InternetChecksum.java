package jflannel.dataplane;

import static jflannel.dataplane.NetworkOrder.u16;
import static jflannel.dataplane.NetworkOrder.u32;
import static jflannel.dataplane.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;

/// The checksum of IP, ICMP, UDP and TCP: [RFC 1071](https://www.rfc-editor.org/rfc/rfc1071).
///
/// Sums are kept unfolded in a `long` and may be added to each other; [#finish] makes the field's value of one.
final class InternetChecksum {
    private InternetChecksum() {}

    /// Adds up `length` bytes as 16-bit words in network order, an odd last byte padded with zero.
    ///
    /// Takes 32 bits at a time, which one's complement arithmetic allows. Up to 2^32 bytes cannot overflow.
    static long sum(MemorySegment bytes, long at, long length) {
        long sum = 0;
        long i = at;
        long end = at + length;
        for (; i + 8 <= end; i += 8) {
            long eight = NetworkOrder.u64(bytes, i);
            sum += (eight >>> 32) + (eight & 0xffffffffL);
        }
        if (i + 4 <= end) {
            sum += u32(bytes, i);
            i += 4;
        }
        if (i + 2 <= end) {
            sum += u16(bytes, i);
            i += 2;
        }
        return i < end ? sum + (u8(bytes, i) << 8) : sum;
    }

    /// The checksum field for a sum: folded to 16 bits and complemented.
    static int finish(long sum) {
        long folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return (int) ~folded & 0xffff;
    }

    /// The checksum field after one 16-bit word under it changed, without summing the rest again: equation 3 of
    /// [RFC 1624](https://www.rfc-editor.org/rfc/rfc1624#section-3).
    static int update(int checksum, int oldWord, int newWord) {
        return finish((~checksum & 0xffffL) + (~oldWord & 0xffffL) + newWord);
    }
}
