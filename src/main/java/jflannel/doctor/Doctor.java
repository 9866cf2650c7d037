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

    /// A daemon at work looks again at what it has found wrong within this many of them.
    private static final int LOOKS = 6;

    private static final Set<Condition> SAME_FACTS = Set.of(
            Condition.FOREIGN_DROP,
            Condition.FOREIGN_REWRITE,
            Condition.FOREIGN_MARK,
            Condition.RULES_SHADOWED,
            Condition.ROUTES_OVERRIDDEN,
            Condition.PEERS_UNREACHABLE,
            Condition.NETWORK_OVERLAP,
            Condition.NEIGHBOR_WRONG,
            Condition.PATH_MTU,
            Condition.FORWARDING_OFF);

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
        List<Diagnosis> found = judge(awaitNews(last)).stream()
                .filter(it -> lasting.contains(it.check()) || it.check().usesProbes())
                .toList();
        return new Report(found, last.unexamined(), last.probes().size());
    }

    /// Waits while the daemon reports what it judges by the same facts as a check, and the check has found it
    /// mended: the daemon looks again, and then what it still reports is so.
    private static Snapshot awaitNews(Snapshot snapshot) throws IOException {
        Snapshot latest = snapshot;
        for (int i = 0; i < LOOKS && reports(latest).anyMatch(it -> SAME_FACTS.contains(it.condition())); i++) {
            pause();
            latest = latest.heardAgain();
        }
        return latest;
    }

    /// What the daemon says and no check has found.
    private static Stream<Finding> reports(Snapshot snapshot) {
        List<Diagnosis> found = found(snapshot);
        Set<Check> known = checks(found);
        Optional<ReportedStatus> status = snapshot.flannel().status().value();
        return status.map(ReportedStatus::findings).orElse(List.of()).stream()
                .filter(finding -> known.stream().noneMatch(check -> check.covers(finding.condition())))
                .filter(finding -> finding.condition() != Condition.STARTING || found.isEmpty());
    }

    private static List<Diagnosis> found(Snapshot snapshot) {
        return Stream.of(Check.values())
                .filter(check -> check != Check.REPORTED)
                .flatMap(check -> check.judge(snapshot).stream())
                .toList();
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
        List<Diagnosis> found = new ArrayList<>(found(snapshot));
        reports(snapshot)
                .map(finding -> DaemonChecks.reported(
                        finding, snapshot.flannel().status().words()))
                .forEach(found::add);
        found.sort(Comparator.comparing(Diagnosis::grade).reversed().thenComparing(Diagnosis::check));
        return List.copyOf(found);
    }
}
