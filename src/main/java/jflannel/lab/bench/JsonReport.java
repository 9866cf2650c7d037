package jflannel.lab.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import jflannel.lab.Measurements;

/// The comparison for programs. docs/performance.md explains the fields.
///
record JsonReport(
        String version, Instant started, MachineInfo machine, BackgroundLoad load, BenchPlan plan, Results results) {
    /// Grows when a field changes its meaning or goes; not when one is added.
    private static final int FORMAT = 1;

    private static final ObjectMapper JSON = new ObjectMapper();

    String render() {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(tree()) + "\n";
        } catch (JsonProcessingException e) {
            throw new AssertionError("a tree of strings and numbers can be written", e);
        }
    }

    private ObjectNode tree() {
        ObjectNode root = JSON.createObjectNode();
        root.put("format", FORMAT).put("jflannel", version).put("started", started.toString());
        root.set("machine", machineTree());
        root.putObject("othersLoad")
                .put("before", rounded(load.before()))
                .put("between", rounded(load.between()))
                .put("stolen", rounded(load.stolen()));
        load.warning().ifPresent(warning -> root.put("warning", warning));
        root.set("plan", planTree());
        ArrayNode rows = root.putArray("results");
        for (boolean offloads : plan.offloads()) {
            for (BenchMetric metric : BenchMetric.values()) {
                for (Contender contender : plan.contenders()) {
                    row(rows, new Results.Setting(contender, offloads), metric);
                }
            }
        }
        ArrayNode failures = root.putArray("failures");
        for (Results.Failure failure : results.failures()) {
            failures.addObject()
                    .put("run", failure.run())
                    .put("backend", failure.setting().contender().title())
                    .put("offloads", Benchmark.onOff(failure.setting().offloads()))
                    .put("probe", failure.probe())
                    .put("reason", failure.reason());
        }
        return root;
    }

    private ObjectNode machineTree() {
        return JSON.createObjectNode()
                .put("cores", machine.cores())
                .put("processor", machine.processor())
                .put("memoryBytes", machine.memoryBytes())
                .put("kernel", machine.kernel())
                .put("java", machine.java())
                .put("iperf3", machine.iperf3())
                .put("congestionControl", machine.congestionControl());
    }

    private ObjectNode planTree() {
        ObjectNode tree = JSON.createObjectNode();
        ArrayNode backends = tree.putArray("backends");
        plan.contenders().forEach(contender -> backends.add(contender.title()));
        ArrayNode states = tree.putArray("offloads");
        plan.offloads().forEach(state -> states.add(Benchmark.onOff(state)));
        return tree.put("runs", plan.runs()).put("seconds", plan.seconds());
    }

    private void row(ArrayNode rows, Results.Setting setting, BenchMetric metric) {
        results.of(setting, metric).ifPresent(spread -> {
            ObjectNode row = rows.addObject()
                    .put("backend", setting.contender().title())
                    .put("offloads", Benchmark.onOff(setting.offloads()))
                    .put("metric", metric.key())
                    .put("title", metric.title())
                    .put("unit", metric.unit())
                    .put("moreIsBetter", metric.moreIsBetter());
            put(row, spread);
            ObjectNode ratios = row.putObject("ratios");
            plan.bases()
                    .forEach(base -> results.ratio(setting, base, metric)
                            .ifPresent(ratio -> put(ratios.putObject(base.title()), ratio)));
        });
    }

    private static void put(ObjectNode node, Measurements spread) {
        node.put("median", rounded(spread.median()))
                .put("min", rounded(spread.min()))
                .put("max", rounded(spread.max()));
        ArrayNode values = node.putArray("values");
        spread.values().forEach(value -> values.add(rounded(value)));
    }

    /// To six digits: none of the others was measured.
    private static double rounded(double value) {
        return new java.math.BigDecimal(value, new java.math.MathContext(6)).doubleValue();
    }
}
