package jflannel.daemon;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;

/// Tells when a file is made, changed or removed, by inotify(7) on its directory.
final class FileWatch implements AutoCloseable {
    private static final Logger LOG = System.getLogger(FileWatch.class.getName());

    private final Path file;
    private final Runnable changed;
    private final WatchService watch;

    /// @param changed called on a thread of this watch's
    FileWatch(Path file, Runnable changed) throws IOException {
        this.file = file.toAbsolutePath();
        this.changed = changed;
        this.watch = FileSystems.getDefault().newWatchService();
        Thread.ofVirtual().name("file-watch").start(this::run);
    }

    private void run() {
        try {
            while (true) {
                try {
                    WatchKey key = file.getParent()
                            .register(
                                    watch,
                                    StandardWatchEventKinds.ENTRY_CREATE,
                                    StandardWatchEventKinds.ENTRY_DELETE,
                                    StandardWatchEventKinds.ENTRY_MODIFY);
                    changed.run(); // for what happened before it was registered
                    follow(key);
                } catch (IOException e) {
                    LOG.log(Level.DEBUG, "{0} cannot be watched: {1}", file.getParent(), e.getMessage());
                }
                TimeUnit.SECONDS.sleep(1); // the directory went away; whoever keeps the file makes it again
            }
        } catch (ClosedWatchServiceException | InterruptedException e) {
            // closed: done
        }
    }

    private void follow(WatchKey key) throws InterruptedException {
        do {
            WatchKey signalled = watch.take();
            if (signalled.pollEvents().stream()
                    .anyMatch(event -> file.getFileName().equals(event.context()))) {
                changed.run();
            }
        } while (key.reset());
        changed.run();
    }

    @Override
    public void close() throws IOException {
        watch.close();
    }
}
