package jflannel.work;

import java.time.Duration;

/// Pauses between attempts: each twice as long as the one before, up to a limit. For one thread.
public final class Backoff {
    private final Duration first;
    private final Duration longest;
    private Duration next;

    public Backoff(Duration first, Duration longest) {
        this.first = first;
        this.longest = longest;
        this.next = first;
    }

    /// The pause before the next attempt.
    public Duration next() {
        Duration pause = next;
        Duration doubled = pause.multipliedBy(2);
        next = doubled.compareTo(longest) < 0 ? doubled : longest;
        return pause;
    }

    /// After a success: the next pause is the first one again.
    public void reset() {
        next = first;
    }
}
