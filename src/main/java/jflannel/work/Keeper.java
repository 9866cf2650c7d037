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
    private final Function<W, Duration> apply;
    private final Worker worker;
    private Optional<W> wish = Optional.empty();
    private Optional<W> applied = Optional.empty();
    /// True if there is something to look at without waiting for the time to come.
    private boolean touched;

    private long nextAt;

    /// @param apply makes things as wished, raises and clears its own conditions, and returns how long to leave them
    ///     alone. It may take long, and may throw
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

    /// Somebody may have changed things.
    public synchronized void touch() {
        touched = true;
        notifyAll();
    }

    private void turn() throws InterruptedException {
        W wanted = next();
        Duration rest = apply.apply(wanted);
        synchronized (this) {
            nextAt = System.nanoTime() + rest.toNanos();
            applied = Optional.of(wanted);
            notifyAll();
        }
    }

    /// Waits until things are as last wished, for so long at most.
    public synchronized void settle(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (!applied.equals(wish) && end - System.nanoTime() > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, end - System.nanoTime()));
        }
    }

    private synchronized W next() throws InterruptedException {
        while (wish.isEmpty() || !touched && nextAt - System.nanoTime() > 0) {
            if (wish.isEmpty()) {
                wait();
            } else {
                TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, nextAt - System.nanoTime()));
            }
        }
        touched = false;
        return wish.get();
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
