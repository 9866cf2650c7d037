package jflannel.dataplane;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Unsigned numbers in network byte order at any offset, aligned or not.
final class NetworkOrder {
    static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private NetworkOrder() {}

    static int u8(MemorySegment from, long at) {
        return Byte.toUnsignedInt(from.get(JAVA_BYTE, at));
    }

    static int u16(MemorySegment from, long at) {
        return Short.toUnsignedInt(from.get(U16, at));
    }

    static long u32(MemorySegment from, long at) {
        return Integer.toUnsignedLong(from.get(U32, at));
    }

    /// All 64 bits, so that the caller must compare with [Long#compareUnsigned].
    static long u64(MemorySegment from, long at) {
        return from.get(U64, at);
    }

    static void u8(MemorySegment to, long at, int value) {
        to.set(JAVA_BYTE, at, (byte) value);
    }

    static void u16(MemorySegment to, long at, int value) {
        to.set(U16, at, (short) value);
    }

    static void u32(MemorySegment to, long at, long value) {
        to.set(U32, at, (int) value);
    }

    static void u64(MemorySegment to, long at, long value) {
        to.set(U64, at, value);
    }
}
