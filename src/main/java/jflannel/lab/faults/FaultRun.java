package jflannel.lab.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import jflannel.ip.Family;
import jflannel.lab.LabNode;
import jflannel.lab.Patience;
import jflannel.lab.Pause;

/// Causes one fault while pods talk, and judges what it cost.
final class FaultRun {
    /// Longer than any promise, to distinguish a late repair from none.
    private static final int PATIENCE_SECONDS = 40;

    private static final int SETTLE_MILLIS = 300;
    private static final int FLOW_SECONDS = 40;
    /// How much two daemons may log about one fault. Each may log up to 60 lines in ten seconds, and a short fault
    /// may span two such intervals.
    private static final int MOST_LINES = 250;
    /// The same, per second of a long fault.
    private static final int LINES_PER_SECOND = 13;

    private static final double MOST_CPU_SECONDS = Patience.seconds(12);
    private static final double TICKS_PER_SECOND = 100;

    /// The outcome of a fault.
    ///
    /// @param traffic pings, of each address family
    /// @param repairMillis from the damage until all was well; -1 if it never was
    /// @param stallMillis the longest silence on a TCP connection
    /// @param lines that the daemons logged
    /// @param cpuSeconds that they used
    /// @param complaints broken promises
    record Result(
            Fault fault,
            Map<Family, PingFlood.Count> traffic,
            long repairMillis,
            long stallMillis,
            long lines,
            double cpuSeconds,
            List<String> complaints) {
        boolean kept() {
            return complaints.isEmpty();
        }

        PingFlood.Count pings() {
            return traffic.values().stream().reduce(PingFlood.Count.NONE, PingFlood.Count::plus);
        }
    }

    private final int tolerance;

    /// @param tolerance multiplies what is allowed, for busy machines; no loss still means no loss
    FaultRun(int tolerance) {
        this.tolerance = tolerance;
    }

    Result run(Fault fault, LabCluster cluster) throws IOException {
        cluster.remember();
        long lines = lines(cluster);
        double cpu = cpuSeconds(cluster);
        List<String> complaints = new ArrayList<>();
        Map<Family, PingFlood.Count> traffic = new EnumMap<>(Family.class);
        long repaired;
        long stall = 0;
        List<PodTraffic> flows = new ArrayList<>();
        try {
            for (Family family : cluster.families()) {
                flows.add(new PodTraffic(cluster, family));
            }
            repaired = repairMillis(fault, cluster, complaints);
            Pause.millis(SETTLE_MILLIS);
            long now = System.nanoTime();
            for (PodTraffic each : flows) {
                if (!LabCluster.await(FLOW_SECONDS, () -> each.tcp().flowsSince(now))) {
                    String failure = each.tcp().failure();
                    complaints.add("the TCP connection over " + each.family() + " "
                            + (failure.isEmpty() ? "hangs" : "failed: " + failure));
                }
                stall = Math.max(stall, each.tcp().longestMillis());
            }
        } finally {
            for (PodTraffic each : flows) {
                each.close();
                traffic.put(each.family(), each.end());
            }
        }
        Result result = new Result(
                fault, traffic, repaired, stall, lines(cluster) - lines, cpuSeconds(cluster) - cpu, complaints);
        judge(result);
        return result;
    }

    private static long repairMillis(Fault fault, LabCluster cluster, List<String> complaints) throws IOException {
        Pause.millis(SETTLE_MILLIS);
        cluster.damageIsDone();
        fault.action().apply(cluster);
        if (LabCluster.await(PATIENCE_SECONDS, () -> fault.end().holds(cluster))) {
            return (System.nanoTime() - cluster.damagedAt()) / 1_000_000;
        }
        complaints.add("not repaired after " + Patience.seconds(PATIENCE_SECONDS) + " s: " + cluster.difference());
        complaints.addAll(cluster.tails());
        return -1;
    }

    private void judge(Result result) {
        FaultBudget budget = result.fault().budget().times(tolerance);
        List<String> complaints = result.complaints();
        result.traffic().forEach((family, count) -> {
            if (count.sent() == 0) {
                complaints.add("no ping over " + family + " was answered");
            }
            if (count.lostMillis() > budget.lostMillis()) {
                complaints.add("packets of %d ms were lost over %s, not of %d"
                        .formatted(count.lostMillis(), family, budget.lostMillis()));
            }
        });
        long soon = Patience.of(budget.repair()).toMillis(); // much of the time is spent looking whether it is
        if (result.repairMillis() > soon) {
            complaints.add("repaired after %d ms, not %d".formatted(result.repairMillis(), soon));
        }
        long seconds = result.pings().sent()
                / PingFlood.PER_SECOND
                / Math.max(1, result.traffic().size());
        if (result.lines() > MOST_LINES + seconds * LINES_PER_SECOND) {
            complaints.add("the daemons logged " + result.lines() + " lines");
        }
        if (result.cpuSeconds() > MOST_CPU_SECONDS) {
            complaints.add("the daemons were busy for %.1f s".formatted(result.cpuSeconds()));
        }
    }

    private static long lines(LabCluster cluster) throws IOException {
        long lines = 0;
        for (LabNode node : cluster.lab().nodes()) {
            lines += node.flanneld().output().lines().count();
        }
        return lines;
    }

    /// What the daemons that run now have used, proc(5): the fields utime and stime of stat.
    private static double cpuSeconds(LabCluster cluster) throws IOException {
        double ticks = 0;
        for (LabNode node : cluster.lab().nodes()) {
            Path stat = Path.of("/proc/" + node.flanneld().pid() + "/stat");
            if (Files.exists(stat)) {
                String[] fields =
                        Files.readString(stat).replaceFirst(".*\\) ", "").split(" ");
                ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
            }
        }
        return ticks / TICKS_PER_SECOND;
    }
}
