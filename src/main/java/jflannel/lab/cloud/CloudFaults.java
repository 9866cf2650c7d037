package jflannel.lab.cloud;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/// What goes wrong in a cloud that is stood in for.
public final class CloudFaults {
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(30);
    private static final Duration LOOKS = Duration.ofMillis(100);

    private final Set<String> forbidden = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> unanswered = new ConcurrentHashMap<>();
    private final Map<String, Integer> throttled = new ConcurrentHashMap<>();
    private volatile long lagNanos;
    private volatile boolean down;
    private volatile boolean silent;
    private volatile boolean busy;

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

    /// From now on, or no longer, all calls are refused because there were too many.
    public void throttleAll(boolean all) {
        busy = all;
    }

    boolean isThrottled(String action) {
        return busy || takes(throttled, action);
    }

    /// From now on, or no longer, the API drops all connections.
    public void takeDown(boolean api) {
        down = api;
    }

    boolean isDown() {
        return down;
    }

    /// From now on, or no longer, the metadata service takes requests and answers none.
    public void silence(boolean metadata) {
        silent = metadata;
    }

    /// Waits while the metadata service is silent, at most as long as anybody waits for an answer.
    ///
    /// @return true if it was silent
    boolean keepsSilent() {
        boolean was = silent;
        long end = System.nanoTime() + LONGEST_SILENCE.toNanos();
        while (silent && System.nanoTime() < end) {
            LockSupport.parkNanos(LOOKS.toNanos());
        }
        return was;
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
