package jflannel.lab.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import jflannel.lab.RunsFlag;
import jflannel.lease.ConfigException;
import jflannel.linux.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `flannel lab bench`: compares backends on this machine.
@picocli.CommandLine.Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Compares the speed of backends on this machine, with iperf3 and ping between pods on two nodes.",
            "All labs run at the same time and are measured in turn. Nothing else should run meanwhile.",
            "Exits with 0 only if everything could be measured, with 1 also if a backend was left out."
        })
public final class BenchCommand implements Callable<Integer> {
    @Option(
            names = "--backends",
            defaultValue = "direct,host-gw,vxlan,udp",
            paramLabel = "NAMES",
            description = "What to compare, separated by commas: direct (node to node, no pods), host-gw, vxlan, "
                    + "vxlan-direct, vxlan-external, ipip, wireguard, ipsec, alloc, extension, udp, udp-daemon; policies: "
                    + "host-gw without network policies, with 0, 10 and 1000 of them, and with a program that gets the "
                    + "first packet of each connection. What "
                    + "this machine cannot run is named and left out. Default: ${DEFAULT-VALUE}")
    private String backends;

    @Option(
            names = "--offloads",
            defaultValue = "both",
            paramLabel = "on|off|both",
            description = "Whether the links between nodes may carry packets larger than their MTU, to be split "
                    + "later, as good network cards do. Default: ${DEFAULT-VALUE}")
    private String offloads;

    @Mixin
    private RunsFlag runs;

    @Option(
            names = "--seconds",
            defaultValue = "1",
            paramLabel = "S",
            description = "How long each measurement lasts. Default: ${DEFAULT-VALUE}")
    private int seconds;

    @Option(names = "--json", paramLabel = "FILE", description = "Write all figures to this file, as JSON")
    private Path json;

    @Option(names = "--html", paramLabel = "FILE", description = "Write a page with charts to this file")
    private Path html;

    @Option(names = "--markdown", paramLabel = "FILE", description = "Write the tables to this file")
    private Path markdown;

    private final PrintStream out = System.out;

    @Override
    public Integer call() throws IOException {
        BenchPlan plan = new BenchPlan(Contender.list(backends), BenchPlan.offloads(offloads), runs.count(), seconds);
        requireWritable("--json", json);
        requireWritable("--html", html);
        requireWritable("--markdown", markdown);
        requirePrograms();
        MachineInfo machine = MachineInfo.inspect();
        out.println(machine.words());
        double busyBefore = CpuTimes.resting(1000).busyShare();
        new BackgroundLoad(busyBefore, 0, 0).warning().ifPresent(out::println);
        Instant started = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        CpuTimes start = CpuTimes.read();
        boolean terminal = System.console() != null && System.console().isTerminal();
        try (Benchmark benchmark =
                new Benchmark(plan, machine.tcpOptions(), new ProgressBar(out, terminal, System::nanoTime))) {
            BenchPlan possible = benchmark.open();
            Results results = benchmark.run();
            BackgroundLoad load = new BackgroundLoad(
                    busyBefore,
                    benchmark.busyBetween(),
                    CpuTimes.read().since(start).stolenShare());
            out.println(new TextReport(possible, results).render());
            load.warning().ifPresent(out::println);
            write(new JsonReport(version(), started, machine, load, possible, results));
            if (markdown != null) {
                String tables = new MarkdownReport(machine, load, possible, results).render();
                Files.writeString(markdown, tables, StandardCharsets.UTF_8);
                out.println("Tables: " + markdown);
            }
            boolean complete = possible.equals(plan) && results.failures().isEmpty();
            return complete ? 0 : 1;
        }
    }

    /// Fails now rather than after minutes of work.
    private static void requireWritable(String flag, Path file) {
        if (file != null) {
            Path folder = Objects.requireNonNullElse(file.toAbsolutePath().getParent(), file);
            if (Files.isDirectory(file) || !Files.isWritable(Files.exists(file) ? file : folder)) {
                throw new ConfigException(flag, file, "Give a file in a directory that exists and is writable.");
            }
        }
    }

    private static void requirePrograms() {
        for (String program : List.of("iperf3", "ethtool", "ping")) {
            if (Command.find(program).isEmpty()) {
                throw new ConfigException("PATH", program, "Install it; the measurements need it.");
            }
        }
    }

    private void write(JsonReport report) throws IOException {
        String text = report.render();
        if (json != null) {
            Files.writeString(json, text, StandardCharsets.UTF_8);
            out.println("All figures: " + json);
        }
        if (html != null) {
            Files.writeString(html, HtmlReport.render(text), StandardCharsets.UTF_8);
            out.println("Charts: " + html);
        }
    }

    private static String version() {
        return Objects.requireNonNullElse(BenchCommand.class.getPackage().getImplementationVersion(), "unpackaged");
    }
}
