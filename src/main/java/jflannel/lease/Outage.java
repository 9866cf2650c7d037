package jflannel.lease;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How long to wait before the next attempt to reach a store, and what to log meanwhile: the beginning of an outage, a
/// line each minute, and its end.
public final class Outage {
    private static final System.Logger LOG = System.getLogger(Outage.class.getName());

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);

    private final String store;
    private final RandomGenerator random;
    private int attempts;
    private long since;
    private long lastLine;

    /// @param store what does not answer, for the log: `etcd`
    public Outage(String store, RandomGenerator random) {
        this.store = store;
        this.random = random;
    }

    /// Notes a failure, and logs it unless that was done within the last minute.
    ///
    /// @return how long to wait: 100 ms that double up to 5 s, less up to a half: nodes shall not all come at once
    public Duration failed(Exception failure) {
        long now = System.nanoTime();
        if (attempts == 0) {
            since = now;
        }
        if (attempts == 0 || now - lastLine >= BETWEEN_LINES.toNanos()) {
            lastLine = now;
            String asFar =
                    attempts == 0 ? "" : " (for " + seconds(now - since) + " s now, tried " + attempts + " times)";
            LOG.log(
                    failure instanceof RuntimeException ? System.Logger.Level.ERROR : System.Logger.Level.WARNING,
                    "{0}; trying again{1}",
                    failure.getMessage() == null ? failure.toString() : failure.getMessage(),
                    asFar);
            LOG.log(System.Logger.Level.DEBUG, "the failure in full", failure);
        }
        return pause(attempts++, random);
    }

    /// True from the first failure until [#ended].
    public boolean lasts() {
        return attempts > 0;
    }

    /// Notes that all is well.
    public void ended() {
        if (attempts > 0) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "{0} answers again after {1} s",
                    store,
                    String.valueOf(seconds(System.nanoTime() - since)));
            attempts = 0;
        }
    }

    /// How long to wait after so many attempts that failed.
    public static Duration pause(int attempts, RandomGenerator random) {
        long most = Math.min(LONGEST_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(attempts, 10));
        return Duration.ofNanos(most / 2 + random.nextLong(most / 2 + 1));
    }

    private static long seconds(long nanos) {
        return Duration.ofNanos(nanos).toSeconds();
    }
}
