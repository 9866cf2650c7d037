package jflannel.lab;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Family;

/// Prints an experiment: the path of the ping, what made it possible, and the verdict.
final class LabReport {
    private static final int TAIL_LINES = 12;

    private final PrintStream out;
    private final boolean colours;

    /// @param colours true if `out` is a terminal that may be sent colours
    LabReport(PrintStream out, boolean colours) {
        this.out = out;
        this.colours = colours;
    }

    void title(String text) {
        out.println();
        out.println(colours ? "\u001b[1m" + text + "\u001b[0m" : text);
    }

    void line(String text) {
        out.println("  " + text);
    }

    void step(String what, long millis) {
        line("%5.1f s  %s".formatted(millis / 1000.0, what));
    }

    String good(String text) {
        return colours ? "\u001b[32m" + text + "\u001b[0m" : text;
    }

    String bad(String text) {
        return colours ? "\u001b[31m" + text + "\u001b[0m" : text;
    }

    void show(Lab lab, ConnectivityCheck check) throws IOException {
        check.traces().forEach(this::trace);
        for (LabNode node : lab.nodes().stream().limit(2).toList()) {
            node(node, usesTunnel(lab));
        }
        title("What the store holds (" + lab.store().endpoints() + ")");
        lab.store().contents().forEach(this::line);
        verdict(lab, check);
        if (!check.works()) {
            logs(lab);
        }
    }

    private static boolean usesTunnel(Lab lab) {
        return Stream.of(Scenario.VXLAN, Scenario.VXLAN_DIRECT, Scenario.VXLAN_EXTERNAL)
                .anyMatch(lab.setup().scenario()::equals);
    }

    private void trace(PathTrace trace) {
        title("One ping from container-1 to container-2: %s to %s".formatted(trace.from(), trace.to()));
        TextTable table = new TextTable("host", "device", "what passed there", "reply");
        for (PathTrace.Observation observation : trace.observations()) {
            addTo(table, observation);
        }
        out.println(table);
        Optional<PathTrace.Loss> loss = trace.loss();
        line(loss.map(where -> bad("Lost: " + where + ".")).orElseGet(() -> good("Seen everywhere, there and back.")));
    }

    private static void addTo(TextTable table, PathTrace.Observation observation) {
        List<String> lines = observation.request() == null
                ? List.of("nothing of this ping")
                : observation.request().lines();
        table.row(
                observation.hop().host(),
                observation.hop().device(),
                lines.getFirst(),
                observation.reply() == null ? "no" : "yes");
        for (int i = 1; i < lines.size(); i++) {
            table.row("", "", " ".repeat(2 * i - 2) + "└ " + lines.get(i), "");
        }
    }

    private void node(LabNode node, boolean tunnel) throws IOException {
        title(node.host().name());
        for (Map.Entry<String, String> table : node.tables(tunnel).entrySet()) {
            if (!table.getValue().isEmpty()) {
                line(table.getKey());
                table.getValue().lines().forEach(text -> line("    " + text));
            }
        }
        line("/run/flannel/subnet.env");
        node.subnetText().lines().forEach(text -> line("    " + text));
    }

    private void verdict(Lab lab, ConnectivityCheck check) {
        for (Family family : lab.setup().families()) {
            title("Round-trip times between pods, in ms (%s)".formatted(family == Family.IPV4 ? "IPv4" : "IPv6"));
            out.println(matrix(lab.nodes().size(), family, check.pairs()));
        }
        long working =
                check.pairs().stream().filter(ConnectivityCheck.Pair::works).count();
        String words = "%d of %d ordered pairs of pods reach each other"
                .formatted(working, check.pairs().size());
        line(check.works() ? good(words) : bad(words));
    }

    static TextTable matrix(int nodes, Family family, List<ConnectivityCheck.Pair> pairs) {
        List<Integer> numbers =
                java.util.stream.IntStream.rangeClosed(1, nodes).boxed().toList();
        TextTable table = new TextTable(
                Stream.concat(Stream.of("from \\ to"), numbers.stream().map(to -> "container-" + to))
                        .toArray(String[]::new));
        Map<List<Integer>, String> cells = pairs.stream()
                .filter(pair -> pair.family() == family)
                .collect(Collectors.toMap(
                        pair -> List.of(pair.from(), pair.to()),
                        pair -> pair.works() ? "%.2f".formatted(pair.millis()) : "LOST"));
        for (int from : numbers) {
            table.row(Stream.concat(
                            Stream.of("container-" + from),
                            numbers.stream().map(to -> cells.getOrDefault(List.of(from, to), "")))
                    .toArray(String[]::new));
        }
        return table;
    }

    private void logs(Lab lab) throws IOException {
        for (LabNode node : lab.nodes()) {
            title("The end of flanneld's log on " + node.host().name());
            node.flanneld().tail(TAIL_LINES).forEach(this::line);
        }
    }
}
