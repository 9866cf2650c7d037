package jflannel.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import jflannel.json.Json;
import jflannel.json.JsonException;
import jflannel.names.DaemonFiles;

/// Reads subnet.env, or finds out why flanneld has not written it: flanneld says in `status.json` beside it what it
/// is waiting for.
final class Readiness {
    private static final int PAUSE_MILLIS = 50;

    private Readiness() {}

    /// @param patience how long to wait for a file that is missing: after a boot, pods are started before flanneld has
    ///     its lease
    /// @param code of the error if it is missing still
    /// @throws CniException if the file is missing, or cannot be used; its message quotes what flanneld says
    static SubnetEnvironment await(Path file, Duration patience, int code) {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                return SubnetEnvironment.read(file);
            } catch (NoSuchFileException e) {
                if (System.nanoTime() >= end) {
                    String fault = "open " + file + ": no such file or directory. " + whyNotReady(file);
                    throw new CniException(code, SubnetEnvironment.broken(fault).getMessage());
                }
            } catch (IOException e) {
                throw SubnetEnvironment.broken("open " + file + ": " + reason(e));
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            throw new CniException(CniException.TRY_AGAIN, "interrupted");
        }
    }

    /// A part of a sentence, for an operator who wonders why no pod starts.
    private static String whyNotReady(Path subnetFile) {
        Path file = DaemonFiles.status(subnetFile);
        Map<String, Object> status;
        try {
            status = Json.object(new String(Files.readAllBytes(file), UTF_8));
        } catch (IOException | JsonException e) {
            return "flanneld left no " + file + " either: is it running on this node";
        }
        String state = word(status, "state");
        String since = " since " + word(status, "since");
        if (state.equals("ready")) {
            return "flanneld says that it is ready" + since + ": is it still running on this node";
        }
        String cause = word(status, "cause");
        return "flanneld is " + state.replace('-', ' ') + since + (cause.isEmpty() ? "" : ": " + cause);
    }

    private static String word(Map<String, Object> status, String field) {
        return status.get(field) instanceof String text ? text : "";
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        return e instanceof FileSystemException about && about.getReason() != null ? about.getReason() : e.getMessage();
    }
}
