package jflannel.lease;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/// A lease store's counters, for metrics. The store writes and others read, on any threads. Times use
/// [System#nanoTime], because the wall clock may be changed.
public final class StoreFigures {
    /// Requests of one kind.
    ///
    /// @param failures how many of `count` failed or were refused
    /// @param time the total time they took
    public record Requests(long count, long failures, Duration time) {
        private static final Requests NONE = new Requests(0, 0, Duration.ZERO);

        private Requests and(Duration took, boolean failed) {
            return new Requests(count + 1, failures + (failed ? 1 : 0), time.plus(took));
        }
    }

    private final Map<String, Requests> requests = new TreeMap<>();
    private final LongSupplier nanoTime;
    private OptionalLong leaseEnd = OptionalLong.empty();
    private OptionalLong watchBegan = OptionalLong.empty();
    private long watches;

    public StoreFigures() {
        this(System::nanoTime);
    }

    public StoreFigures(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /// @param kind of request, one lower-case word: `range`, `keepalive`
    public synchronized void requested(String kind, Duration took, boolean failed) {
        requests.put(kind, requests.getOrDefault(kind, Requests.NONE).and(took, failed));
    }

    /// The watch is connected. May be called repeatedly.
    public synchronized void watchBegins() {
        if (watchBegan.isEmpty()) {
            watches++;
            watchBegan = OptionalLong.of(nanoTime.getAsLong());
        }
    }

    /// The watch is no longer connected.
    public synchronized void watchEnds() {
        watchBegan = OptionalLong.empty();
    }

    /// Not called by stores whose leases never expire.
    ///
    /// @param end when this node's lease expires unless renewed, by [System#nanoTime]; empty if never
    public synchronized void leaseEndsAt(OptionalLong end) {
        leaseEnd = end;
    }

    /// All requests, by kind.
    public synchronized Map<String, Requests> requests() {
        return new TreeMap<>(requests);
    }

    /// How long until this node's lease expires unless renewed; empty if it never does.
    public synchronized Optional<Duration> leaseLeft() {
        return leaseEnd.isEmpty()
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(leaseEnd.getAsLong() - nanoTime.getAsLong()));
    }

    /// How long the watch has been connected; empty if it is not.
    public synchronized Optional<Duration> watchAge() {
        return watchBegan.isEmpty()
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(nanoTime.getAsLong() - watchBegan.getAsLong()));
    }

    /// How often the watch reconnected.
    public synchronized long reconnects() {
        return Math.max(0, watches - 1);
    }
}
