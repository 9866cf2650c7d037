package jflannel.extension;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/// Which commands failed, and when each is to be tried again. Guarded by its owner.
final class Failures {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final int MOST_DOUBLINGS = 6;
    /// How many are shown one by one.
    private static final int SHOWN = 20;

    private final Map<String, Failure> byKey = new HashMap<>();

    private record Failure(int times, long next, String message) {}

    void failed(String key, String message) {
        int times = times(key);
        long pause = FIRST_PAUSE.toNanos() << Math.min(times, MOST_DOUBLINGS);
        byKey.put(key, new Failure(times + 1, System.nanoTime() + pause, message));
    }

    void succeeded(String key) {
        byKey.remove(key);
    }

    /// How often in a row.
    int times(String key) {
        Failure failure = byKey.get(key);
        return failure == null ? 0 : failure.times;
    }

    /// How long to leave it alone; zero or less if it may be tried.
    long untilNext(String key) {
        Failure failure = byKey.get(key);
        return failure == null ? 0 : failure.next - System.nanoTime();
    }

    /// By key, and one more that counts the rest.
    Map<String, String> shown() {
        Map<String, String> shown = new LinkedHashMap<>();
        new TreeMap<>(byKey)
                .entrySet().stream()
                        .limit(SHOWN)
                        .forEach(entry -> shown.put(entry.getKey(), entry.getKey() + ": " + entry.getValue().message));
        if (byKey.size() > SHOWN) {
            shown.put("more", "and %d more".formatted(byKey.size() - SHOWN));
        }
        return shown;
    }
}
