package jflannel.lab.faults;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import jflannel.lab.BackendFlag;
import jflannel.lab.LabSetup;
import jflannel.lab.NetworkFlags;
import jflannel.lab.Scenario;
import jflannel.lab.StoreFlag;
import jflannel.lab.TextTable;
import jflannel.lease.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `flannel lab faults`: breaks clusters on this machine and reports what that cost.
@Command(
        name = "faults",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Breaks one part of a small cluster after another while its pods talk, at 200 pings a second and over TCP,",
            "and shows what was lost and how long the repair took. Nothing is configured on the machine itself.",
            "Exits with 0 only if no fault cost more than promised."
        })
public final class FaultsCommand implements Callable<Integer> {
    @Mixin
    private BackendFlag backend;

    @Mixin
    private NetworkFlags network;

    @Mixin
    private StoreFlag store;

    @Option(names = "--only", paramLabel = "NAME", split = ",", description = "Only this fault. May be repeated")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--seed",
            defaultValue = "1",
            paramLabel = "N",
            description = "Seed for random choices; the same seed repeats them. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(
            names = "--tolerance",
            defaultValue = "1",
            paramLabel = "N",
            description = "Allow N times what is promised, on a busy machine. No loss still means no loss. "
                    + "Default: ${DEFAULT-VALUE}")
    private int tolerance;

    @Option(names = "--list", description = "Only list the faults and what they may cost")
    private boolean list;

    private final PrintStream out = System.out;

    @Override
    public Integer call() throws IOException {
        EnumSet<Scenario> possible = EnumSet.copyOf(Fault.ALL);
        possible.addAll(CloudTableFaults.CLOUDS);
        List<Scenario> scenarios = backend.among(possible);
        if (tolerance < 1) {
            throw new ConfigException("--tolerance", tolerance, "Give 1 or more.");
        }
        boolean good = true;
        for (Scenario scenario : scenarios) {
            LabSetup setup =
                    LabSetup.of(scenario).withFamilies(network.families()).withNftables(network.nftables());
            List<Fault> faults = FaultCatalogue.of(setup, kind(), only);
            if (list) {
                out.println(listing(faults));
            } else {
                good &= run(setup, faults);
            }
        }
        return good ? 0 : 1;
    }

    private boolean run(LabSetup setup, List<Fault> wanted) throws IOException {
        out.println(setup.scenario().title() + (store.isKube() ? ", Kubernetes API" : ""));
        List<Fault> faults = FakeClock.library().isEmpty() ? leftOut(wanted) : wanted;
        List<FaultRun.Result> results = new FaultSuite(setup, kind(), seed, tolerance).run(faults, this::tell);
        out.println(summary(results));
        long broken = results.stream().filter(result -> !result.kept()).count();
        out.println(broken == 0 ? "All promises were kept." : broken + " promises were broken.");
        return !results.isEmpty() && broken == 0;
    }

    private LeaseStoreKind kind() {
        return store.isKube() ? LeaseStoreKind.KUBERNETES : LeaseStoreKind.ETCD;
    }

    /// The faults that can run without libfaketime.
    private List<Fault> leftOut(List<Fault> faults) {
        faults.stream()
                .filter(fault -> fault.spec().clocks())
                .forEach(fault -> out.println("  skipped " + fault.name()
                        + ": libfaketime, which sets the clock, is missing. Install the package faketime"));
        return faults.stream().filter(fault -> !fault.spec().clocks()).toList();
    }

    private void tell(FaultRun.Result result) {
        out.println((result.kept() ? "  ok      " : "  BROKEN  ")
                + result.fault().name() + ": " + result.fault().summary());
        result.complaints().forEach(complaint -> complaint.lines().forEach(line -> out.println("          " + line)));
    }

    private static TextTable listing(List<Fault> faults) {
        TextTable table = new TextTable("fault", "what happens", "loss", "repair");
        for (Fault fault : faults) {
            table.row(
                    fault.name(),
                    fault.summary(),
                    fault.budget().lostMillis() == 0 ? "none" : fault.budget().lostMillis() + " ms",
                    fault.budget().repair().toSeconds() + " s");
        }
        return table;
    }

    private static TextTable summary(List<FaultRun.Result> results) {
        TextTable table = new TextTable(
                "fault", "pings lost", "longest gap", "TCP silence", "repaired after", "log lines", "CPU", "promise");
        for (FaultRun.Result result : results) {
            PingFlood.Count traffic = result.pings();
            table.row(
                    result.fault().name(),
                    traffic.lost() + " of " + traffic.sent(),
                    traffic.longestGap() * PingFlood.INTERVAL_MILLIS + " ms",
                    result.stallMillis() + " ms",
                    result.repairMillis() < 0 ? "never" : result.repairMillis() + " ms",
                    String.valueOf(result.lines()),
                    String.format(Locale.ROOT, "%.2f s", Math.max(0, result.cpuSeconds())),
                    result.kept() ? "kept" : "BROKEN");
        }
        return table;
    }
}
