package jflannel.etcd;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import jflannel.etcd.api.Event;
import jflannel.etcd.api.KeyValue;
import jflannel.lease.ConfigException;
import jflannel.lease.NetworkConfig;
import jflannel.status.Board;
import jflannel.status.Condition;

/// Reports each new network configuration that can be read. An unreadable or deleted one raises
/// [Condition#CONFIGURATION_REFUSED], and the network stays as it is.
///
/// Does not log outages; the [LeaseWatch] beside it does.
final class ConfigWatch {
    private final SubnetDirectory directory;
    private final NetworkConfig first;
    private final Consumer<NetworkConfig> listener;
    private final RandomGenerator random;
    private final Board board;
    private NetworkConfig known;
    /// True while the configuration in the store is unusable.
    private boolean unusable;

    private WatchLoop loop;

    /// @param first the current configuration
    ConfigWatch(
            SubnetDirectory directory,
            NetworkConfig first,
            Consumer<NetworkConfig> listener,
            RandomGenerator random,
            Board board) {
        this.directory = directory;
        this.first = first;
        this.known = first;
        this.listener = listener;
        this.random = random;
        this.board = board;
    }

    /// Watches the configuration until [#close].
    void start() {
        loop = new WatchLoop("etcd-config", board, random, this::follow);
    }

    void close() {
        loop.close();
    }

    /// Follows one watch until it ends.
    private void follow() throws IOException, InterruptedException {
        SubnetDirectory.ConfigEntry read = directory.readConfig();
        consider(read.found());
        // not from the key's own revision, which may have been compacted long ago
        try (WatchStream stream = directory.watchConfig(read.revision() + 1)) {
            WatchLoop.forEach(
                    stream,
                    events -> events.forEach(event -> consider(
                            event.getType() == Event.EventType.PUT ? Optional.of(event.getKv()) : Optional.empty())));
        }
    }

    private void consider(Optional<KeyValue> found) {
        String where = "etcd key " + directory.configKey();
        if (found.isEmpty()) {
            refuse(where + " is gone, so this node keeps the old configuration");
            return;
        }
        try {
            take(NetworkConfig.parse(where, found.get().getValue().toStringUtf8()));
        } catch (ConfigException e) {
            refuse("the new network configuration cannot be used, so this node keeps the old one: " + e.getMessage());
        }
    }

    private void refuse(String why) {
        unusable = true;
        board.raise(Condition.CONFIGURATION_REFUSED, why);
    }

    /// Reports even a known configuration if the node may have refused it, so that the refusal shows again.
    private void take(NetworkConfig now) {
        boolean isNews = !isSame(now, known) || unusable && !isSame(now, first);
        if (unusable) {
            unusable = false;
            board.clear(Condition.CONFIGURATION_REFUSED);
        }
        known = now;
        if (isNews) {
            listener.accept(now);
        }
    }

    private static boolean isSame(NetworkConfig one, NetworkConfig other) {
        return one.source().text().equals(other.source().text());
    }
}
