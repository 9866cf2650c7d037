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

/// Fakes the time of day for a node's flanneld and the programs that it starts. Linux has namespaces only for the
/// other clocks, so libfaketime intercepts these programs' calls of the C library. The monotonic clock and the
/// times of files are unchanged, as they would be if somebody set the real clock. etcd does not ask the C library
/// for the time, so its clock stays right.
final class FakeClock {
    private static final String LIBRARY = "faketime/libfaketimeMT.so.1";

    /// On the node; read at every query of the clock.
    private static final String OFFSET_FILE = "clock";

    private FakeClock() {}

    /// The library; empty if this machine has none.
    static Optional<Path> library() throws IOException {
        Path libraries = Path.of("/usr/lib");
        try (Stream<Path> ofArchitectures = Files.list(libraries)) {
            return Stream.concat(ofArchitectures, Stream.of(libraries, Path.of("/usr/lib64")))
                    .map(folder -> folder.resolve(LIBRARY))
                    .filter(Files::isReadable)
                    .findFirst();
        }
    }

    /// The environment that makes flanneld use this clock.
    static Map<String, String> environment() throws IOException {
        Path library = library().orElseThrow(() -> new IOException("libfaketime is missing: install faketime"));
        return Map.of(
                "LD_PRELOAD", library.toString(),
                "FAKETIME_TIMESTAMP_FILE", "/run/" + OFFSET_FILE,
                "FAKETIME_NO_CACHE", "1",
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                // with newer C libraries, libfaketime 0.9.10 mistakes waits on the monotonic clock and ends them at
                // once, so Java would busy-wait
                "FAKETIME_FORCE_MONOTONIC_FIX", "0",
                "NO_FAKE_STAT", "1");
    }

    /// Sets a node's clock ahead of this machine's by this much, or behind it.
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
