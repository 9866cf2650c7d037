package jflannel.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import jflannel.json.Json;
import jflannel.lease.FileFault;
import jflannel.linux.AtomicFile;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.NodeStatus;
import jflannel.work.Keeper;

/// `status.json` beside subnet.env: the node's status, for programs and for anyone who waits for subnet.env. The CNI
/// plugin quotes it when a pod cannot start.
///
/// ```json
/// {"state":"waiting-for-lease","since":"2026-01-31T12:00:00Z","cause":"lease: etcd does not answer",
///  "conditions":[{"code":"no-lease","severity":"no-network","detail":"etcd does not answer",
///                 "remedy":"…","since":"2026-01-31T12:00:00Z"}],
///  "node":{"lease":"","backend":"","underlay":"","mtu":0,"peers":0,"failed":0,"held":0},
///  "flags":["--etcd-endpoints=https://192.0.2.9:2379"]}
/// ```
///
/// Everyone may read it. A thread of its own writes it, because a disk may hang. A status that cannot be written is
/// no reason to fail, but a [Condition#STATUS_FILE_FAILING].
public final class StatusFile implements Board.Listener, AutoCloseable {
    private static final Duration AT_REST = Duration.ofDays(1);
    /// How often to show that the daemon lives.
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(10);

    private static final Duration LAST_WORD = Duration.ofSeconds(1);

    private final Path path;
    private final List<String> flags;
    private final StatusJson json;
    private final Keeper<String> keeper;
    private final Board board;
    private String written;

    /// @param path of the file
    /// @param flags of the daemon, without secrets
    /// @param board reports a failing writer, and a file that cannot be written
    public StatusFile(Path path, List<String> flags, Board board) {
        this(path, flags, board, InstantSource.system());
    }

    StatusFile(Path path, List<String> flags, Board board, InstantSource clock) {
        this.path = path.toAbsolutePath();
        this.flags = flags;
        this.json = new StatusJson(clock);
        this.board = board;
        this.keeper = new Keeper<>("status-file", board, this::write);
    }

    @Override
    public void changed(NodeStatus now) {
        Map<String, Object> fields = json.of(now);
        fields.put("flags", flags);
        keeper.keep(Json.compact(fields) + "\n");
    }

    /// Touches the file, by whose age readers see that the daemon lives.
    @Override
    public void alive() {
        keeper.touch(SIGN_OF_LIFE);
    }

    private Duration write(String text) {
        try {
            if (!touched(text)) {
                AtomicFile.replace(path, text, AtomicFile.PUBLIC);
                written = text;
            }
            board.clear(Condition.STATUS_FILE_FAILING);
        } catch (IOException e) {
            board.raise(
                    Condition.STATUS_FILE_FAILING,
                    "%s cannot be written, so the CNI plugin cannot say what is missing: %s"
                            .formatted(path, FileFault.words(e)));
        }
        return AT_REST;
    }

    private boolean touched(String text) throws IOException {
        if (!text.equals(written)) {
            return false;
        }
        try {
            Files.setLastModifiedTime(path, FileTime.from(Instant.now()));
            return true;
        } catch (NoSuchFileException e) {
            return false; // somebody has removed it
        }
    }

    /// Writes the last word, but waits no longer than a second for the disk.
    @Override
    public void close() {
        try {
            keeper.settle(LAST_WORD);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        keeper.close();
    }
}
