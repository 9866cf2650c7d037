package jflannel.dataplane;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// `struct msghdr` with one `struct iovec` behind it, for sendmsg(2) and recvmsg(2). Offsets are those of 64-bit
/// Linux, the only kind with a current JDK. Addresses in it are raw: the caller keeps what they point at reachable.
final class MessageHeader {
    private static final int NAME = 0;
    private static final int NAME_LENGTH = 8;
    private static final int IOVECS = 16;
    private static final int IOVEC_COUNT = 24;
    private static final int BYTES = 56;

    private static final int BASE = 0;
    private static final int LENGTH = 8;
    private static final int IOVEC_BYTES = 16;

    private MessageHeader() {}

    /// A header for the `length` bytes at `data`, without an address.
    static MemorySegment allocate(Arena arena, MemorySegment data, long length) {
        MemorySegment header = arena.allocate(BYTES + IOVEC_BYTES, 8);
        header.set(JAVA_LONG, IOVECS, header.address() + BYTES);
        header.set(JAVA_LONG, IOVEC_COUNT, 1);
        data(header, data.address(), length);
        return header;
    }

    /// Sets the bytes to send, or the room to receive into.
    static void data(MemorySegment header, long address, long length) {
        header.set(JAVA_LONG, BYTES + BASE, address);
        header.set(JAVA_LONG, BYTES + LENGTH, length);
    }

    /// Sets where to send to, or where to store the sender's address.
    static void name(MemorySegment header, long address, int length) {
        header.set(JAVA_LONG, NAME, address);
        header.set(JAVA_INT, NAME_LENGTH, length);
    }
}
