package jflannel.lab.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import jflannel.lab.Measurements;

/// All that was measured, and what could not be.
final class Results {
    /// Under which circumstances something was measured.
    ///
    /// @param offloads of the links between the nodes: true if on
    record Setting(Contender contender, boolean offloads) {}

    /// A measurement that did not come to its end.
    record Failure(int run, Setting setting, String probe, String reason) {
        @Override
        public String toString() {
            return "run %d, %s, offloads %s, %s: %s"
                    .formatted(run, setting.contender.title(), setting.offloads ? "on" : "off", probe, reason);
        }
    }

    private record Subject(Setting setting, BenchMetric metric) {}

    // run numbers ascend; a run that failed has no entry
    private final Map<Subject, TreeMap<Integer, Double>> values = new java.util.HashMap<>();
    private final List<Failure> failures = new ArrayList<>();

    /// @param run 1 for the first
    void add(int run, Setting setting, Map<BenchMetric, Double> measured) {
        measured.forEach((metric, value) -> {
            if (Double.isFinite(value)) {
                values.computeIfAbsent(new Subject(setting, metric), subject -> new TreeMap<>())
                        .put(run, value);
            } else {
                failures.add(new Failure(run, setting, metric.title(), "too few answers"));
            }
        });
    }

    void add(Failure failure) {
        failures.add(failure);
    }

    List<Failure> failures() {
        return List.copyOf(failures);
    }

    /// Empty if no run of it succeeded.
    Optional<Measurements> of(Setting setting, BenchMetric metric) {
        TreeMap<Integer, Double> byRun = values.get(new Subject(setting, metric));
        return byRun == null ? Optional.empty() : Optional.of(new Measurements(List.copyOf(byRun.values())));
    }

    /// By how much a setting's values differ from another contender's: run by run, because a run's measurements lie
    /// seconds apart, and whatever slows the machine down for longer cancels out.
    ///
    /// @return empty if the metric has no meaningful ratios, or no run has both values
    Optional<Measurements> ratio(Setting setting, Contender base, BenchMetric metric) {
        Map<Integer, Double> ours = values.get(new Subject(setting, metric));
        Map<Integer, Double> theirs = values.get(new Subject(new Setting(base, setting.offloads), metric));
        if (!metric.hasRatios() || setting.contender.equals(base) || ours == null || theirs == null) {
            return Optional.empty();
        }
        List<Double> ratios = ours.keySet().stream()
                .filter(run -> theirs.getOrDefault(run, 0.0) > 0)
                .map(run -> ours.get(run) / theirs.get(run))
                .toList();
        return ratios.isEmpty() ? Optional.empty() : Optional.of(new Measurements(ratios));
    }
}
