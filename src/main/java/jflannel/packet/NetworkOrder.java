package jflannel.packet;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Unsigned numbers in network byte order at any offset, aligned or not.
public final class NetworkOrder {
    public static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    public static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    public static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private NetworkOrder() {}

    public static int u8(MemorySegment from, long at) {
        return Byte.toUnsignedInt(from.get(JAVA_BYTE, at));
    }

    public static int u16(MemorySegment from, long at) {
        return Short.toUnsignedInt(from.get(U16, at));
    }

    public static long u32(MemorySegment from, long at) {
        return Integer.toUnsignedLong(from.get(U32, at));
    }

    /// All 64 bits, so that the caller must compare with [Long#compareUnsigned].
    public static long u64(MemorySegment from, long at) {
        return from.get(U64, at);
    }

    public static void u8(MemorySegment to, long at, int value) {
        to.set(JAVA_BYTE, at, (byte) value);
    }

    public static void u16(MemorySegment to, long at, int value) {
        to.set(U16, at, (short) value);
    }

    public static void u32(MemorySegment to, long at, long value) {
        to.set(U32, at, (int) value);
    }

    public static void u64(MemorySegment to, long at, long value) {
        to.set(U64, at, value);
    }

    /// The address of 4 or 16 bytes. Allocates, so it is not for every packet.
    public static Ip ip(Family family, MemorySegment from, long at) {
        return family == Family.IPV4
                ? new Ip(family, 0, u32(from, at))
                : new Ip(family, u64(from, at), u64(from, at + 8));
    }

    /// True if the addresses of 4 or 16 bytes are equal.
    public static boolean isSameIp(Family family, MemorySegment a, long atA, MemorySegment b, long atB) {
        return family == Family.IPV4
                ? u32(a, atA) == u32(b, atB)
                : u64(a, atA) == u64(b, atB) && u64(a, atA + 8) == u64(b, atB + 8);
    }
}
