package jflannel.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import jflannel.json.Json;

/// `status.json` beside subnet.env: what the daemon is waiting for and why, for those who wait for subnet.env. The CNI
/// plugin quotes it where a pod does not start.
///
///     {"state":"waiting-for-lease","since":"2026-01-31T12:00:00Z","cause":"etcd does not answer"}
///
/// Everybody may read it. A status that cannot be written is no reason to fail: it is logged once.
public final class StatusFile {
    private static final Logger LOG = System.getLogger(StatusFile.class.getName());

    /// How far the daemon has come. In the file its name is in lower case, with hyphens.
    public enum State {
        STARTING,
        WAITING_FOR_CONFIGURATION,
        WAITING_FOR_INTERFACE,
        WAITING_FOR_LEASE,
        /// The lease is there, and devices, routes or rules are not all in place.
        WAITING_FOR_KERNEL,
        READY,
        /// As ready, but for something that an operator should know: the store does not answer, for example.
        DEGRADED,
        /// It ended because it could not start.
        FAILED,
        /// It was told to end; pods keep their network.
        STOPPED
    }

    private final Path path;
    private final InstantSource clock;
    private State state;
    private Instant since;
    private String cause;
    private boolean complained;

    public StatusFile(Path subnetFile) {
        this(subnetFile, InstantSource.system());
    }

    StatusFile(Path subnetFile, InstantSource clock) {
        this.path = subnetFile.toAbsolutePath().resolveSibling("status.json");
        this.clock = clock;
    }

    /// Any thread may call this. Nothing is written if nothing has changed.
    ///
    /// @param why in words for an operator, without secrets; empty if there is nothing to say
    public synchronized void put(State now, String why) {
        String harmless = LogText.harmless(why);
        if (now == state && harmless.equals(cause)) {
            return;
        }
        since = now == state ? since : clock.instant();
        state = now;
        cause = harmless;
        try {
            replace(text());
        } catch (IOException e) {
            if (!complained) {
                complained = true;
                LOG.log(
                        Level.WARNING,
                        path + " cannot be written, so the CNI plugin cannot tell what is missing: " + e);
            }
        }
    }

    private String text() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("state", state.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        fields.put("since", since.truncatedTo(ChronoUnit.SECONDS).toString());
        fields.put("cause", cause);
        return Json.compact(fields) + "\n";
    }

    private void replace(String text) throws IOException {
        if (!Files.isDirectory(path.getParent())) {
            Files.createDirectories(path.getParent());
            Files.setPosixFilePermissions(path.getParent(), PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Path fresh = Files.createTempFile(path.getParent(), ".status", ".new");
        try {
            Files.write(fresh, text.getBytes(UTF_8));
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }
}
