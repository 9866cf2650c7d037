package jflannel.lease;

import java.time.Duration;
import java.util.function.LongSupplier;
import jflannel.status.Board;
import jflannel.status.Condition;

/// Notices that somebody keeps changing what this node publishes: most often another node that takes itself for this
/// one. A change now and then is put right, and only logged. For one thread at a time.
public final class Contest {
    /// How long nothing must have been changed until it counts as over.
    private static final Duration QUIET = Duration.ofMinutes(2);

    private static final int FEW = 2;

    private final Board board;
    private final String suspicion;
    private final LongSupplier nanos;
    private int repairs;
    private long lastRepair;

    /// @param suspicion who it may be
    public Contest(Board board, String suspicion) {
        this(board, suspicion, System::nanoTime);
    }

    Contest(Board board, String suspicion, LongSupplier nanos) {
        this.board = board;
        this.suspicion = suspicion;
        this.nanos = nanos;
    }

    /// What this node publishes was put right.
    public void repaired() {
        repairs++;
        lastRepair = nanos.getAsLong();
        if (repairs > FEW) {
            board.raise(
                    Condition.LEASE_CONTESTED,
                    "somebody keeps changing what this node publishes, while this node writes it back: " + suspicion);
        }
    }

    /// How long until the repairs so far are forgotten; zero if there are none.
    public Duration untilOver() {
        if (repairs == 0) {
            return Duration.ZERO;
        }
        long left = lastRepair + QUIET.toNanos() - nanos.getAsLong();
        if (left > 0) {
            return Duration.ofNanos(left).plusMillis(1);
        }
        forget();
        return Duration.ZERO;
    }

    /// Ends the condition.
    public void forget() {
        repairs = 0;
        board.clear(Condition.LEASE_CONTESTED);
    }
}
