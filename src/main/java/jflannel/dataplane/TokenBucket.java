package jflannel.dataplane;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Allows `perSecond` events on average, and `burst` at once. For one thread.
public final class TokenBucket {
    private final long nanosPerToken;
    private final long fullNanos;
    private final LongSupplier clock;
    private long creditNanos;
    private long lastNanos;

    /// @param clock nanoseconds of any origin that never go back, such as [System#nanoTime]
    public TokenBucket(int perSecond, int burst, LongSupplier clock) {
        this.nanosPerToken = TimeUnit.SECONDS.toNanos(1) / perSecond;
        this.fullNanos = nanosPerToken * burst;
        this.clock = clock;
        this.creditNanos = fullNanos;
        this.lastNanos = clock.getAsLong();
    }

    /// True, and one token fewer, if there is one.
    public boolean take() {
        long now = clock.getAsLong();
        // The elapsed time is capped first: after a long idle time the sum could overflow.
        creditNanos = Math.min(fullNanos, creditNanos + Math.min(fullNanos, now - lastNanos));
        lastNanos = now;
        if (creditNanos < nanosPerToken) {
            return false;
        }
        creditNanos -= nanosPerToken;
        return true;
    }
}
