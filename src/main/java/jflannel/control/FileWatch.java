package jflannel.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Reports when a file is created, changed or removed, by inotify(7) on its directory. If the kernel has no inotify
/// instance left, it reports nothing: its user checks the file from time to time anyway.
final class FileWatch implements AutoCloseable {
    private static final Logger LOG = System.getLogger(FileWatch.class.getName());

    private final Path file;
    private final Runnable changed;
    private final Optional<WatchService> watch;

    /// @param changed called on a thread of this watch's
    FileWatch(Path file, Runnable changed) {
        this.file = file.toAbsolutePath();
        this.changed = changed;
        this.watch = open();
        watch.ifPresent(service -> Thread.ofVirtual().name("file-watch").start(() -> run(service)));
    }

    private Optional<WatchService> open() {
        try {
            return Optional.of(FileSystems.getDefault().newWatchService());
        } catch (IOException e) {
            LOG.log(
                    Level.WARNING,
                    "{0} is not watched, so changes of it are noticed later: {1} (fs.inotify.max_user_instances)",
                    file,
                    e.getMessage());
            return Optional.empty();
        }
    }

    private void run(WatchService service) {
        try {
            while (true) {
                try {
                    WatchKey key = file.getParent()
                            .register(
                                    service,
                                    StandardWatchEventKinds.ENTRY_CREATE,
                                    StandardWatchEventKinds.ENTRY_DELETE,
                                    StandardWatchEventKinds.ENTRY_MODIFY);
                    changed.run(); // for what happened before it was registered
                    follow(service, key);
                } catch (IOException e) {
                    LOG.log(Level.DEBUG, "{0} cannot be watched: {1}", file.getParent(), e.getMessage());
                }
                TimeUnit.SECONDS.sleep(1); // the directory went away; whoever keeps the file makes it again
            }
        } catch (ClosedWatchServiceException | InterruptedException e) {
            // closed: done
        }
    }

    private void follow(WatchService service, WatchKey key) throws InterruptedException {
        do {
            WatchKey signalled = service.take();
            if (signalled.pollEvents().stream()
                    .anyMatch(event -> file.getFileName().equals(event.context()))) {
                changed.run();
            }
        } while (key.reset());
        changed.run();
    }

    @Override
    public void close() {
        watch.ifPresent(service -> {
            try {
                service.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e); // inotify's descriptor cannot be closed: never seen
            }
        });
    }
}
