package jflannel.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.function.BiFunction;
import jflannel.lease.LastKnown;
import jflannel.lease.NetworkConfig;
import jflannel.names.DaemonFiles;
import jflannel.report.ReportedStatus;

/// What this host's files say of its flannel.
final class HostFiles {
    /// A daemon that works has touched its status.json meanwhile, several times.
    private static final Duration SILENCE = Duration.ofMinutes(1);

    private static final Set<String> RUNNING = Set.of("ready", "degraded");

    private final LocalFlannel flannel;

    HostFiles(LocalFlannel flannel) {
        this.flannel = flannel;
    }

    /// What the daemon says of itself, if it is the one that runs.
    Part<ReportedStatus> status() {
        Path path = DaemonFiles.status(flannel.options().node.subnetFile);
        if (flannel.process().isEmpty()) {
            return Part.missing("no flanneld runs here");
        }
        if (flannel.isGo()) {
            return Part.missing("Go flannel runs here, which says nothing of itself");
        }
        try {
            Instant started = ProcessHandle.of(flannel.process().get().pid())
                    .flatMap(process -> process.info().startInstant())
                    .orElse(Instant.EPOCH);
            if (Files.getLastModifiedTime(path).toInstant().isBefore(started.minusSeconds(1))) {
                return Part.missing(path + " is from an earlier daemon");
            }
            ReportedStatus said = ReportedStatus.parse(Files.readString(path));
            if (flannel.process().get().isStopped()) {
                return Part.missing("the process has been stopped");
            }
            Duration age = Duration.between(Files.getLastModifiedTime(path).toInstant(), Instant.now());
            if (RUNNING.contains(said.state()) && age.compareTo(SILENCE) > 0) {
                return Part.missing("it has not touched %s for %d seconds".formatted(path, age.toSeconds()));
            }
            return Part.found(said, path.toString());
        } catch (IOException | IllegalArgumentException e) {
            return Part.missing(unread(path, e));
        }
    }

    Part<String> subnetFile() {
        Path path = flannel.options().node.subnetFile;
        try {
            return Part.found(Files.readString(path), path.toString());
        } catch (IOException e) {
            return Part.missing(unread(path, e));
        }
    }

    private static String unread(Path path, Exception fault) {
        return fault instanceof NoSuchFileException
                ? path + " does not exist"
                : path + " cannot be read: " + fault.getMessage();
    }

    /// Reads as much of the state file as is needed.
    interface MemoryReader {
        LastKnown read(Path path, BiFunction<String, String, NetworkConfig> networkOf) throws IOException;
    }

    /// The node's memory.
    Part<LastKnown> memory(MemoryReader reader) {
        Path path = DaemonFiles.state(flannel.options().node.stateFile, flannel.names());
        if (path == null) {
            return Part.missing("there is no state file");
        }
        BiFunction<String, String, NetworkConfig> networkOf =
                flannel.options().kube.subnetManager ? NetworkConfig::withGivenSubnets : NetworkConfig::parse;
        try {
            return Part.found(reader.read(flannel.file(path), networkOf), path.toString());
        } catch (IOException | IllegalArgumentException e) {
            return Part.missing(unread(path, e));
        }
    }
}
