package jflannel.dataplane;

import java.util.function.LongSupplier;

/// Decides whether a loop that has run out of packets should sleep, or linger for a moment and look again.
///
/// Where packets come so densely that sleep would last a few microseconds only, falling asleep and being woken costs
/// more than the packets do, and the waker pays a good part of that. So the loop lets other threads run for as long,
/// and then finds several packets at once: what network cards call interrupt moderation. Where packets come rarely it
/// sleeps at once, and never makes a processor busy for nothing. For one thread.
final class Moderation {
    /// The longest that a loop lingers, and thus the most that it adds to a packet's way.
    static final long MOST_NANOS = 20_000;

    private static final long LEAST_NANOS = 2_000; // shorter than that, yielding alone takes

    private final LongSupplier clock;
    private long lingerNanos;
    private long outSince;
    private boolean hasLingered;

    /// @param clock in nanoseconds
    Moderation(LongSupplier clock) {
        this.clock = clock;
    }

    /// Called when there is no packet: lingers if that may be worth it.
    ///
    /// @return true if it has lingered and the loop should look again; false if the loop should sleep
    boolean linger() {
        if (hasLingered) {
            return false;
        }
        outSince = clock.getAsLong();
        hasLingered = true;
        if (lingerNanos < LEAST_NANOS) {
            return false;
        }
        while (clock.getAsLong() - outSince < lingerNanos) {
            Thread.yield();
        }
        return true;
    }

    /// Called after sleep: short ones make it linger longer next time, long ones shorter or not at all.
    void slept() {
        long dry = clock.getAsLong() - outSince;
        lingerNanos = dry > MOST_NANOS ? lingerNanos / 2 : Math.min(MOST_NANOS, lingerNanos * 2 + LEAST_NANOS);
        hasLingered = false;
    }

    /// Called when there was a packet.
    void found() {
        hasLingered = false;
    }
}
