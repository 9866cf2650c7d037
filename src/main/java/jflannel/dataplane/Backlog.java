package jflannel.dataplane;

import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;
import jflannel.ip.Family;
import jflannel.packet.FlowHash;

/// Super-packets that were read and wait to be sent, first in, first out, so that packets of other flows do not have
/// to wait behind them.
///
/// A bulk stream fills its receiver's window: megabytes, which take milliseconds to send. In the device's queue every
/// packet would wait for that. Here only packets of a flow that already waits do so too, or they would overtake it.
///
/// Each waits in a slot of the loop's buffer. The slot that was left last is used first: as long as few wait, they stay
/// in the processor's cache. For one thread.
final class Backlog {
    /// How many packets may wait: 4 MiB, about the window that TCP has by default.
    static final int SLOTS = 64;

    private static final int SLOT_BYTES = (1 << 16) + 256; // not a power of two: all would share cache lines
    /// What all slots take of the buffer.
    static final int BYTES = SLOTS * SLOT_BYTES;

    private static final int BUCKETS = 1 << 10;

    private final MemorySegment buffer;
    private final int slotsAt;
    private final LongSupplier clock;
    private final QueueDelay delay = new QueueDelay();

    private final int[] slot = new int[SLOTS]; // of each packet that waits, in a ring
    private final int[] length = new int[SLOTS];
    private final int[] flow = new int[SLOTS];
    private final long[] since = new long[SLOTS];
    private int first;
    private int count;

    private final int[] free = new int[SLOTS]; // a stack
    private final int[] waiting = new int[BUCKETS]; // how many packets of a flow
    private int unknown; // how many packets of which the flow is not known

    /// @param slotsAt where in the buffer there are [#BYTES] for it
    /// @param clock in nanoseconds
    Backlog(MemorySegment buffer, int slotsAt, LongSupplier clock) {
        this.buffer = buffer;
        this.slotsAt = slotsAt;
        this.clock = clock;
        for (int i = 0; i < SLOTS; i++) {
            free[i] = SLOTS - 1 - i;
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    boolean isFull() {
        return count == SLOTS;
    }

    /// Where the next packet will wait; unless it is full. What is read to there needs no copy.
    int room() {
        return at(free[SLOTS - 1 - count]);
    }

    private int at(int number) {
        return slotsAt + number * SLOT_BYTES;
    }

    /// Which flow a packet is of, by a number that only few others share.
    int flow(Family family, int at, int bytes) {
        return FlowHash.of(family, buffer, at, bytes, BUCKETS);
    }

    /// True if a packet of this flow must wait, so that it does not overtake others.
    boolean holds(int flow) {
        return count > 0 && (unknown > 0 || flow == FlowHash.UNKNOWN || waiting[flow] > 0);
    }

    /// Lets a packet wait; unless it is full.
    ///
    /// @param from where it lies in the buffer, with its virtio header
    void add(int flow, int from, int bytes) {
        int room = room();
        if (from != room) {
            MemorySegment.copy(buffer, from, buffer, room, bytes);
        }
        int i = (first + count) % SLOTS;
        slot[i] = free[SLOTS - 1 - count];
        length[i] = bytes;
        this.flow[i] = flow;
        since[i] = clock.getAsLong();
        count(flow, 1);
        count++;
    }

    private void count(int flow, int change) {
        if (flow == FlowHash.UNKNOWN) {
            unknown += change;
        } else {
            waiting[flow] += change;
        }
    }

    /// Where the packet lies whose turn it is; unless it is empty.
    int head() {
        return at(slot[first]);
    }

    int headLength() {
        return length[first];
    }

    /// True if packets have waited for so long, all the time, that one should be dropped. Once for each head.
    boolean isLate() {
        long now = clock.getAsLong();
        return delay.drops(now, now - since[first], count == 1);
    }

    /// The packet whose turn it was waits no more.
    void removeHead() {
        count(flow[first], -1);
        count--;
        free[SLOTS - 1 - count] = slot[first];
        first = (first + 1) % SLOTS;
    }
}
