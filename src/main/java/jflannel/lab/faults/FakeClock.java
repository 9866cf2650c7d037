package jflannel.lab.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.lab.LabNode;

/// The time of day as a node's flanneld is told it, and the programs that it starts. Linux has namespaces for the
/// other clocks only, so libfaketime stands between these programs and the C library. The monotonic clock and the
/// times of files are left as they are, as they would be if somebody set the real clock. etcd does not ask the C
/// library for the time, so its clock stays right.
final class FakeClock {
    private static final String LIBRARY = "faketime/libfaketimeMT.so.1";

    /// On the node, read at each look at the clock.
    private static final String OFFSET_FILE = "clock";

    private FakeClock() {}

    /// libfaketime, or empty if this machine has none.
    static Optional<Path> library() throws IOException {
        Path libraries = Path.of("/usr/lib");
        try (Stream<Path> ofArchitectures = Files.list(libraries)) {
            return Stream.concat(ofArchitectures, Stream.of(libraries, Path.of("/usr/lib64")))
                    .map(folder -> folder.resolve(LIBRARY))
                    .filter(Files::isReadable)
                    .findFirst();
        }
    }

    /// What flanneld needs in its environment to be told the time by this class.
    static Map<String, String> environment() throws IOException {
        Path library = library().orElseThrow(() -> new IOException("libfaketime is missing: install faketime"));
        return Map.of(
                "LD_PRELOAD", library.toString(),
                "FAKETIME_TIMESTAMP_FILE", "/run/" + OFFSET_FILE,
                "FAKETIME_NO_CACHE", "1",
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                // libfaketime 0.9.10 takes waits by the monotonic clock for others with newer C libraries, and ends
                // them at once: Java would be busy with waiting
                "FAKETIME_FORCE_MONOTONIC_FIX", "0",
                "NO_FAKE_STAT", "1");
    }

    /// Sets a node's clock so far ahead of this machine's, or behind it; from now on.
    static void set(LabNode node, Duration ahead) throws IOException {
        Path fresh = node.host().run().resolve(OFFSET_FILE + ".new");
        Files.writeString(fresh, "%+d%n".formatted(ahead.toSeconds()));
        Files.move(
                fresh,
                fresh.resolveSibling(OFFSET_FILE),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }
}
