package jflannel.lab;

import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// Several measurements of the same quantity.
///
/// @param values in the order of the runs; at least one
public record Measurements(List<Double> values) {
    public Measurements {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("a spread needs a value");
        }
        values = List.copyOf(values);
    }

    public double median() {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    public double min() {
        return Collections.min(values);
    }

    public double max() {
        return Collections.max(values);
    }

    /// `11.3 (10.9–11.8)`: the median and the range, or just the value if there was only one run.
    @Override
    public String toString() {
        return values.size() == 1
                ? figure(median())
                : "%s (%s–%s)".formatted(figure(median()), figure(min()), figure(max()));
    }

    /// A number with three significant digits, which is as much as such a measurement may claim.
    public static String figure(double value) {
        double size = Math.abs(value);
        // a step below each power of ten, where rounding would add a digit
        int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 || size == 0 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
