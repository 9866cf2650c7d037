package jflannel.inspect;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.kernel.DeviceNames;
import jflannel.lease.ConfigException;
import jflannel.lease.SubnetFile;
import jflannel.report.ReportedStatus;
import jflannel.status.Condition;
import jflannel.status.Severity;

/// How this host's flannel is, all in all. The running daemon's own conditions count; what it does not say, because it
/// is down, or Go flannel's, or has not noticed yet, is added.
///
/// @param problems the worst first
public record Verdict(List<Problem> problems) {
    private static final int FEW = 3;
    private static final Set<String> WORKING = Set.of("ready", "degraded");

    public Verdict {
        problems = List.copyOf(problems);
    }

    public static Verdict of(Inspection seen) {
        List<Problem> problems = new ArrayList<>();
        seen.status()
                .value()
                .ifPresent(status -> status.findings().forEach(finding -> problems.add(Problem.of(finding))));
        addMissing(problems, daemon(seen));
        addMissing(problems, store(seen));
        addMissing(problems, lease(seen));
        addMissing(problems, underlay(seen));
        addMissing(problems, devices(seen));
        seen.leases().value().ifPresent(leases -> addMissing(problems, ignored(leases)));
        seen.comparison()
                .value()
                .ifPresent(comparison ->
                        kernel(seen, comparison).forEach(problem -> addMissing(problems, Optional.of(problem))));
        addMissing(problems, firewall(seen));
        addMissing(problems, subnetFile(seen));
        problems.sort(Comparator.comparing(Problem::severity).reversed());
        return new Verdict(problems);
    }

    /// How well it works, as one word.
    public enum Grade {
        WORKING,
        DEGRADED,
        NOT_WORKING;

        /// The exit code of tools that report it.
        public int exitCode() {
            return ordinal();
        }

        /// `not-working`.
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public Grade grade() {
        if (problems.isEmpty()) {
            return Grade.WORKING;
        }
        return problems.getFirst().severity() == Severity.NO_NETWORK ? Grade.NOT_WORKING : Grade.DEGRADED;
    }

    /// Adds it unless the daemon knows better.
    private static void addMissing(List<Problem> problems, Optional<Problem> more) {
        more.filter(problem -> problems.stream().noneMatch(it -> it.code().equals(problem.code())))
                .ifPresent(problems::add);
    }

    private static Optional<Problem> daemon(Inspection seen) {
        if (seen.flannel().process().isEmpty()) {
            return Optional.of(new Problem(
                    "daemon-down",
                    Severity.DEGRADED,
                    "flanneld does not run here: pods keep the network that they have, and nothing follows changes",
                    "Start it; then see its log."));
        }
        Optional<ReportedStatus> status = seen.status().value();
        if (status.isEmpty() && !seen.flannel().isGo()) {
            return Optional.of(new Problem(
                    "daemon-silent",
                    Severity.DEGRADED,
                    "flanneld runs, and says nothing of itself: "
                            + seen.status().words(),
                    "If it was stopped, let it go on: kill -CONT %d; if it hangs, restart it. Else give the tool the"
                                    .formatted(seen.flannel().process().get().pid())
                            + " daemon's --subnet-file, and make that directory writable."));
        }
        return status.filter(
                        it -> !WORKING.contains(it.state()) && it.findings().isEmpty())
                .map(it -> Problem.of(
                        Condition.STARTING, it.cause().isEmpty() ? "the daemon is " + it.state() : it.cause()));
    }

    private static Optional<Problem> store(Inspection seen) {
        return seen.storeFault()
                .map(fault -> fault instanceof ConfigException
                        ? new Problem(
                                Condition.NO_CONFIGURATION.code(),
                                seen.network().value().isPresent() ? Severity.DEGRADED : Severity.NO_NETWORK,
                                String.valueOf(fault.getMessage()),
                                Condition.NO_CONFIGURATION.remedy())
                        : Problem.of(
                                Condition.STORE_SILENT,
                                "%s: %s"
                                        .formatted(
                                                seen.store().isEmpty() ? "the store" : seen.store(),
                                                fault.getMessage() == null
                                                        ? "no answer in time"
                                                        : fault.getMessage())));
    }

    private static Optional<Problem> lease(Inspection seen) {
        return seen.own().value().isPresent() || seen.network().value().isEmpty()
                ? Optional.empty()
                : Optional.of(Problem.of(
                        Condition.NO_LEASE,
                        "this node has no lease: " + seen.own().words()));
    }

    private static Optional<Problem> underlay(Inspection seen) {
        return seen.overlay().value().isPresent() || seen.network().value().isEmpty()
                ? Optional.empty()
                : Optional.of(new Problem(
                        Condition.UNDERLAY_MISSING.code(),
                        Severity.NO_NETWORK,
                        seen.overlay().words(),
                        Condition.UNDERLAY_MISSING.remedy()));
    }

    private static Optional<Problem> ignored(KnownLeases leases) {
        return leases.faults().entrySet().stream()
                .map(fault -> "\"%s\" is left out%s: %s"
                        .formatted(
                                fault.getKey(),
                                leases.faults().size() == 1
                                        ? ""
                                        : ", and " + (leases.faults().size() - 1) + " more",
                                fault.getValue()))
                .min(String::compareTo)
                .map(words -> Problem.of(Condition.LEASES_IGNORED, words));
    }

    private static List<Problem> kernel(Inspection seen, Comparison comparison) {
        DeviceNames names = DeviceNames.of(seen.links());
        List<Problem> problems = new ArrayList<>();
        base(comparison, names).ifPresent(words -> problems.add(Problem.of(Condition.BACKEND_FAILING, words)));
        comparison.peers().stream()
                .filter(peer -> !peer.ignored().isEmpty())
                .findFirst()
                .ifPresent(peer -> problems.add(
                        Problem.of(Condition.PEERS_IGNORED, peer.lease().words() + ": " + peer.ignored())));
        entries(comparison, names).ifPresent(problems::add);
        if (!comparison.superfluous().isEmpty()) {
            problems.add(new Problem(
                    "entries-superfluous",
                    Severity.DEGRADED,
                    "the kernel has %d entries of this network that no peer needs: %s"
                            .formatted(comparison.superfluous().size(), names.in(some(comparison.superfluous()))),
                    "flanneld removes them once the store has listed all leases."));
        }
        return problems;
    }

    private static Optional<Problem> devices(Inspection seen) {
        return seen.devices().stream()
                .filter(it -> !it.isRight())
                .map(it -> it.found().isEmpty()
                        ? "there is no device " + it.name()
                        : "the device " + it.name() + " is not as it should be")
                .findFirst()
                .map(words -> Problem.of(Condition.BACKEND_FAILING, words));
    }

    private static Optional<Problem> firewall(Inspection seen) {
        return seen.firewall()
                .value()
                .filter(rules -> !rules.lacking().isEmpty())
                .map(rules -> Problem.of(Condition.FIREWALL_FAILING, String.join("; ", rules.lacking())));
    }

    /// What all peers need.
    private static Optional<String> base(Comparison comparison, DeviceNames names) {
        return comparison.base().stream()
                .filter(entry -> !entry.isPresent())
                .map(entry -> names.in("the kernel lacks the " + entry.wanted())
                        + (entry.obstacle().isEmpty() ? "" : ": " + entry.obstacle()))
                .findFirst();
    }

    private static Optional<Problem> entries(Comparison comparison, DeviceNames names) {
        List<PeerState> lacking = comparison.peers().stream()
                .filter(peer -> peer.ignored().isEmpty() && !peer.isProgrammed())
                .toList();
        if (lacking.isEmpty()) {
            return Optional.empty();
        }
        Entry first = lacking.getFirst().entries().stream()
                .filter(entry -> !entry.isPresent())
                .findFirst()
                .orElseThrow();
        boolean all = lacking.size() == comparison.peers().size();
        return Optional.of(new Problem(
                "entries-missing",
                all ? Severity.NO_NETWORK : Severity.DEGRADED,
                names.in("the kernel lacks entries for %d of %d peers, such as the %s"
                        .formatted(lacking.size(), comparison.peers().size(), first.wanted())),
                "flanneld restores them within a second. If it runs and does not, see its log."));
    }

    private static Optional<Problem> subnetFile(Inspection seen) {
        if (seen.own().value().isEmpty() || seen.flannel().options().node.noSubnet) {
            return Optional.empty();
        }
        List<Cidr> noted = seen.subnetFile().value().map(SubnetFile::subnets).orElse(List.of());
        return noted.equals(seen.own().value().get().cidrs())
                ? Optional.empty()
                : Optional.of(new Problem(
                        "subnet-file",
                        Severity.DEGRADED,
                        seen.subnetFile().value().isEmpty()
                                ? seen.subnetFile().words() + ", so no pod can start"
                                : seen.subnetFile().words() + " names another subnet than this node's lease",
                        "Start flanneld, which writes it once the network works."));
    }

    private static String some(Collection<?> things) {
        return String.join(", ", things.stream().limit(FEW).map(String::valueOf).toList())
                + (things.size() > FEW ? ", …" : "");
    }
}
