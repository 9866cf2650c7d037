package jflannel.doctor;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.inspect.LocalFlannel;
import jflannel.report.ReportedStatus;
import jflannel.status.Condition;
import jflannel.status.Finding;

/// Runs all checks.
public final class Doctor {
    /// A daemon at work repairs what others damage within this time.
    private static final Duration FOR_REPAIRS = Duration.ofSeconds(2);

    private Doctor() {}

    /// Looks at this host. What is wrong while a daemon is at work counts only if it is still wrong a little later.
    ///
    /// @param mayProbe true to send packets to other nodes
    /// @throws IOException if the kernel cannot be read at all
    public static Report examine(LocalFlannel flannel, boolean mayProbe) throws IOException {
        Snapshot snapshot = Examiner.look(flannel);
        List<Diagnosis> first = judge(snapshot);
        Set<Check> lasting = checks(first);
        boolean isWrong = first.stream().anyMatch(it -> it.grade() != Grade.NOTE);
        if (isWrong && flannel.process().isPresent()) {
            pause();
            snapshot = Examiner.look(flannel);
        }
        Snapshot last = mayProbe
                ? Prober.probe(snapshot)
                : snapshot.lacking(new Unexamined("the way to other nodes", "--no-probe was given"));
        List<Diagnosis> found = judge(last).stream()
                .filter(it -> lasting.contains(it.check()) || it.check().usesProbes())
                .toList();
        return new Report(found, last.unexamined(), last.probes().size());
    }

    private static Set<Check> checks(List<Diagnosis> found) {
        return found.stream().map(Diagnosis::check).collect(Collectors.toSet());
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(FOR_REPAIRS);
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    /// What is wrong, worst first. What the daemon reports is among it, unless a check has found the same.
    public static List<Diagnosis> judge(Snapshot snapshot) {
        List<Diagnosis> found = new ArrayList<>();
        Stream.of(Check.values())
                .filter(check -> check != Check.REPORTED)
                .forEach(check -> found.addAll(check.judge(snapshot)));
        Set<Check> known = checks(found);
        Optional<ReportedStatus> status = snapshot.flannel().status().value();
        for (Finding finding : status.map(ReportedStatus::findings).orElse(List.of())) {
            Condition condition = finding.condition();
            boolean doubled = known.stream().anyMatch(check -> check.covers(condition));
            boolean explained = condition == Condition.STARTING && !found.isEmpty();
            if (!doubled && !explained) {
                found.add(DaemonChecks.reported(
                        finding, snapshot.flannel().status().words()));
            }
        }
        found.sort(Comparator.comparing(Diagnosis::grade).reversed().thenComparing(Diagnosis::check));
        return List.copyOf(found);
    }
}
