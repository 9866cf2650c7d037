package jflannel.page;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import jflannel.kernel.DeviceCounts;
import jflannel.report.StatusJson;
import jflannel.status.Board;

/// Makes a [Snapshot] each second, as long as somebody watches; otherwise it does nothing and keeps nothing. All
/// watchers get the same one. One that reads slowly misses some, and holds up nobody.
final class Feed implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Feed.class.getName());
    /// How many may watch.
    static final int MOST = 16;

    private static final Duration TURN = Duration.ofSeconds(1);
    /// The control thread answers in milliseconds, unless it is in a long pass, or hangs.
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Board board;
    private final StatusJson json;
    private final InstantSource clock;
    private final DeviceReader counts;
    private Optional<NodeSource> source = Optional.empty();
    private Optional<PeerView> view = Optional.empty();
    /// How many passes there were when the view was requested; -1 before.
    private long seen = -1;
    /// When the request that is under way was made.
    private Optional<Long> requested = Optional.empty();

    /// True if there is a view that no snapshot has yet.
    private boolean fresh;

    private Snapshot latest;
    private int watchers;
    private Thread maker;
    private boolean closed;

    /// Reads the counts of devices.
    interface DeviceReader {
        List<DeviceCounts> of(Set<String> devices) throws IOException;
    }

    Feed(Board board, InstantSource clock, DeviceReader counts) {
        this.board = board;
        this.clock = clock;
        this.counts = counts;
        this.json = new StatusJson(clock);
        board.listen(json);
    }

    /// From now on, there is a node to look at.
    synchronized void show(NodeSource node) {
        source = Optional.of(node);
    }

    /// The node; empty until there is one.
    synchronized Optional<NodeSource> source() {
        return source;
    }

    /// One more watches, which has to [#leave] in the end.
    ///
    /// @return false if there are too many
    synchronized boolean join() {
        if (closed || watchers == MOST) {
            return false;
        }
        watchers++;
        if (watchers == 1) {
            maker = Thread.ofVirtual().name("status-page-feed").start(this::make);
        }
        return true;
    }

    synchronized boolean isFull() {
        return watchers == MOST;
    }

    synchronized void leave() {
        watchers--;
        if (watchers == 0) {
            maker = null;
            latest = null;
            view = Optional.empty();
            seen = -1;
            requested = Optional.empty();
            notifyAll();
        }
    }

    /// Waits for another snapshot than this one.
    ///
    /// @param former null for the first
    /// @return empty once the feed is closed
    synchronized Optional<Snapshot> after(Snapshot former) throws InterruptedException {
        while (!closed && (latest == null || latest == former)) {
            wait();
        }
        return closed ? Optional.empty() : Optional.of(latest);
    }

    private void make() {
        try {
            while (request()) {
                Snapshot next = snapshot();
                publish(next);
            }
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "nobody interrupts this thread", e);
        }
    }

    /// Asks for a new view if there may be one.
    ///
    /// @return false if this thread is no longer needed
    private boolean request() {
        Optional<NodeSource> node;
        synchronized (this) {
            if (maker != Thread.currentThread() || closed) {
                return false;
            }
            node = source.filter(it -> it.passes() > 0 && it.passes() != seen && !isUnderWay());
            if (node.isPresent()) {
                requested = Optional.of(System.nanoTime());
                seen = node.get().passes();
            }
        }
        node.ifPresent(it -> it.request(this::take));
        return true;
    }

    private boolean isUnderWay() {
        return requested.isPresent() && !isOverdue();
    }

    private boolean isOverdue() {
        return requested.isPresent() && System.nanoTime() - requested.get() > PATIENCE.toNanos();
    }

    private synchronized void take(PeerView now) {
        requested = Optional.empty();
        if (watchers > 0) {
            view = Optional.of(now);
            fresh = true;
            notifyAll();
        }
    }

    private Snapshot snapshot() {
        Optional<PeerView> peers;
        Optional<NodeSource> node;
        boolean silent;
        synchronized (this) {
            peers = view;
            fresh = false;
            node = source;
            silent = isOverdue();
        }
        Set<String> devices = new HashSet<>();
        peers.ifPresent(it -> devices.addAll(it.tunnels()));
        peers.ifPresent(it -> devices.addAll(it.uplinks()));
        return new Snapshot(
                clock.millis(),
                json.of(board.status()),
                peers,
                silent,
                devices.isEmpty() ? List.of() : read(devices),
                node.map(NodeSource::countsByHost).orElse(Map.of()),
                node.map(NodeSource::filtered).orElse(Map.of()));
    }

    private List<DeviceCounts> read(Set<String> devices) {
        try {
            return counts.of(devices);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "no counts of devices: {0}", e.getMessage());
            return List.of();
        }
    }

    /// Returns after a second, or as soon as there is another view.
    private synchronized void publish(Snapshot next) throws InterruptedException {
        if (maker == Thread.currentThread()) {
            latest = next;
            notifyAll();
            long end = System.nanoTime() + TURN.toNanos();
            while (maker == Thread.currentThread() && !closed && !fresh) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return;
                }
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        }
    }

    /// Ends all streams.
    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
