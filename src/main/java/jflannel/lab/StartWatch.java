package jflannel.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.json.Json;
import jflannel.json.JsonException;
import jflannel.status.Condition;
import jflannel.status.Severity;

/// Watches the status of a starting flanneld, and notices when waiting is pointless: flanneld retries every second
/// or so, and nobody else changes a lab, so a fault that persists will not go away.
final class StartWatch {
    /// What the node itself lacks does not appear by itself: a few attempts are enough.
    private static final Duration OF_NODE = Patience.of(Duration.ofSeconds(3));
    /// The store may be slow on a busy machine, and an interface may appear late.
    private static final Duration OF_OTHERS = Patience.of(Duration.ofSeconds(15));

    private static final Set<String> OTHERS = Stream.of(
                    Condition.NO_CONFIGURATION, Condition.NO_LEASE, Condition.UNDERLAY_MISSING)
            .map(Condition::code)
            .collect(Collectors.toSet());

    private String fault = "";
    private long since;

    /// @param status what status.json holds, or "" if there is none
    /// @param nanos when, by [System#nanoTime]
    /// @return the state, the reason and the remedy, if flanneld is stuck
    Optional<String> stuck(String status, long nanos) {
        Map<String, Object> fields = fields(status);
        String state = word(fields, "state");
        List<Map<?, ?>> conditions = isWaiting(state) ? blocking(fields) : List.of();
        String now = conditions.isEmpty()
                ? ""
                : conditions.stream().map(StartWatch::words).collect(Collectors.joining("; ", state + ": ", ""));
        if (!now.equals(fault)) {
            fault = now;
            since = nanos;
        }
        boolean ofOthers = conditions.stream().allMatch(condition -> OTHERS.contains(word(condition, "code")));
        Duration patience = ofOthers ? OF_OTHERS : OF_NODE;
        return !fault.isEmpty() && nanos - since >= patience.toNanos() ? Optional.of(fault) : Optional.empty();
    }

    private static boolean isWaiting(String state) {
        return state.equals("starting") || state.startsWith("waiting-for-");
    }

    /// The conditions that keep pods from starting, without minor ones and without the start itself.
    private static List<Map<?, ?>> blocking(Map<String, Object> status) {
        if (!(status.get("conditions") instanceof List<?> conditions)) {
            return List.of();
        }
        List<Map<?, ?>> blocking = new ArrayList<>();
        for (Object one : conditions) {
            if (one instanceof Map<?, ?> condition
                    && word(condition, "severity").equals(Severity.NO_NETWORK.word())
                    && !word(condition, "code").equals(Condition.STARTING.code())) {
                blocking.add(condition);
            }
        }
        return blocking;
    }

    private static String words(Map<?, ?> condition) {
        return "%s. %s".formatted(word(condition, "detail"), word(condition, "remedy"));
    }

    private static Map<String, Object> fields(String status) {
        try {
            return Json.object(status);
        } catch (JsonException e) {
            return Map.of(); // not this build's flanneld
        }
    }

    private static String word(Map<?, ?> fields, String name) {
        return fields.get(name) instanceof String text ? text : "";
    }
}
