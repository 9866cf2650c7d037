package jflannel.metrics;

import java.util.Map;
import java.util.function.Supplier;

/// What the peer filter drops, by reason. Empty while there is no filter.
public record PeerFilterSource(Supplier<Map<String, Long>> dropped) implements Source {
    @Override
    public void read(Readings readings) {
        dropped.get().forEach((reason, count) -> readings.put(Metric.PEER_FILTER_DROPPED, count, reason));
    }
}
