package jflannel.cloud;

import java.time.Duration;
import java.util.function.LongSupplier;

/// A clock that a test turns.
public final class Clock implements LongSupplier {
    private long nanos;

    @Override
    public synchronized long getAsLong() {
        return nanos;
    }

    public synchronized void pass(Duration time) {
        nanos += time.toNanos();
    }

    public synchronized void reach(long time) {
        nanos = Math.max(nanos, time);
    }
}
