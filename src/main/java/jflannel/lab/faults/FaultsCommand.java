package jflannel.lab.faults;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import jflannel.ip.Family;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.lab.TextTable;
import jflannel.lease.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `flannel lab faults`: breaks clusters on this machine and tells what it cost.
@Command(
        name = "faults",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Breaks one part of a small cluster after another while its pods talk, by 200 pings a second and over TCP,",
            "and shows what was lost and how long the repair took. Nothing is configured on the machine itself.",
            "Ends with 0 only if every fault cost no more than is promised."
        })
public final class FaultsCommand implements Callable<Integer> {
    @Option(
            names = "--backend",
            defaultValue = "vxlan",
            paramLabel = "NAME",
            description = "vxlan, vxlan-external, host-gw or udp. Default: ${DEFAULT-VALUE}")
    private String backend;

    @Option(names = "--dual", description = "Pods and nodes have addresses of both families")
    private boolean dual;

    @Option(names = "--nft", description = "Firewall rules are made by nftables instead of iptables")
    private boolean nft;

    @Option(names = "--only", paramLabel = "NAME", split = ",", description = "Only this fault. May be repeated")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--seed",
            defaultValue = "1",
            paramLabel = "N",
            description = "What is done at random is done alike with the same seed. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(
            names = "--tolerance",
            defaultValue = "1",
            paramLabel = "N",
            description = "Allow N times of what is promised, on a machine that is busy. No loss stays no loss. "
                    + "Default: ${DEFAULT-VALUE}")
    private int tolerance;

    @Option(names = "--list", description = "Only list the faults and what they may cost")
    private boolean list;

    private final PrintStream out = System.out;

    @Override
    public Integer call() throws IOException {
        Scenario scenario = Scenario.of(backend);
        if (!Fault.ALL.contains(scenario)) {
            throw new ConfigException("--backend", backend, "Give vxlan, host-gw or udp.");
        }
        if (tolerance < 1) {
            throw new ConfigException("--tolerance", tolerance, "Give 1 or more.");
        }
        LabSetup setup = LabSetup.of(scenario)
                .withFamilies(dual ? EnumSet.allOf(Family.class) : EnumSet.of(Family.IPV4))
                .withNftables(nft);
        List<Fault> faults = FaultCatalogue.of(setup, only);
        if (list) {
            out.println(listing(faults));
            return 0;
        }
        if (FakeClock.library().isEmpty()) {
            faults = leftOut(faults);
        }
        List<FaultRun.Result> results = new FaultSuite(setup, seed, tolerance).run(faults, this::tell);
        out.println(summary(results));
        long broken = results.stream().filter(result -> !result.kept()).count();
        out.println(broken == 0 ? "All promises are kept." : broken + " promises are broken.");
        return results.isEmpty() || broken > 0 ? 1 : 0;
    }

    /// Those that are left without libfaketime.
    private List<Fault> leftOut(List<Fault> faults) {
        faults.stream()
                .filter(fault -> fault.spec().clocks())
                .forEach(fault -> out.println("  left out " + fault.name()
                        + ": sets the clock by libfaketime, which is missing: install the package faketime"));
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
