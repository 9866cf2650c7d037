package jflannel.work;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import jflannel.status.Board;

/// Keeps something slow as it should be: firewall rules, files, a cloud's route table. It has a thread of its own
/// and a mailbox of one, in which the newest wish replaces one that was not looked at yet. Whoever wishes never
/// waits.
///
/// @param <W> what is wished for; equal wishes are one
public final class Keeper<W> implements AutoCloseable {
    private static final Duration FOREVER = Duration.ofDays(365);

    private final Function<W, Duration> apply;
    private final Worker worker;
    private Optional<W> wish = Optional.empty();
    private Optional<W> applied = Optional.empty();
    /// True if there is something to look at without waiting for the time to come.
    private boolean touched;

    private long lookedAt = System.nanoTime();
    /// How long to leave things alone after the last look.
    private Duration rest = Duration.ZERO;

    /// @param apply makes things as wished, raises and clears its own conditions, and returns how long to leave them
    ///     alone. It may take long, and may throw; then it is called again after a pause
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
            looked(Duration.ZERO, applied); // the worker makes a pause
            throw e;
        }
    }

    private synchronized void looked(Duration asked, Optional<W> now) {
        lookedAt = System.nanoTime();
        applied = now;
        touch(asked);
        notifyAll();
    }

    /// Waits until things are as last wished, for so long at most.
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
        rest = FOREVER; // whoever touches from now on may have been missed by this look
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
