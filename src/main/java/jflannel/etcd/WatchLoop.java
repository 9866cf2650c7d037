package jflannel.etcd;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import jflannel.etcd.api.Event;
import jflannel.etcd.api.WatchResponse;
import jflannel.lease.Outage;
import jflannel.status.Board;
import jflannel.work.Worker;

/// A thread that lists keys and then watches them, and starts over when the watch ends, after a pause that grows while
/// it fails at once. An outage is reported by whoever follows the leases.
final class WatchLoop implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(WatchLoop.class.getName());
    private static final Duration IDLE = Duration.ofMinutes(1);
    /// How long a watch must last to count as the end of an outage.
    private static final Duration PROVEN = Duration.ofSeconds(10);

    private final String name;
    private final Watch watch;
    private final RandomGenerator random;
    private final Worker worker;
    private int failures;

    /// Lists, and watches until the watch ends.
    interface Watch {
        void follow() throws IOException, InterruptedException;
    }

    WatchLoop(String name, Board board, RandomGenerator random, Watch watch) {
        this.name = name;
        this.random = random;
        this.watch = watch;
        this.worker = Worker.start(name, board, this::turn);
    }

    private void turn() throws InterruptedException {
        long began = System.nanoTime();
        try {
            watch.follow();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, name + " lost its watch, retrying", e);
        }
        failures = System.nanoTime() - began > PROVEN.toNanos() ? 0 : failures + 1;
        Thread.sleep(Outage.pause(failures, random));
    }

    /// Hands on the events of each message, until etcd ends the watch or has compacted what it should report.
    static void forEach(WatchStream stream, Consumer<List<Event>> listener) throws IOException, InterruptedException {
        while (true) {
            WatchResponse response = stream.read(IDLE).orElse(WatchResponse.getDefaultInstance());
            if (response.getCanceled() || response.getCompactRevision() != 0) {
                return;
            }
            if (response.getEventsCount() > 0) {
                listener.accept(response.getEventsList());
            }
        }
    }

    @Override
    public void close() {
        worker.close();
    }
}
