package jflannel.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What a lease store tells of its own work, for metrics. The store writes and others read, on any threads.
public final class StoreFigures {
    /// Requests of one kind.
    ///
    /// @param failures how many of `count` got no answer, or a refusal
    /// @param time how long all of them took
    public record Requests(long count, long failures, Duration time) {
        private static final Requests NONE = new Requests(0, 0, Duration.ZERO);

        private Requests and(Duration took, boolean failed) {
            return new Requests(count + 1, failures + (failed ? 1 : 0), time.plus(took));
        }
    }

    private final Map<String, Requests> requests = new TreeMap<>();
    private Instant leaseEnd;
    private Instant watchBegan;
    private long watches;

    /// @param kind of request, one lower-case word: `range`, `keepalive`
    public synchronized void requested(String kind, Duration took, boolean failed) {
        requests.put(kind, requests.getOrDefault(kind, Requests.NONE).and(took, failed));
    }

    /// The store tells of leases from now on. Changes nothing while it does so already.
    public synchronized void watchBegins() {
        if (watchBegan == null) {
            watches++;
            watchBegan = Instant.now();
        }
    }

    /// The store does not tell of leases any more.
    public synchronized void watchEnds() {
        watchBegan = null;
    }

    /// Not called by stores whose leases never end.
    ///
    /// @param end when this node's lease ends unless it is renewed; null for one that does not end
    public synchronized void leaseEndsAt(Instant end) {
        leaseEnd = end;
    }

    /// By kind.
    public synchronized Map<String, Requests> requests() {
        return new TreeMap<>(requests);
    }

    public synchronized Optional<Instant> leaseEnd() {
        return Optional.ofNullable(leaseEnd);
    }

    /// Since when the store tells of changes; empty if it does not do so now.
    public synchronized Optional<Instant> watchBegan() {
        return Optional.ofNullable(watchBegan);
    }

    /// How often that began after the first time.
    public synchronized long reconnects() {
        return Math.max(0, watches - 1);
    }
}
