package jflannel.extension;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import jflannel.json.Json;
import jflannel.linux.AtomicFile;
import jflannel.status.Board;
import jflannel.status.Condition;

/// A file with what the commands have added, so that a later process can have it removed. Only root may read it: it
/// holds what peers published.
final class Memory {
    private static final Logger LOG = System.getLogger(Memory.class.getName());

    private static final long A_SECOND = 1_000_000_000;

    private final Path file;
    private final Board board;
    private Map<String, Added> written = Map.of();
    private long writtenAt = System.nanoTime();

    /// @param file null for none
    Memory(Path file, Board board) {
        this.file = file;
        this.board = board;
    }

    /// What earlier processes have added, by key.
    Map<String, Added> read() {
        Map<String, Added> added = new HashMap<>();
        try {
            if (file != null) {
                Json.object(Files.readString(file)).forEach((key, value) -> added.put(key, Added.of(value)));
            }
        } catch (NoSuchFileException e) {
            // nothing was added
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.WARNING, "{0} cannot be read: what it says was added will not be removed: {1}", file, e);
        }
        written = Map.copyOf(added);
        return added;
    }

    /// Writes it down, unless that is what the file says. What was removed may wait for a second while there is more
    /// to do: it would be removed once more, which does no harm.
    void keep(Map<String, Added> all, boolean busy) {
        Map<String, Added> added = new HashMap<>(all);
        added.replaceAll((_, each) -> each.in(Added.FORMER)); // rounds are of no use to others
        boolean mayWait = busy && written.entrySet().containsAll(added.entrySet());
        if (file == null || added.equals(written) || mayWait && System.nanoTime() - writtenAt < A_SECOND) {
            return;
        }
        writtenAt = System.nanoTime();
        try {
            if (added.isEmpty()) {
                Files.deleteIfExists(file);
            } else {
                Map<String, Object> json = new TreeMap<>();
                added.forEach((key, each) -> json.put(key, each.json()));
                AtomicFile.replace(file, Json.indented(json), AtomicFile.PRIVATE);
            }
            written = Map.copyOf(added);
            board.clear(Condition.EXTENSION_MEMORY);
        } catch (IOException e) {
            board.raise(Condition.EXTENSION_MEMORY, e.getMessage());
        }
    }
}
