package jflannel.lab;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import jflannel.json.Json;
import jflannel.json.JsonException;

/// Watches the status of a flanneld that is coming up, and finds out when waiting has no use: flanneld tries again
/// every
/// second or so, and nobody but flanneld changes a lab, so a fault that stays will stay.
final class StartWatch {
    /// What the node itself lacks does not come: a few attempts are enough.
    private static final Duration OF_NODE = Duration.ofSeconds(3);
    /// On a busy machine the store may be slow to answer.
    private static final Duration OF_STORE = Duration.ofSeconds(15);

    private String fault = "";
    private long since;

    /// @param status what status.json holds, or "" if there is none
    /// @param nanos when, by [System#nanoTime]
    /// @return the state and the cause by which flanneld is stuck, if it is
    Optional<String> stuck(String status, long nanos) {
        Map<String, Object> fields = fields(status);
        String state = word(fields, "state");
        String cause = word(fields, "cause");
        String now = isWaiting(state) && !cause.isEmpty() ? state + ": " + cause : "";
        if (!now.equals(fault)) {
            fault = now;
            since = nanos;
        }
        return !fault.isEmpty() && nanos - since >= patience(state).toNanos() ? Optional.of(fault) : Optional.empty();
    }

    private static boolean isWaiting(String state) {
        return state.equals("starting") || state.startsWith("waiting-for-");
    }

    private static Duration patience(String state) {
        return state.equals("waiting-for-kernel") || state.equals("waiting-for-interface") ? OF_NODE : OF_STORE;
    }

    private static Map<String, Object> fields(String status) {
        try {
            return Json.object(status);
        } catch (JsonException e) {
            return Map.of(); // another flanneld than this build's has none
        }
    }

    private static String word(Map<String, Object> fields, String name) {
        return fields.get(name) instanceof String text ? text : "";
    }
}
