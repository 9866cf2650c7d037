package jflannel.lab.cloud;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// What goes wrong in a cloud that is stood in for.
public final class CloudFaults {
    private final Set<String> forbidden = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> unanswered = new ConcurrentHashMap<>();
    private final Map<String, Integer> throttled = new ConcurrentHashMap<>();
    private volatile long lagNanos;

    /// From now on nobody may call that.
    public void forbid(String action) {
        forbidden.add(action);
    }

    public void permit(String action) {
        forbidden.remove(action);
    }

    boolean isForbidden(String action) {
        return forbidden.contains(action);
    }

    /// The next calls are carried out, but an error is answered.
    public void failAfterwards(String action, int calls) {
        unanswered.put(action, calls);
    }

    boolean failsAfterwards(String action) {
        return takes(unanswered, action);
    }

    /// The next calls are refused because there were too many.
    public void throttle(String action, int calls) {
        throttled.put(action, calls);
    }

    boolean isThrottled(String action) {
        return takes(throttled, action);
    }

    /// From now on reads show what was so long ago.
    public void lag(long nanos) {
        lagNanos = nanos;
    }

    long lagNanos() {
        return lagNanos;
    }

    private static boolean takes(Map<String, Integer> counts, String action) {
        Integer left = counts.computeIfPresent(action, (_, count) -> count - 1);
        return left != null && left >= 0;
    }
}
