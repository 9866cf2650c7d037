package jflannel.metrics;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import jflannel.lease.StoreFigures;

/// The lease store's own figures.
///
/// @param clock wall-clock time, in which the lease's expiry is given
public record StoreSource(StoreFigures figures, InstantSource clock) implements Source {
    public StoreSource(StoreFigures figures) {
        this(figures, InstantSource.system());
    }

    @Override
    public void read(Readings readings) {
        figures.requests().forEach((kind, requests) -> {
            readings.put(Metric.STORE_REQUEST_SECONDS, requests.count(), requests.time(), kind);
            readings.put(Metric.STORE_REQUEST_ERRORS, requests.failures(), kind);
        });
        readings.put(Metric.STORE_WATCHED, figures.watchAge().isPresent() ? 1 : 0);
        figures.watchAge().ifPresent(age -> readings.put(Metric.STORE_WATCH_AGE, seconds(age)));
        readings.put(Metric.STORE_WATCH_RECONNECTS, figures.reconnects());
        figures.leaseLeft()
                .map(left -> Duration.between(Instant.EPOCH, clock.instant().plus(left)))
                .ifPresent(end -> readings.put(Metric.LEASE_EXPIRY, seconds(end)));
    }

    private static double seconds(Duration time) {
        return time.toMillis() / 1e3;
    }
}
