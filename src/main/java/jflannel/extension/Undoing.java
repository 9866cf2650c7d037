package jflannel.extension;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jflannel.status.Board;

/// What commands have added and no daemon is there to remove: a tool has the commands run that undo it.
public final class Undoing {
    private static final int AT_ONCE = 8;

    private final Memory memory;
    private final Map<String, Added> added;

    /// @param memory file in which the daemon keeps what was added
    public Undoing(Path memory) {
        this.memory = new Memory(memory, new Board());
        this.added = new ConcurrentHashMap<>(this.memory.read());
    }

    /// The number of peers that were added.
    public int count() {
        return added.size();
    }

    /// Runs the command for each peer once, and forgets those for which it succeeds.
    ///
    /// @param environment of the caller
    /// @throws IOException if it fails for some
    public void run(Map<String, String> environment) throws IOException {
        Map<String, String> inherited = Surroundings.of(environment);
        Map<String, Future<?>> running = new TreeMap<>();
        try (ExecutorService commands = Executors.newFixedThreadPool(AT_ONCE)) {
            Map.copyOf(added)
                    .forEach((key, each) -> running.put(
                            key, commands.submit(() -> each.removing().run(Commands.NONE.limit(), inherited))));
        }
        Map<String, String> failed = new TreeMap<>();
        running.forEach((key, done) -> {
            if (done.state() == Future.State.SUCCESS) {
                added.remove(key);
            } else {
                failed.put(key, done.exceptionNow().getMessage());
            }
        });
        memory.keep(added, false); // the last one takes the file with it
        if (!failed.isEmpty()) {
            Map.Entry<String, String> first = failed.entrySet().iterator().next();
            throw new IOException("the command that removes a peer failed for %d of them, such as %s: %s"
                    .formatted(failed.size(), first.getKey(), first.getValue()));
        }
    }
}
