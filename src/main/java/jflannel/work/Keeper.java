package jflannel.work;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import jflannel.status.Board;

/// Keeps something slow as it should be: firewall rules, files, a cloud's route table. It has a thread of its own
/// and a mailbox of one, in which a newer desired state replaces one that has not been looked at yet. The caller never
/// waits.
///
/// @param <S> the desired state; equal ones are one
public final class Keeper<S> implements AutoCloseable {
    private static final Duration FOREVER = Duration.ofDays(365);

    private final Function<S, Duration> apply;
    private final Worker worker;
    private Optional<S> desired = Optional.empty();
    private Optional<S> applied = Optional.empty();
    /// True if there is a reason to look at once.
    private boolean touched;

    private long lookedAt = System.nanoTime();
    /// How long to leave things alone after the last look.
    private Duration rest = Duration.ZERO;

    /// @param apply makes things match the desired state, raises and clears its own conditions, and returns how long to
    /// leave things
    ///     alone. It may take long, and may throw; it is then called again after a pause
    public Keeper(String name, Board board, Function<S, Duration> apply) {
        this.apply = apply;
        this.worker = Worker.start(name, board, this::turn);
    }

    /// From now on things should be like this.
    public synchronized void keep(S wanted) {
        if (!desired.equals(Optional.of(wanted))) {
            desired = Optional.of(wanted);
            touch();
        }
    }

    /// Somebody may have changed things: look at once.
    public synchronized void touch() {
        touched = true;
        notifyAll();
    }

    /// Somebody may have changed things: look, but not sooner than `pause` after the last look, as they may do so
    /// all day.
    public synchronized void touch(Duration pause) {
        if (pause.compareTo(rest) < 0) {
            rest = pause;
            notifyAll();
        }
    }

    private void turn() throws InterruptedException {
        S wanted = next();
        try {
            looked(apply.apply(wanted), Optional.of(wanted));
        } catch (RuntimeException | Error e) {
            looked(Duration.ZERO, applied); // the worker pauses
            throw e;
        }
    }

    private synchronized void looked(Duration asked, Optional<S> now) {
        lookedAt = System.nanoTime();
        applied = now;
        touch(asked);
        notifyAll();
    }

    /// Waits until the last desired state is applied, but not longer than that.
    public synchronized void settle(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (!applied.equals(desired) && end - System.nanoTime() > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, end - System.nanoTime()));
        }
    }

    private synchronized S next() throws InterruptedException {
        while (desired.isEmpty() || !touched && untilNext() > 0) {
            if (desired.isEmpty()) {
                wait();
            } else {
                TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, untilNext()));
            }
        }
        touched = false;
        rest = FOREVER; // this look may miss what is touched from now on
        return desired.get();
    }

    private long untilNext() {
        return lookedAt + rest.toNanos() - System.nanoTime();
    }

    /// How many attempts have ended in an exception.
    public long failures() {
        return worker.failures();
    }

    @Override
    public void close() {
        worker.close();
    }
}
