package jflannel.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jflannel.linux.Fd;
import jflannel.linux.Libc;

/// Receives datagrams from one socket, many with one call: recvmmsg(2).
///
/// With `UDP_GRO` ([udp(7)](https://man7.org/linux/man-pages/man7/udp.7.html)) a message is a train: datagrams of
/// one sender one behind the other, all of [#datagramBytes] but the last, which may be shorter. For one thread.
public final class Inbox {
    /// How many trains one call may bring.
    static final int TRAINS = 64;

    private static final int TRAIN_BYTES = 1 << 16; // no train is longer, so none is ever cut short
    private static final int STRIDE = TRAIN_BYTES + 256; // not a power of two: all trains would share cache lines
    private static final int SENDER_BYTES = 32;

    private final Fd socket;
    private final MemorySegment buffer;
    private final MemorySegment senders;
    private final MessageVector messages;
    private final MemorySegment callState;
    private int used = TRAINS;

    public Inbox(Arena arena, Fd socket) {
        this.socket = socket;
        this.buffer = arena.allocate((long) STRIDE * TRAINS, 64);
        this.senders = arena.allocate((long) SENDER_BYTES * TRAINS, 8);
        this.messages = new MessageVector(arena, TRAINS, 1, 2);
        this.callState = Libc.callState(arena);
        for (int i = 0; i < TRAINS; i++) {
            messages.iovec(i, 0, buffer.address() + at(i), TRAIN_BYTES);
            messages.iovecCount(i, 1);
        }
    }

    /// Where all trains lie.
    public MemorySegment buffer() {
        return buffer;
    }

    /// Receives what there is. Overwrites what the last call brought.
    ///
    /// @return how many trains, or a negated error number
    public int receive() {
        for (int i = 0; i < used; i++) { // what the kernel shortened
            messages.name(i, senders.address() + (long) SENDER_BYTES * i, SocketAddress.MAX_BYTES);
            messages.offerControl(i);
        }
        int received = Libc.recvmmsg(socket.number(), messages.headers(), TRAINS, 0, callState);
        used = Math.max(1, received);
        return received;
    }

    /// Where train `i` begins in the buffer.
    public int at(int i) {
        return i * STRIDE;
    }

    /// Length of train `i` in bytes.
    public int length(int i) {
        return messages.length(i);
    }

    /// Length of each datagram of train `i` but the last.
    public int datagramBytes(int i) {
        int size = messages.control(i, MessageVector.SOL_UDP, MessageVector.UDP_GRO);
        return size > 0 ? size : Math.max(1, length(i)); // an empty datagram is one, too
    }

    /// How many datagrams this socket has lost so far for want of room, or -1 if there is no news: SO_RXQ_OVFL of
    /// socket(7). The number wraps around at 2^32.
    int lost(int i) {
        return messages.control(i, Libc.SOL_SOCKET, MessageVector.SO_RXQ_OVFL);
    }

    /// Where all senders' addresses lie, as [SocketAddress] has them.
    MemorySegment senders() {
        return senders;
    }

    /// Where the sender of train `i` stands in [#senders].
    long senderAt(int i) {
        return (long) SENDER_BYTES * i;
    }
}
