package jflannel.control;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import jflannel.lease.ConfigException;
import jflannel.lease.NetworkConfig;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.Worker;

/// Notices when a network configuration that is a file has changed: unlike an etcd key, a file does not notify. It
/// has a thread of its own, because a disk may hang.
final class ConfigFileWatch implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofSeconds(2);

    private final Callable<NetworkConfig> read;
    private final Board board;
    private final Consumer<NetworkConfig> changed;
    private final Worker worker;
    private String known;

    /// @param known the text of the configuration in use
    /// @param read reads the file; throws a [ConfigException] if it cannot be used
    /// @param changed gets each configuration that differs from the one before
    ConfigFileWatch(String known, Callable<NetworkConfig> read, Board board, Consumer<NetworkConfig> changed) {
        this.known = known;
        this.read = read;
        this.board = board;
        this.changed = changed;
        this.worker = Worker.start("network-config", board, this::look);
    }

    private void look() throws Exception {
        Thread.sleep(PERIOD);
        try {
            NetworkConfig now = read.call();
            if (!now.source().text().equals(known)) {
                known = now.source().text();
                changed.accept(now);
            }
        } catch (ConfigException | IOException e) {
            board.raise(
                    Condition.CONFIGURATION_REFUSED,
                    "file",
                    "the new network configuration cannot be used, so this node keeps the old one: " + e.getMessage());
            return;
        }
        board.clear(Condition.CONFIGURATION_REFUSED, "file");
    }

    @Override
    public void close() {
        worker.close();
    }
}
