package jflannel.lab;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import jflannel.json.Json;
import jflannel.json.JsonException;

/// Watches the status of a flanneld that is coming up, and finds out when waiting has no use: flanneld tries again
/// every
/// second or so, and nobody but flanneld changes a lab, so a fault that stays will stay.
final class StartWatch {
    /// What the node itself lacks does not come: a few attempts are enough.
    private static final Duration OF_NODE = Duration.ofSeconds(3);
    /// The store may be slow to answer on a busy machine, and an interface may come late.
    private static final Duration OF_OTHERS = Duration.ofSeconds(15);

    private String fault = "";
    private long since;

    /// @param status what status.json holds, or "" if there is none
    /// @param nanos when, by [System#nanoTime]
    /// @return the state, what flanneld is stuck at and what to do, if it is stuck
    Optional<String> stuck(String status, long nanos) {
        Map<String, Object> fields = fields(status);
        String state = word(fields, "state");
        String cause = cause(fields);
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
        return state.equals("waiting-for-kernel") ? OF_NODE : OF_OTHERS;
    }

    /// What keeps pods from starting, without what is merely worth knowing, and without the start itself.
    private static String cause(Map<String, Object> status) {
        if (!(status.get("conditions") instanceof List<?> conditions)) {
            return word(status, "cause");
        }
        return conditions.stream()
                .map(condition -> condition instanceof Map<?, ?> fields ? fields : Map.of())
                .filter(condition -> word(condition, "severity").equals("no-network"))
                .filter(condition -> !word(condition, "code").equals("starting"))
                .map(condition -> "%s. %s".formatted(word(condition, "detail"), word(condition, "remedy")))
                .collect(Collectors.joining("; "));
    }

    private static Map<String, Object> fields(String status) {
        try {
            return Json.object(status);
        } catch (JsonException e) {
            return Map.of(); // another flanneld than this build's has none
        }
    }

    private static String word(Map<?, ?> fields, String name) {
        return fields.get(name) instanceof String text ? text : "";
    }
}
