package jflannel.lab.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jflannel.ip.Family;
import jflannel.lab.LabNode;
import jflannel.lab.Pause;

/// Lets one fault happen while pods talk, and judges what it cost.
final class Drill {
    /// Longer than any promise, so that a repair that is late is told from none.
    private static final int PATIENCE_SECONDS = 40;

    private static final int SETTLE_MILLIS = 300;
    private static final int FLOW_SECONDS = 20;
    /// What two daemons may say about one fault, and how long they may be busy with it.
    private static final int MOST_LINES = 150;

    private static final double MOST_CPU_SECONDS = 12;
    private static final double TICKS_PER_SECOND = 100;

    /// What came of a fault.
    ///
    /// @param repairMillis from the damage until all was well; -1 if it never was
    /// @param stallMillis the longest time without news on the TCP connection
    /// @param lines that the daemons logged
    /// @param cpuSeconds that they used
    /// @param complaints what is not as promised; empty if all is
    record Verdict(
            Fault fault,
            Traffic.Count traffic,
            long repairMillis,
            long stallMillis,
            long lines,
            double cpuSeconds,
            List<String> complaints) {
        boolean kept() {
            return complaints.isEmpty();
        }
    }

    private final int tolerance;

    /// @param tolerance multiplies what promises allow, for machines that are busy with other things; what promises no
    ///     loss at all still promises none
    Drill(int tolerance) {
        this.tolerance = tolerance;
    }

    Verdict run(Fault fault, Site site) throws IOException {
        site.remember();
        long lines = lines(site);
        double cpu = cpuSeconds(site);
        String target = site.other().podAddress(Family.IPV4).toString();
        List<String> complaints = new ArrayList<>();
        long repaired = -1;
        long stall;
        Traffic traffic = new Traffic(site.node().pod(), target);
        try (Stream stream = new Stream(site.node().pod(), site.other().pod(), target)) {
            Pause.millis(SETTLE_MILLIS);
            site.damageIsDone();
            fault.deed().happen(site);
            if (Site.await(PATIENCE_SECONDS, () -> fault.end().holds(site))) {
                repaired = (System.nanoTime() - site.damagedAt()) / 1_000_000;
            } else {
                complaints.add("not repaired after " + PATIENCE_SECONDS + " s: " + site.difference());
            }
            Pause.millis(SETTLE_MILLIS);
            long now = System.nanoTime();
            if (!Site.await(FLOW_SECONDS, () -> stream.flowsSince(now))) {
                complaints.add("the TCP connection " + (stream.failure().isEmpty() ? "hangs" : stream.failure()));
            }
            stall = stream.longestMillis();
        } finally {
            // the pings end whatever happened; their count is asked for below
        }
        Traffic.Count count = traffic.end();
        Verdict verdict =
                new Verdict(fault, count, repaired, stall, lines(site) - lines, cpuSeconds(site) - cpu, complaints);
        judge(verdict);
        return verdict;
    }

    private void judge(Verdict verdict) {
        Promise promise = verdict.fault().promise().times(tolerance);
        List<String> complaints = verdict.complaints();
        if (verdict.traffic().sent() == 0) {
            complaints.add("no ping was answered");
        }
        if (verdict.traffic().lostMillis() > promise.lostMillis()) {
            complaints.add("packets of %d ms were lost, not of %d"
                    .formatted(verdict.traffic().lostMillis(), promise.lostMillis()));
        }
        if (verdict.repairMillis() > promise.repair().toMillis()) {
            complaints.add("repaired after %d ms, not %d"
                    .formatted(verdict.repairMillis(), promise.repair().toMillis()));
        }
        if (verdict.lines() > MOST_LINES) {
            complaints.add("the daemons logged " + verdict.lines() + " lines");
        }
        if (verdict.cpuSeconds() > MOST_CPU_SECONDS) {
            complaints.add("the daemons were busy for %.1f s".formatted(verdict.cpuSeconds()));
        }
    }

    private static long lines(Site site) throws IOException {
        long lines = 0;
        for (LabNode node : site.lab().nodes()) {
            lines += node.flanneld().output().lines().count();
        }
        return lines;
    }

    /// What the daemons that run now have used, proc(5): the fields utime and stime of stat.
    private static double cpuSeconds(Site site) throws IOException {
        double ticks = 0;
        for (LabNode node : site.lab().nodes()) {
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
