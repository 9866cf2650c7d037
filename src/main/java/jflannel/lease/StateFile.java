package jflannel.lease;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import jflannel.ip.Ip;
import jflannel.linux.AtomicFile;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.Backoff;
import jflannel.work.Worker;

/// The file of `--state-file`, which keeps this node's [LastKnown] across restarts. Readable only by root.
///
/// Written on a thread of its own, because a disk may hang; only if something changed, and at the end. A single
/// change is written at once. If changes continue, the pause between writes grows from a second to five: a
/// daemon that starts without the store sends packets where this file says, even if it has become old.
/// Failing to read or write the file is not fatal; it is reported as [Condition#STATE_FILE_FAILING].
public final class StateFile implements AutoCloseable {
    private static final Logger LOG = System.getLogger(StateFile.class.getName());
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    /// Enough for 100,000 leases.
    private static final long MOST_BYTES = 64 << 20;

    private static final int MOST_OWN_BYTES = 1 << 20;

    private static final long END_PATIENCE = Duration.ofSeconds(1).toNanos();

    private final Path path;
    private final Board board;
    private final Backoff pauses;
    private final Optional<Worker> worker;
    private LastKnown latest;
    private String written;
    /// True while a write is in progress.
    private boolean writing;
    private boolean ending;
    private long notBefore = System.nanoTime();

    /// @param path null for no file
    public StateFile(Path path, Board board) {
        this(path, board, FIRST_PAUSE);
    }

    StateFile(Path path, Board board, Duration firstPause) {
        this.path = path == null ? null : path.toAbsolutePath();
        this.board = board;
        this.pauses = new Backoff(firstPause, LONGEST_PAUSE);
        this.worker = path == null ? Optional.empty() : Optional.of(Worker.start("state-file", board, this::turn));
    }

    /// The contents of the file; empty if it does not exist or, with a log line, if it is unusable.
    ///
    /// @param networkOf makes a configuration from its location and its JSON
    public Optional<LastKnown> read(BiFunction<String, String, NetworkConfig> networkOf) {
        if (path == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(read(path, networkOf));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "{0} is ignored: {1}", path, FileFault.words(e));
        } catch (IllegalArgumentException e) {
            LOG.log(Level.WARNING, "{0} is ignored: {1}", path, e.getMessage());
        }
        return Optional.empty();
    }

    /// As [#read], of another process's file.
    ///
    /// @throws IllegalArgumentException if it is unusable; the message says why
    public static LastKnown read(Path path, BiFunction<String, String, NetworkConfig> networkOf) throws IOException {
        return LastKnown.parse(text(path), networkOf);
    }

    /// As [#read], but without the leases of other nodes, which are most of the file.
    public static LastKnown readOwn(Path path, BiFunction<String, String, NetworkConfig> networkOf) throws IOException {
        try (InputStream file = Files.newInputStream(path)) {
            return LastKnown.parseOwn(new String(file.readNBytes(MOST_OWN_BYTES), UTF_8), networkOf);
        }
    }

    /// As [#read], but with those other nodes' leases alone that have to do with these addresses.
    public static LastKnown readAbout(
            Path path, BiFunction<String, String, NetworkConfig> networkOf, Collection<Ip> addresses)
            throws IOException {
        return LastKnown.parseAbout(text(path), networkOf, addresses);
    }

    private static String text(Path path) throws IOException {
        if (Files.size(path) > MOST_BYTES) {
            throw new IllegalArgumentException("it is larger than " + MOST_BYTES + " bytes");
        }
        return Files.readString(path);
    }

    /// Schedules this to be written. Returns at once.
    public synchronized void keep(LastKnown known) {
        latest = known;
        notifyAll();
    }

    private void turn() throws InterruptedException {
        LastKnown known = next();
        try {
            write(known.json());
        } finally {
            rest();
        }
    }

    private synchronized LastKnown next() throws InterruptedException {
        while (latest == null) {
            wait();
        }
        long now = System.nanoTime();
        if (now - notBefore >= LONGEST_PAUSE.toNanos()) {
            pauses.reset(); // it was quiet
        }
        while (!ending && notBefore - now > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, notBefore - now);
            now = System.nanoTime();
        }
        LastKnown known = latest;
        latest = null;
        writing = true;
        return known;
    }

    private synchronized void rest() {
        writing = false;
        notBefore = System.nanoTime() + pauses.next().toNanos();
        notifyAll();
    }

    private void write(String text) {
        if (text.equals(written)) {
            return;
        }
        try {
            AtomicFile.replace(path, text, AtomicFile.PRIVATE);
            written = text;
            board.clear(Condition.STATE_FILE_FAILING);
        } catch (IOException e) {
            board.raise(
                    Condition.STATE_FILE_FAILING,
                    "%s cannot be written, so this node cannot start while the store is down: %s"
                            .formatted(path, FileFault.words(e)));
        }
    }

    /// Writes what is pending, but waits at most a second for the disk.
    @Override
    public void close() {
        try {
            awaitWritten();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        worker.ifPresent(Worker::close);
    }

    private synchronized void awaitWritten() throws InterruptedException {
        ending = true;
        notifyAll();
        long end = System.nanoTime() + END_PATIENCE;
        long left = END_PATIENCE;
        while (path != null && (latest != null || writing) && left > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
            left = end - System.nanoTime();
        }
    }
}
