package jflannel.work;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import jflannel.status.Board;
import jflannel.status.Condition;

/// A thread that takes turns until it is closed. A turn that fails, whatever it throws, is logged, counted and
/// reported as [Condition#WORKER_FAILING]; after a pause the next turn follows, and one that succeeds clears the
/// condition. So no bug in one turn ends a loop. Only a [LinkageError] does, which goes to the thread's handler of
/// uncaught exceptions: Java remembers a class that is missing or broken, so no later turn could succeed.
public final class Worker implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Worker.class.getName());
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration END = Duration.ofSeconds(3);

    private final Board board;
    private final Turn turn;
    private final Duration firstPause;
    private final Runnable end;
    private final AtomicLong failures = new AtomicLong();
    private final Thread thread;
    private volatile boolean closing;

    /// One round of the loop. It waits for something to do, does it, and returns.
    @FunctionalInterface
    public interface Turn {
        /// @throws InterruptedException when the worker is closed
        void take() throws Exception;
    }

    private Worker(String name, Board board, Duration firstPause, Turn turn, Runnable end) {
        this.board = board;
        this.turn = turn;
        this.firstPause = firstPause;
        this.end = end;
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    public static Worker start(String name, Board board, Turn turn) {
        return start(name, board, turn, () -> {});
    }

    /// @param end releases what the turns use, on the worker's thread, after the last of them
    public static Worker start(String name, Board board, Turn turn, Runnable end) {
        return start(name, board, FIRST_PAUSE, turn, end);
    }

    static Worker start(String name, Board board, Duration firstPause, Turn turn) {
        return start(name, board, firstPause, turn, () -> {});
    }

    private static Worker start(String name, Board board, Duration firstPause, Turn turn, Runnable end) {
        Worker worker = new Worker(name, board, firstPause, turn, end);
        worker.thread.start();
        return worker;
    }

    private void run() {
        try {
            takeTurns();
            board.clear(Condition.WORKER_FAILING, thread.getName());
        } finally {
            end.run();
        }
    }

    private void takeTurns() {
        Backoff pauses = new Backoff(firstPause, LONGEST_PAUSE);
        while (!closing) {
            try {
                turn.take();
                pauses.reset();
                board.clear(Condition.WORKER_FAILING, thread.getName());
            } catch (InterruptedException e) {
                // closing, or a stray interrupt, which ends nothing
            } catch (LinkageError e) {
                throw e;
            } catch (Throwable e) {
                if (!closing) {
                    failed(e, pauses.next());
                }
            }
        }
    }

    private void failed(Throwable e, Duration pause) {
        failures.incrementAndGet();
        LOG.log(Level.DEBUG, "thread " + thread.getName(), e);
        board.raise(Condition.WORKER_FAILING, thread.getName(), "the thread " + thread.getName() + " failed: " + e);
        try {
            Thread.sleep(pause);
        } catch (InterruptedException interrupted) {
            // closing
        }
    }

    /// How many turns have failed.
    public long failures() {
        return failures.get();
    }

    /// True if called on this worker's own thread.
    public boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /// Ends the loop, and waits up to three seconds for the current turn, unless called from it.
    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        if (isCurrent()) {
            return;
        }
        try {
            if (!thread.join(END)) {
                LOG.log(Level.WARNING, "the thread {0} did not end in time", thread.getName());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
