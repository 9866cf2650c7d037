package jflannel.work;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import jflannel.status.Board;

/// Keeps something slow as it should be: firewall rules, files, a cloud's route table. It has a thread of its own
/// and a mailbox of one, in which the newest wish replaces one that has not been looked at yet. The caller never waits.
///
/// @param <W> what is wished for; equal wishes are one
public final class Keeper<W> implements AutoCloseable {
    private static final Duration FOREVER = Duration.ofDays(365);

    private final Function<W, Duration> apply;
    private final Worker worker;
    private Optional<W> wish = Optional.empty();
    private Optional<W> applied = Optional.empty();
    /// True if there is a reason to look at once.
    private boolean touched;

    private long lookedAt = System.nanoTime();
    /// How long to leave things alone after the last look.
    private Duration rest = Duration.ZERO;

    /// @param apply fulfills the wish, raises and clears its own conditions, and returns how long to leave things
    ///     alone. It may take long, and may throw; it is then called again after a pause
    public Keeper(String name, Board board, Function<W, Duration> apply) {
        this.apply = apply;
        this.worker = Worker.start(name, board, this::turn);
    }

    /// From now on things should be like this.
    public synchronized void keep(W wanted) {
        if (!wish.equals(Optional.of(wanted))) {
            wish = Optional.of(wanted);
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
        W wanted = next();
        try {
            looked(apply.apply(wanted), Optional.of(wanted));
        } catch (RuntimeException | Error e) {
            looked(Duration.ZERO, applied); // the worker pauses
            throw e;
        }
    }

    private synchronized void looked(Duration asked, Optional<W> now) {
        lookedAt = System.nanoTime();
        applied = now;
        touch(asked);
        notifyAll();
    }

    /// Waits until the last wish is fulfilled, but not longer than that.
    public synchronized void settle(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (!applied.equals(wish) && end - System.nanoTime() > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, end - System.nanoTime()));
        }
    }

    private synchronized W next() throws InterruptedException {
        while (wish.isEmpty() || !touched && untilNext() > 0) {
            if (wish.isEmpty()) {
                wait();
            } else {
                TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, untilNext()));
            }
        }
        touched = false;
        rest = FOREVER; // this look may miss what is touched from now on
        return wish.get();
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
