package jflannel.lab.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jflannel.lab.Measurements;
import jflannel.lab.TextTable;

/// The comparison as tables for a terminal: two for each state of the offloads, of values and of ratios.
final class TextReport {
    private final BenchPlan plan;
    private final Results results;

    TextReport(BenchPlan plan, Results results) {
        this.plan = plan;
        this.results = results;
    }

    String render() {
        List<String> parts = new ArrayList<>();
        for (boolean offloads : plan.offloads()) {
            String state = "offloads " + Benchmark.onOff(offloads);
            parts.add(method(plan) + ", " + state);
            parts.add(values(offloads).toString());
            if (plan.bases().findAny().isPresent() && plan.contenders().size() > 1) {
                parts.add("Ratios, compared run by run, " + state);
                parts.add(ratios(offloads).toString());
            }
        }
        if (!results.failures().isEmpty()) {
            parts.add("What could not be measured");
            results.failures().forEach(failure -> parts.add("  " + failure));
        }
        return String.join("\n", parts);
    }

    /// What a cell of values shows.
    static String method(BenchPlan plan) {
        return plan.runs() == 1
                ? "One run of %d s each".formatted(plan.seconds())
                : "Medians of %d runs of %d s each (smallest–largest)".formatted(plan.runs(), plan.seconds());
    }

    private TextTable values(boolean offloads) {
        List<String> titles = new ArrayList<>(List.of("", "unit"));
        plan.contenders().forEach(contender -> titles.add(contender.title()));
        TextTable table = new TextTable(titles.toArray(String[]::new));
        for (BenchMetric metric : BenchMetric.values()) {
            List<String> row = new ArrayList<>(List.of(metric.title(), metric.unit()));
            for (Contender contender : plan.contenders()) {
                row.add(cell(results.of(new Results.Setting(contender, offloads), metric)));
            }
            table.row(row.toArray(String[]::new));
        }
        return table;
    }

    private TextTable ratios(boolean offloads) {
        List<Contender[]> pairs = plan.bases()
                .flatMap(base -> plan.contenders().stream()
                        .filter(contender -> isWorthComparing(contender, base))
                        .map(contender -> new Contender[] {contender, base}))
                .toList();
        List<String> titles = new ArrayList<>(List.of(""));
        pairs.forEach(pair -> titles.add(pair[0].title() + " / " + pair[1].title()));
        TextTable table = new TextTable(titles.toArray(String[]::new));
        Arrays.stream(BenchMetric.values()).filter(BenchMetric::hasRatios).forEach(metric -> {
            List<String> row = new ArrayList<>(List.of(metric.title()));
            pairs.forEach(pair ->
                    row.add(cell(results.ratio(new Results.Setting(pair[0], offloads), pair[1], metric))));
            table.row(row.toArray(String[]::new));
        });
        return table;
    }

    /// Direct is a base only: how much faster than a backend it is, the backend's own column says.
    private static boolean isWorthComparing(Contender contender, Contender base) {
        return !contender.equals(base) && !contender.equals(Contender.DIRECT);
    }

    private static String cell(java.util.Optional<Measurements> spread) {
        return spread.map(Measurements::toString).orElse("—");
    }
}
