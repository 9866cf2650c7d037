package jflannel.metrics;

import java.time.Duration;
import java.time.Instant;
import jflannel.lease.StoreFigures;

/// What the lease store tells of itself.
public record StoreSource(StoreFigures figures) implements Source {
    @Override
    public void read(Readings readings) {
        figures.requests().forEach((kind, requests) -> {
            readings.put(Metric.STORE_REQUEST_SECONDS, requests.count(), requests.time(), kind);
            readings.put(Metric.STORE_REQUEST_ERRORS, requests.failures(), kind);
        });
        readings.put(Metric.STORE_WATCHED, figures.watchBegan().isPresent() ? 1 : 0);
        figures.watchBegan()
                .ifPresent(
                        began -> readings.put(Metric.STORE_WATCH_AGE, seconds(Duration.between(began, Instant.now()))));
        readings.put(Metric.STORE_WATCH_RECONNECTS, figures.reconnects());
        figures.leaseEnd()
                .ifPresent(end -> readings.put(Metric.LEASE_EXPIRY, seconds(Duration.between(Instant.EPOCH, end))));
    }

    private static double seconds(Duration time) {
        return time.toMillis() / 1e3;
    }
}
