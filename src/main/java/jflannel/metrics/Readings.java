package jflannel.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Quantiles;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The values of all metrics at one moment. What was not read is left out.
public final class Readings {
    private static final double NANOS_PER_SECOND = 1e9;

    private record Point(Labels labels, double value, long count) {}

    private static final String NETWORK = "network";

    private final Map<Metric, List<Point>> points = new EnumMap<>(Metric.class);
    private String network = "";

    /// What is put from now on is of that network of several, and has its name as a label; empty for none.
    void of(String name) {
        network = name;
    }

    /// @param labelValues one for each label of the metric, in its order
    public void put(Metric metric, double value, String... labelValues) {
        add(metric, new Point(labels(metric, labelValues), value, 0));
    }

    /// @param metric a summary
    public void put(Metric metric, long count, Duration sum, String... labelValues) {
        add(metric, new Point(labels(metric, labelValues), sum.toNanos() / NANOS_PER_SECOND, count));
    }

    private void add(Metric metric, Point point) {
        points.computeIfAbsent(metric, _ -> new ArrayList<>()).add(point);
    }

    private Labels labels(Metric metric, String... values) {
        Labels labels = Labels.of(metric.labels(), List.of(values));
        return network.isEmpty() ? labels : labels.add(NETWORK, network);
    }

    /// For the library that writes them, which wants names without the endings that it adds itself.
    MetricSnapshots snapshots() {
        List<MetricSnapshot> all = new ArrayList<>();
        points.forEach((metric, list) -> all.add(snapshot(metric, list)));
        return new MetricSnapshots(all);
    }

    private static MetricSnapshot snapshot(Metric metric, List<Point> points) {
        MetricMetadata about = new MetricMetadata(metric.fullName().replaceFirst("_(total|info)$", ""), metric.help());
        return switch (metric.type()) {
            case GAUGE ->
                new GaugeSnapshot(
                        about,
                        points.stream()
                                .map(point -> new GaugeDataPointSnapshot(point.value, point.labels, null))
                                .toList());
            case COUNTER ->
                new CounterSnapshot(
                        about,
                        points.stream()
                                .map(point -> new CounterDataPointSnapshot(point.value, point.labels, null, 0))
                                .toList());
            case SUMMARY ->
                new SummarySnapshot(
                        about,
                        points.stream()
                                .map(point -> new SummaryDataPointSnapshot(
                                        point.count, point.value, Quantiles.EMPTY, point.labels, null, 0))
                                .toList());
            case INFO ->
                new InfoSnapshot(
                        about,
                        points.stream()
                                .map(point -> new InfoDataPointSnapshot(point.labels))
                                .toList());
        };
    }
}
