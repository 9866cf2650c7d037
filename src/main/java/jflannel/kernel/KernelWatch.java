package jflannel.kernel;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.Backoff;
import jflannel.work.Worker;

/// Listens to the kernel's notifications about its network configuration, in the namespace of the thread that makes
/// it, and passes on what is of interest on a thread of its own. A burst of changes of one object is passed on once.
///
/// Listening may fail, most likely in the very flood of changes that matters: then it starts again with new sockets,
/// and reports [KernelNews.Everything], since something was missed. While it cannot, [Condition#KERNEL_WATCH_DOWN] is
/// raised, so that others check more often by themselves.
public final class KernelWatch implements AutoCloseable {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final Alarm alarm;
    private final NewsSource.Opener opener;
    private final Board board;
    private final Consumer<KernelNews> listener;
    private final Backoff pauses;
    private final Worker worker;
    private Fd stop;
    private boolean closed;
    private NewsSource source;
    private boolean missed;
    private boolean down;

    /// Makes what ends the waiting for news.
    interface Alarm {
        Fd make() throws KernelException;
    }

    /// @param listener is called on the watch's thread
    public KernelWatch(Interest interest, Board board, Consumer<KernelNews> listener) {
        this(Libc::eventfd, stop -> new NetlinkNews(interest, stop), board, listener, FIRST_PAUSE);
    }

    KernelWatch(
            Alarm alarm, NewsSource.Opener opener, Board board, Consumer<KernelNews> listener, Duration firstPause) {
        this.alarm = alarm;
        this.opener = opener;
        this.board = board;
        this.listener = listener;
        this.pauses = new Backoff(firstPause, LONGEST_PAUSE);
        try {
            open(); // here, so that what happens after this constructor is not missed
        } catch (KernelException e) {
            missed = true;
            isDown(e);
        }
        this.worker = Worker.start("kernel-watch", board, this::turn, this::release);
    }

    private void turn() throws InterruptedException {
        boolean good = false;
        try {
            if (source != null || open()) {
                news().forEach(listener);
            }
            good = true;
        } catch (KernelException e) {
            isDown(e);
        } finally {
            if (!good) {
                lose(); // also if the listener failed, which then has missed something
            }
        }
        if (!good) {
            Thread.sleep(pauses.next());
        }
    }

    private void isDown(KernelException why) {
        down = true;
        board.raise(Condition.KERNEL_WATCH_DOWN, "the kernel's notifications do not arrive: " + why.getMessage());
    }

    /// @return false if this was closed meanwhile
    private boolean open() throws KernelException {
        synchronized (this) {
            if (closed) {
                return false;
            }
            stop = stop == null ? alarm.make() : stop;
        }
        source = opener.open(stop);
        down = false;
        board.clear(Condition.KERNEL_WATCH_DOWN);
        return true;
    }

    private List<KernelNews> news() throws KernelException {
        if (missed) {
            missed = false;
            return List.of(new KernelNews.Everything());
        }
        List<KernelNews> news = source.next();
        pauses.reset();
        return news;
    }

    private void lose() {
        missed = true;
        if (source != null) {
            source.close();
            source = null;
        }
    }

    private void release() {
        lose();
        synchronized (this) {
            if (stop != null) {
                stop.close();
            }
        }
        if (down) { // else it may be another watch that is
            board.clear(Condition.KERNEL_WATCH_DOWN);
        }
    }

    /// Stops listening. There are no more calls after it returns, unless it is called from one.
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            if (stop != null) {
                Libc.signal(stop);
            }
        }
        worker.close();
    }
}
