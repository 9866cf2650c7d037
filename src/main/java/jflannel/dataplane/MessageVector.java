package jflannel.dataplane;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// An array of `struct mmsghdr` for sendmmsg(2) and recvmmsg(2); each has room of its own for `struct iovec`s and for
/// control messages, cmsg(3).
///
/// Offsets are those of 64-bit Linux, the only kind with a current JDK. Addresses in it are raw: the caller keeps what
/// they point at reachable.
final class MessageVector {
    static final int SOL_UDP = 17;
    static final int UDP_SEGMENT = 103; // linux/udp.h
    static final int UDP_GRO = 104;
    static final int SO_RXQ_OVFL = 40; // asm-generic/socket.h

    /// What [#control] gives when there is no such message.
    static final int ABSENT = -1;

    // struct mmsghdr: struct msghdr, and the length that the kernel found
    private static final int NAME = 0;
    private static final int NAME_LENGTH = 8;
    private static final int IOVECS = 16;
    private static final int IOVEC_COUNT = 24;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int LENGTH = 56;
    private static final int BYTES = 64;

    private static final int IOVEC_LENGTH = 8;
    private static final int IOVEC_BYTES = 16;

    // struct cmsghdr: its length without padding, level, type; then the data
    private static final int CMSG_LEVEL = 8;
    private static final int CMSG_TYPE = 12;
    private static final int CMSG_DATA = 16;

    /// Room for one control message with a number of up to 64 bits.
    static final int CONTROL_BYTES = CMSG_DATA + 8;

    private final MemorySegment headers;
    private final MemorySegment iovecs;
    private final MemorySegment controls;
    private final int iovecsEach;
    private final int controlBytesEach;

    /// @param controls how many control messages each may have
    MessageVector(Arena arena, int messages, int iovecsEach, int controls) {
        this.iovecsEach = iovecsEach;
        this.controlBytesEach = CONTROL_BYTES * controls;
        this.headers = arena.allocate((long) BYTES * messages, 64);
        this.iovecs = arena.allocate((long) IOVEC_BYTES * iovecsEach * messages, 64);
        this.controls = arena.allocate((long) controlBytesEach * messages, 64);
        for (int i = 0; i < messages; i++) {
            headers.set(JAVA_LONG, (long) BYTES * i + IOVECS, iovecs.address() + iovecAt(i, 0));
            headers.set(JAVA_LONG, (long) BYTES * i + CONTROL, this.controls.address() + controlAt(i));
        }
    }

    /// The array itself.
    MemorySegment headers() {
        return headers;
    }

    /// The pieces of the first message.
    MemorySegment iovecs() {
        return iovecs;
    }

    /// Address of message `i`, to begin with that one.
    long address(int i) {
        return headers.address() + (long) BYTES * i;
    }

    /// Sets where to send to, or where to store the sender's address.
    void name(int i, long address, int length) {
        headers.set(JAVA_LONG, (long) BYTES * i + NAME, address);
        headers.set(JAVA_INT, (long) BYTES * i + NAME_LENGTH, length);
    }

    /// Sets the `n`th piece of message `i`.
    void iovec(int i, int n, long address, long length) {
        iovecs.set(JAVA_LONG, iovecAt(i, n), address);
        iovecs.set(JAVA_LONG, iovecAt(i, n) + IOVEC_LENGTH, length);
    }

    void iovecCount(int i, int count) {
        headers.set(JAVA_LONG, (long) BYTES * i + IOVEC_COUNT, count);
    }

    long iovecAddress(int i, int n) {
        return iovecs.get(JAVA_LONG, iovecAt(i, n));
    }

    int iovecLength(int i, int n) {
        return (int) iovecs.get(JAVA_LONG, iovecAt(i, n) + IOVEC_LENGTH);
    }

    /// Bytes that the kernel sent or received.
    int length(int i) {
        return headers.get(JAVA_INT, (long) BYTES * i + LENGTH);
    }

    /// Gives the kernel all of the room for control messages, which it shortens to what it used.
    void offerControl(int i) {
        headers.set(JAVA_LONG, (long) BYTES * i + CONTROL_LENGTH, controlBytesEach);
    }

    void withoutControl(int i) {
        headers.set(JAVA_LONG, (long) BYTES * i + CONTROL_LENGTH, 0);
    }

    /// Asks for message `i` to be cut into datagrams of `bytes` each: udp(7), UDP_SEGMENT.
    void segmentSize(int i, int bytes) {
        headers.set(JAVA_LONG, (long) BYTES * i + CONTROL_LENGTH, CONTROL_BYTES);
        long at = controlAt(i);
        controls.set(JAVA_LONG, at, CMSG_DATA + Short.BYTES);
        controls.set(JAVA_INT, at + CMSG_LEVEL, SOL_UDP);
        controls.set(JAVA_INT, at + CMSG_TYPE, UDP_SEGMENT);
        controls.set(JAVA_SHORT, at + CMSG_DATA, (short) bytes);
    }

    /// The number in a control message that came with message `i`, or [#ABSENT].
    int control(int i, int level, int type) {
        long used = headers.get(JAVA_LONG, (long) BYTES * i + CONTROL_LENGTH);
        for (long n = 0; n + CMSG_DATA + Integer.BYTES <= used; n += CONTROL_BYTES) { // all of ours are equally long
            long at = controlAt(i) + n;
            if (controls.get(JAVA_INT, at + CMSG_LEVEL) == level && controls.get(JAVA_INT, at + CMSG_TYPE) == type) {
                return controls.get(JAVA_INT, at + CMSG_DATA);
            }
        }
        return ABSENT;
    }

    private long iovecAt(int i, int n) {
        return (long) IOVEC_BYTES * (iovecsEach * i + n);
    }

    private long controlAt(int i) {
        return (long) controlBytesEach * i;
    }
}
