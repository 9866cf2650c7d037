package jflannel.kernel;

import java.lang.System.Logger.Level;
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
/// and reports [KernelNews.Everything], since something was missed. While it cannot, [#isWatching] is false and
/// [Condition#KERNEL_WATCH_DOWN] is raised, so that others check more often by themselves.
public final class KernelWatch implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(KernelWatch.class.getName());
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final NewsSource.Opener opener;
    private final Board board;
    private final Consumer<KernelNews> listener;
    private final Backoff pauses;
    private final Fd stop;
    private final Worker worker;
    private NewsSource source;
    private boolean missed;
    private volatile boolean watching;

    /// @param listener is called on the watch's thread
    /// @throws KernelException if this process may open no more files
    public KernelWatch(Interest interest, Board board, Consumer<KernelNews> listener) throws KernelException {
        this(stop -> new NetlinkNews(interest, stop), board, listener, FIRST_PAUSE);
    }

    KernelWatch(NewsSource.Opener opener, Board board, Consumer<KernelNews> listener, Duration firstPause)
            throws KernelException {
        this.opener = opener;
        this.board = board;
        this.listener = listener;
        this.pauses = new Backoff(firstPause, LONGEST_PAUSE);
        this.stop = Libc.eventfd();
        try {
            open(); // here, so that what happens after this constructor is not missed
        } catch (KernelException e) {
            LOG.log(Level.DEBUG, "the first attempt to listen failed: {0}", e.getMessage());
            missed = true;
        }
        this.worker = Worker.start("kernel-watch", board, this::turn, this::release);
    }

    /// False while notifications do not arrive.
    public boolean isWatching() {
        return watching;
    }

    private void turn() throws InterruptedException {
        boolean good = false;
        try {
            if (source == null) {
                open();
            }
            news().forEach(listener);
            good = true;
        } catch (KernelException e) {
            board.raise(Condition.KERNEL_WATCH_DOWN, "the kernel's notifications do not arrive: " + e.getMessage());
        } finally {
            if (!good) {
                lose(); // also if the listener failed, which then has missed something
            }
        }
        if (!good) {
            Thread.sleep(pauses.next());
        }
    }

    private void open() throws KernelException {
        source = opener.open(stop);
        watching = true;
        board.clear(Condition.KERNEL_WATCH_DOWN);
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
        watching = false;
        missed = true;
        if (source != null) {
            source.close();
            source = null;
        }
    }

    private void release() {
        lose();
        stop.close();
        board.clear(Condition.KERNEL_WATCH_DOWN);
    }

    /// Stops listening. There are no more calls after it returns, unless it is called from one.
    @Override
    public void close() {
        Libc.signal(stop);
        worker.close();
    }
}
