package jflannel.lab.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.lab.Measurements;

/// The comparison as tables in Markdown, one for each state of the offloads: for a page of documentation. The last
/// columns compare the last contender with the others that are worth comparing with.
final class MarkdownReport {
    private final MachineInfo machine;
    private final BackgroundLoad load;
    private final BenchPlan plan;
    private final Results results;

    MarkdownReport(MachineInfo machine, BackgroundLoad load, BenchPlan plan, Results results) {
        this.machine = machine;
        this.load = load;
        this.plan = plan;
        this.results = results;
    }

    String render() {
        List<String> lines = new ArrayList<>();
        lines.add(machine.words() + ".");
        lines.add(TextReport.method(plan) + ".");
        load.warning().ifPresent(lines::add);
        for (boolean offloads : plan.offloads()) {
            lines.addAll(List.of("", "**Offloads " + Benchmark.onOff(offloads) + "**", ""));
            lines.addAll(table(offloads));
        }
        results.failures().forEach(failure -> lines.addAll(List.of("", "Not measured: " + failure)));
        return String.join("\n", lines) + "\n";
    }

    private List<String> table(boolean offloads) {
        Contender last = plan.contenders().getLast();
        List<Contender> bases = plan.bases().filter(base -> !base.equals(last)).toList();
        List<String> titles = new ArrayList<>(List.of("", "unit"));
        plan.contenders().forEach(contender -> titles.add(contender.title()));
        bases.forEach(base -> titles.add(last.title() + " / " + base.title()));
        List<String> lines = new ArrayList<>();
        lines.add(row(titles.stream()));
        lines.add("|" + String.join("|", Collections.nCopies(titles.size(), "---")) + "|");
        for (BenchMetric metric : BenchMetric.values()) {
            Stream<String> values = plan.contenders().stream()
                    .map(contender -> cell(results.of(new Results.Setting(contender, offloads), metric)));
            Stream<String> ratios =
                    bases.stream().map(base -> cell(results.ratio(new Results.Setting(last, offloads), base, metric)));
            lines.add(row(Stream.of(Stream.of(metric.title(), metric.unit()), values, ratios)
                    .flatMap(cells -> cells)));
        }
        return lines;
    }

    private static String row(Stream<String> cells) {
        return cells.collect(Collectors.joining(" | ", "| ", " |"));
    }

    private static String cell(Optional<Measurements> spread) {
        return spread.map(Measurements::toString).orElse("");
    }
}
