package jflannel.lab.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import jflannel.lab.Measurements;
import jflannel.lease.ConfigException;

/// Measures all contenders in turns.
///
/// 1. Labs of all contenders come up and stay up.
/// 2. For each state of the offloads, flanneld starts again in every lab, one stream is measured cold, and it warms up.
/// 3. Every probe is asked of one contender after the other: A B C, the next probe A B C, and so on.
/// 4. Then the same in the other state of the offloads: that is one run.
/// 5. The next run.
final class Benchmark implements AutoCloseable {
    /// Long enough for what a probe stirred up to settle, and, added up, to see who else is at work.
    private static final int GAP_MILLIS = 200;

    private final BenchPlan plan;
    private final List<Probe> probes;
    private final List<String> tcp;
    private final ProgressBar progress;
    private final List<TestBed> beds = new ArrayList<>();
    private final Results results = new Results();
    private CpuTimes gaps = CpuTimes.ZERO;

    /// @param tcp options of iperf3 for its TCP streams
    Benchmark(BenchPlan plan, List<String> tcp, ProgressBar progress) {
        this.plan = plan;
        this.probes = Probe.all(plan.seconds(), tcp);
        this.tcp = tcp;
        this.progress = progress;
    }

    /// Brings the labs up.
    ///
    /// @return what to expect of [#run]: contenders whose lab does not come up are not in it
    /// @throws IOException if no lab does
    BenchPlan open() throws IOException {
        List<Contender> absent = new ArrayList<>();
        for (Contender contender : plan.contenders()) {
            progress.at("setting up the lab: " + contender.title());
            try {
                beds.add(TestBed.open(contender));
            } catch (IOException | ConfigException e) {
                progress.tell("%s is left out: %s".formatted(contender.title(), e.getMessage()));
                absent.add(contender);
            }
        }
        if (beds.isEmpty()) {
            throw new IOException("no lab came up, so there is nothing to measure");
        }
        return plan.without(absent);
    }

    /// Measures everything. What fails is noted, and the rest goes on.
    Results run() throws IOException {
        progress.start(plan.plannedSeconds(probes));
        for (int run = 1; run <= plan.runs(); run++) {
            for (boolean offloads : plan.offloads()) {
                switchTo(offloads, run == 1);
                for (Probe probe : probes) {
                    round(run, offloads, probe);
                }
            }
        }
        progress.clear();
        return results;
    }

    private void switchTo(boolean offloads, boolean firstTime) throws IOException {
        for (TestBed bed : beds) {
            bed.offloads(offloads);
            if (firstTime) {
                progress.at(
                        "%s: warming up, offloads %s".formatted(bed.contender().title(), onOff(offloads)));
                try {
                    results.add(1, setting(bed, offloads), Probe.cold(bed, plan.seconds(), tcp));
                    Probe.warmUp(bed, tcp);
                } catch (IOException e) {
                    note(0, bed, offloads, "warm-up", e);
                }
                progress.done(Probe.warmUpSeconds(bed.contender()));
            }
        }
    }

    private void round(int run, boolean offloads, Probe probe) throws IOException {
        gaps = gaps.plus(CpuTimes.resting(GAP_MILLIS));
        List<String> words = new ArrayList<>();
        String where = "run %d of %d, offloads %s, %s".formatted(run, plan.runs(), onOff(offloads), probe.title());
        for (TestBed bed : beds) {
            progress.at(where + ": " + bed.contender().title());
            String title = bed.contender().title();
            try {
                Map<BenchMetric, Double> measured = probe.question().ask(bed);
                results.add(run, setting(bed, offloads), measured);
                words.add(title + " " + Measurements.figure(measured.get(probe.main())));
            } catch (IOException e) {
                note(run, bed, offloads, probe.title(), e);
                words.add(title + " failed");
            }
            progress.done(probe.seconds());
        }
        if (!progress.isTerminal()) {
            progress.tell(where + ": "
                    + words.stream().collect(Collectors.joining(", ")) + " "
                    + probe.main().unit());
        }
    }

    private void note(int run, TestBed bed, boolean offloads, String what, IOException e) {
        results.add(new Results.Failure(run, setting(bed, offloads), what, e.getMessage()));
    }

    /// The part of all processor time, 0 to 1, that was used between measurements.
    double busyBetween() {
        return gaps.busyShare();
    }

    private static Results.Setting setting(TestBed bed, boolean offloads) {
        return new Results.Setting(bed.contender(), offloads);
    }

    static String onOff(boolean offloads) {
        return offloads ? "on" : "off";
    }

    @Override
    public void close() {
        beds.forEach(TestBed::close);
    }
}
