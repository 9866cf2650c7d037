package jflannel.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import jflannel.lease.NetworkConfig;
import jflannel.report.LogText;

/// The file of `--state-file`, which keeps the [LastKnown] of this node over restarts. Only root may read it.
///
/// It is written by a thread of its own, because a disk may hang, only if something changed, and at the end. A lone
/// change is written at once; if they go on, at first a second passes between two writes, at last a minute. A file that
/// cannot be written or read is no reason to fail.
public final class StateFile implements AutoCloseable {
    private static final Logger LOG = System.getLogger(StateFile.class.getName());
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    /// A hundred thousand leases fit.
    private static final long MOST_BYTES = 64 << 20;

    private static final long END_PATIENCE_MILLIS = 1000;

    private final Path path;
    private final Duration firstPause;
    private final Thread thread;
    private LastKnown latest;
    private String written;
    private boolean ending;
    private boolean complained;

    /// @param path null for no file
    public StateFile(Path path) {
        this(path, FIRST_PAUSE);
    }

    public StateFile(Path path, Duration firstPause) {
        this.path = path == null ? null : path.toAbsolutePath();
        this.firstPause = firstPause;
        this.thread = Thread.ofPlatform().daemon().name("state-file").unstarted(this::run);
        if (path != null) {
            thread.start();
        }
    }

    /// What the file holds, or empty if there is none that can be used, which is logged.
    ///
    /// @param networkOf makes a configuration of where it came from and its JSON
    public Optional<LastKnown> read(BiFunction<String, String, NetworkConfig> networkOf) {
        if (path == null) {
            return Optional.empty();
        }
        try {
            if (Files.size(path) > MOST_BYTES) {
                throw new IllegalArgumentException("it is larger than " + MOST_BYTES + " bytes");
            }
            return Optional.of(LastKnown.parse(Files.readString(path), networkOf));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            LOG.log(Level.WARNING, "{0} is left aside: {1}", path, LogText.harmless(String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    /// Notes what is to be written; returns at once.
    synchronized void keep(LastKnown known) {
        latest = known;
        notifyAll();
    }

    /// Writes what is still to be written, but waits no longer than a second for the disk.
    @Override
    public void close() {
        synchronized (this) {
            ending = true;
            notifyAll();
        }
        try {
            thread.join(END_PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            Duration pause = firstPause;
            boolean last = false;
            while (!last) {
                long began = System.nanoTime();
                LastKnown known;
                synchronized (this) {
                    while (latest == null && !ending) {
                        wait();
                    }
                    known = latest;
                    latest = null;
                    last = ending;
                }
                if (System.nanoTime() - began >= LONGEST_PAUSE.toNanos()) {
                    pause = firstPause; // it was quiet
                }
                if (known != null) {
                    write(known.json());
                    rest(pause);
                    pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
                }
            }
        } catch (InterruptedException e) {
            // nobody interrupts this thread
        }
    }

    private synchronized void rest(Duration pause) throws InterruptedException {
        long end = System.nanoTime() + pause.toNanos();
        long left = pause.toNanos();
        while (left > 0 && !ending) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
            left = end - System.nanoTime();
        }
    }

    private void write(String text) {
        if (text.equals(written)) {
            return;
        }
        try {
            replace(text);
            written = text;
            complained = false;
        } catch (IOException e) {
            if (!complained) {
                complained = true;
                LOG.log(
                        Level.WARNING,
                        "{0} cannot be written, so this node could not start while the store is down: {1}",
                        path,
                        e);
            }
        }
    }

    private void replace(String text) throws IOException {
        Path directory = path.getParent();
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }
        // made with mode 0600
        Path fresh = Files.createTempFile(directory, "." + path.getFileName(), ".new");
        try {
            try (FileChannel bytes = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                java.nio.ByteBuffer rest = UTF_8.encode(text);
                while (rest.hasRemaining()) {
                    bytes.write(rest);
                }
                bytes.force(true);
            }
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }
}
