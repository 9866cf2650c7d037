package jflannel.doctor;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.inspect.LocalFlannel;
import jflannel.kernel.Link;
import jflannel.names.Names;
import jflannel.names.RunningFlanneld;
import jflannel.status.Finding;
import jflannel.status.Severity;

/// The daemon: whether it runs, once, and what it says of itself.
final class DaemonChecks {
    private DaemonChecks() {}

    static Stream<Diagnosis> others(Snapshot snapshot) {
        LocalFlannel flannel = snapshot.flannel().flannel();
        Optional<RunningFlanneld> own = flannel.process();
        if (own.isEmpty()) {
            return Stream.empty();
        }
        return flannel.others().stream()
                .filter(other -> other.owner().place().equals(own.get().owner().place())
                        || other.isGo() && own.get().isGo())
                .map(other -> Diagnosis.of(
                                Check.OTHER_DAEMON,
                                "two daemons on this host serve the same network: process %d and process %d"
                                        .formatted(own.get().pid(), other.pid()))
                        .seen("/proc/" + own.get().pid() + "/cmdline", line(own.get()))
                        .seen("/proc/" + other.pid() + "/cmdline", line(other))
                        .with("pid", other.pid()));
    }

    private static String line(RunningFlanneld process) {
        return process.words().stream().limit(3).collect(Collectors.joining(" "));
    }

    static Stream<Diagnosis> down(Snapshot snapshot) {
        if (snapshot.runs()) {
            return snapshot.flannel().flannel().process().filter(RunningFlanneld::isStopped).stream()
                    .map(DaemonChecks::stopped);
        }
        List<String> left = snapshot.flannel().links().stream()
                .filter(link -> Names.isDevice(link.name(), link.kind()))
                .map(Link::name)
                .toList();
        boolean file = snapshot.flannel().subnetFile().value().isPresent();
        Diagnosis found = Diagnosis.of(
                        Check.DAEMON_DOWN,
                        left.isEmpty() && !file
                                ? "flanneld does not run on this host, and has left nothing"
                                : "flanneld does not run, although its "
                                        + (left.isEmpty() ? "files are" : "devices are")
                                        + " there: changes of the network do not reach this node")
                .seen("processes called flanneld in this network namespace", "none")
                .graded(left.isEmpty() && !file ? Grade.BROKEN : Grade.DEGRADED)
                .remedied(snapshot.restart());
        if (!left.isEmpty()) {
            found = found.seen("ip link", String.join(", ", left));
        }
        return Stream.of(file ? found.seen("ls", snapshot.flannel().subnetFile().words()) : found);
    }

    private static Diagnosis stopped(RunningFlanneld process) {
        String command = "kill -CONT " + process.pid();
        return Diagnosis.of(
                        Check.DAEMON_DOWN,
                        "flanneld is stopped: pods keep the network that they have, and nothing follows changes")
                .seen("/proc/" + process.pid() + "/stat", "stopped by a signal, a debugger or its cgroup")
                .remedied(process.isFrozen() ? process.thaw() : command);
    }

    /// A condition that nothing else explains.
    static Diagnosis reported(Finding finding, String where) {
        return Diagnosis.of(Check.REPORTED, "flanneld says: " + finding.words())
                .seen(where, finding.condition().code() + " since " + finding.since())
                .graded(finding.condition().severity() == Severity.DEGRADED ? Grade.DEGRADED : Grade.BROKEN)
                .remedied(finding.condition().remedy());
    }
}
