package jflannel.lease;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import jflannel.status.Board;
import jflannel.status.Condition;

/// An outage of a store: how long to wait before the next attempt, and what to log meanwhile.
///
/// Logs the first failure, every new cause at once, each cause again after a minute, and the end. After ten seconds
/// it also raises [Condition#STORE_SILENT]. For one thread.
public final class Outage {
    private static final System.Logger LOG = System.getLogger(Outage.class.getName());

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);
    private static final Duration PASSING = Duration.ofSeconds(10);

    /// A store behind a bad network may fail for a new reason each time.
    private static final int MOST_CAUSES = 5;

    private final String store;
    private final Board board;
    private final RandomGenerator random;
    private final LongSupplier nanoTime;
    private final Map<String, Long> logged = new HashMap<>();
    private int attempts;
    private long since;

    /// @param store its name in the log: `etcd`
    public Outage(String store, Board board, RandomGenerator random) {
        this(store, board, random, System::nanoTime);
    }

    Outage(String store, Board board, RandomGenerator random, LongSupplier nanoTime) {
        this.store = store;
        this.board = board;
        this.random = random;
        this.nanoTime = nanoTime;
    }

    /// Records a failure, and logs it if it is new.
    ///
    /// @return how long to wait: 100 ms, doubling up to 5 s, minus up to half of that at random to spread the nodes
    public Duration failed(Exception failure) {
        long now = nanoTime.getAsLong();
        String cause = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        if (attempts == 0) {
            since = now;
        }
        Duration lasting = Duration.ofNanos(now - since);
        boolean known = logged.containsKey(cause);
        boolean news = isNews(cause, now);
        boolean isShown = board.isRaised(Condition.STORE_SILENT);
        if (news && (known || !isShown)) { // otherwise the board's own listeners log it
            log(failure, cause, lasting);
        }
        if (lasting.compareTo(PASSING) >= 0 && (news || !isShown)) {
            board.raise(Condition.STORE_SILENT, cause);
        }
        return noLaterThanTheCondition(pause(attempts++, random), lasting);
    }

    private boolean isNews(String cause, long now) {
        long lately = logged.values().stream().filter(at -> isRecent(at, now)).count();
        boolean news = lately < MOST_CAUSES && !(logged.containsKey(cause) && isRecent(logged.get(cause), now));
        if (news) {
            logged.put(cause, now);
        }
        return news;
    }

    private static boolean isRecent(long at, long now) {
        return now - at < BETWEEN_LINES.toNanos();
    }

    private void log(Exception failure, String cause, Duration lasting) {
        String soFar = attempts == 0 ? "" : " (for %d s, %d attempts)".formatted(lasting.toSeconds(), attempts);
        LOG.log(
                failure instanceof RuntimeException ? System.Logger.Level.ERROR : System.Logger.Level.WARNING,
                "{0}; retrying{1}",
                cause,
                soFar);
        LOG.log(System.Logger.Level.DEBUG, "details of the failure", failure);
    }

    private static Duration noLaterThanTheCondition(Duration pause, Duration lasting) {
        Duration left = PASSING.minus(lasting);
        return left.isPositive() && left.compareTo(pause) < 0 ? left : pause;
    }

    /// True from the first failure until [#ended].
    public boolean lasts() {
        return attempts > 0;
    }

    /// Records that the store answers.
    public void ended() {
        if (attempts > 0) {
            long seconds = Duration.ofNanos(nanoTime.getAsLong() - since).toSeconds();
            LOG.log(System.Logger.Level.INFO, "{0} answers again after {1} s", store, String.valueOf(seconds));
            attempts = 0;
            logged.clear();
        }
        board.clear(Condition.STORE_SILENT);
    }

    /// The store is no longer used, so it cannot be silent.
    public void close() {
        board.clear(Condition.STORE_SILENT);
    }

    /// How long to wait after this many failed attempts.
    public static Duration pause(int attempts, RandomGenerator random) {
        long most = Math.min(LONGEST_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(attempts, 10));
        return Duration.ofNanos(most / 2 + random.nextLong(most / 2 + 1));
    }
}
