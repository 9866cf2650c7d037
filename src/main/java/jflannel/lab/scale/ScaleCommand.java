package jflannel.lab.scale;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import jflannel.lab.Measurements;
import jflannel.lab.NetworkFlags;
import jflannel.lab.RunsFlag;
import jflannel.lab.StoreFlag;
import jflannel.lab.TextTable;
import jflannel.lease.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `flannel lab scale`: how one node copes with a large cluster.
@Command(
        name = "scale",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Starts flanneld on one node among the leases of many others, which exist only in the store, and measures "
                    + "time, memory, processor time and the store's traffic.",
            "Exits with 0 only if the kernel had an entry for every lease."
        })
public final class ScaleCommand implements Callable<Integer> {
    @Option(
            names = "--leases",
            defaultValue = "5000",
            paramLabel = "N",
            description = "Number of other nodes. Default: ${DEFAULT-VALUE}")
    private int leases;

    @Mixin
    private RunsFlag runs;

    @Mixin
    private NetworkFlags network;

    @Mixin
    private StoreFlag store;

    @Option(names = "--external", description = "Use the option External of vxlan: routes carry the tunnel's end")
    private boolean external;

    @Override
    public Integer call() throws IOException {
        if (leases < 0 || leases > SimulatedNodes.MOST) {
            throw new ConfigException("--leases", leases, "Give a number from 0 to %d.".formatted(SimulatedNodes.MOST));
        }
        int count = runs.count();
        SimulatedNodes simulated = new SimulatedNodes(network.families(), network.nftables(), store.isKube(), external);
        System.out.printf(
                "vxlan%s, %s, %s, %d other nodes, %d runs%n",
                external ? " with External" : "",
                network.isDual() ? "dual stack" : "IPv4",
                store.isKube() ? "Kubernetes API" : "etcd",
                leases,
                count);
        List<StartupRun> done = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StartupRun run = StartupRun.of(simulated, leases, StartupRun.Pace.THOROUGH);
            System.out.printf("  run %d of %d: ready in %s ms%n", i + 1, count, Measurements.figure(run.readyMillis()));
            done.add(run);
        }
        System.out.println(report(done));
        return 0;
    }

    static TextTable report(List<StartupRun> runs) {
        TextTable table = new TextTable("measured", "unit", "median (smallest–largest)");
        row(table, "exec to all peers programmed", "ms", runs, StartupRun::readyMillis);
        row(table, "processor time until then", "s", runs, StartupRun::cpuSeconds);
        Measurements changes = new Measurements(runs.stream()
                .flatMap(run -> run.changeMillis().values().stream())
                .toList());
        table.row("new lease sent to the store, to its entry in the kernel", "ms", changes.toString());
        row(table, "resident memory, at rest", "MiB", runs, run -> run.settled().residentMib());
        row(
                table,
                "  of that not backed by files",
                "MiB",
                runs,
                run -> run.settled().anonymousMib());
        row(
                table,
                "most memory ever resident",
                "MiB",
                runs,
                run -> run.settled().peakMib());
        row(table, "processor time at rest", "% of one", runs, run -> run.idleShare() * 100);
        row(table, "exchanged with the store at the start", "KiB", runs, run -> run.startBytes() / 1024.0);
        row(table, "exchanged with the store in a day at rest", "KiB", runs, run -> run.idleBytesPerDay() / 1024);
        return table;
    }

    private static void row(
            TextTable table, String measured, String unit, List<StartupRun> runs, ToDoubleFunction<StartupRun> value) {
        List<Double> values = runs.stream().map(value::applyAsDouble).toList();
        table.row(measured, unit, new Measurements(values).toString());
    }
}
