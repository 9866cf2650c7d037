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
import jflannel.lab.Pause;

/// Lets one fault happen while pods talk, and judges what it cost.
final class Drill {
    /// Longer than any promise, so that a repair that is late is told from none.
    private static final int PATIENCE_SECONDS = 40;

    private static final int SETTLE_MILLIS = 300;
    private static final int FLOW_SECONDS = 40;
    /// What two daemons may say about one fault, and how long they may be busy with it.
    /// Their limits are 60 lines in ten seconds each, of which a short fault may fill two spans.
    private static final int MOST_LINES = 250;
    /// While it goes on, in each second.
    private static final int LINES_PER_SECOND = 13;

    private static final double MOST_CPU_SECONDS = 12;
    private static final double TICKS_PER_SECOND = 100;

    /// What came of a fault.
    ///
    /// @param traffic pings, of each address family
    /// @param repairMillis from the damage until all was well; -1 if it never was
    /// @param stallMillis the longest time without news on a TCP connection
    /// @param lines that the daemons logged
    /// @param cpuSeconds that they used
    /// @param complaints what is not as promised; empty if all is
    record Verdict(
            Fault fault,
            Map<Family, Traffic.Count> traffic,
            long repairMillis,
            long stallMillis,
            long lines,
            double cpuSeconds,
            List<String> complaints) {
        boolean kept() {
            return complaints.isEmpty();
        }

        Traffic.Count pings() {
            return traffic.values().stream().reduce(Traffic.Count.NONE, Traffic.Count::plus);
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
        List<String> complaints = new ArrayList<>();
        Map<Family, Traffic.Count> traffic = new EnumMap<>(Family.class);
        long repaired;
        long stall = 0;
        List<Talk> talks = new ArrayList<>();
        try {
            for (Family family : site.families()) {
                talks.add(new Talk(site, family));
            }
            repaired = repairMillis(fault, site, complaints);
            Pause.millis(SETTLE_MILLIS);
            long now = System.nanoTime();
            for (Talk talk : talks) {
                if (!Site.await(FLOW_SECONDS, () -> talk.stream().flowsSince(now))) {
                    String failure = talk.stream().failure();
                    complaints.add("the TCP connection over " + talk.family() + " "
                            + (failure.isEmpty() ? "hangs" : "failed: " + failure));
                }
                stall = Math.max(stall, talk.stream().longestMillis());
            }
        } finally {
            for (Talk talk : talks) {
                talk.close();
                traffic.put(talk.family(), talk.end());
            }
        }
        Verdict verdict =
                new Verdict(fault, traffic, repaired, stall, lines(site) - lines, cpuSeconds(site) - cpu, complaints);
        judge(verdict);
        return verdict;
    }

    private static long repairMillis(Fault fault, Site site, List<String> complaints) throws IOException {
        Pause.millis(SETTLE_MILLIS);
        site.damageIsDone();
        fault.deed().happen(site);
        if (Site.await(PATIENCE_SECONDS, () -> fault.end().holds(site))) {
            return (System.nanoTime() - site.damagedAt()) / 1_000_000;
        }
        complaints.add("not repaired after " + PATIENCE_SECONDS + " s: " + site.difference());
        complaints.addAll(site.tails());
        return -1;
    }

    private void judge(Verdict verdict) {
        Promise promise = verdict.fault().promise().times(tolerance);
        List<String> complaints = verdict.complaints();
        verdict.traffic().forEach((family, count) -> {
            if (count.sent() == 0) {
                complaints.add("no ping over " + family + " was answered");
            }
            if (count.lostMillis() > promise.lostMillis()) {
                complaints.add("packets of %d ms were lost over %s, not of %d"
                        .formatted(count.lostMillis(), family, promise.lostMillis()));
            }
        });
        if (verdict.repairMillis() > promise.repair().toMillis()) {
            complaints.add("repaired after %d ms, not %d"
                    .formatted(verdict.repairMillis(), promise.repair().toMillis()));
        }
        long seconds = verdict.pings().sent()
                / Traffic.PER_SECOND
                / Math.max(1, verdict.traffic().size());
        if (verdict.lines() > MOST_LINES + seconds * LINES_PER_SECOND) {
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
