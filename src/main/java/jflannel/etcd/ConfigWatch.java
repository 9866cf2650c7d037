package jflannel.etcd;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import jflannel.etcd.api.Event;
import jflannel.etcd.api.KeyValue;
import jflannel.etcd.api.WatchResponse;
import jflannel.lease.ConfigException;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Outage;

/// Tells when the administrator changes the network configuration to another one that can be read. One that cannot, or
/// none at all, is logged and otherwise passed over: the network goes on as it is.
///
/// Outages are not logged here, as the [LeaseWatch] beside it does.
final class ConfigWatch implements Runnable {
    private static final System.Logger LOG = System.getLogger(ConfigWatch.class.getName());
    private static final Duration IDLE = Duration.ofHours(1);

    private final SubnetDirectory directory;
    private final Consumer<NetworkConfig> listener;
    private final RandomGenerator random;
    private NetworkConfig known;
    private String told = "";
    private volatile boolean closed;

    /// @param known what the network is now
    ConfigWatch(
            SubnetDirectory directory, NetworkConfig known, Consumer<NetworkConfig> listener, RandomGenerator random) {
        this.directory = directory;
        this.known = known;
        this.listener = listener;
        this.random = random;
    }

    @Override
    public void run() {
        int failures = 0;
        while (!closed) {
            long began = System.nanoTime();
            try {
                try {
                    follow();
                } catch (IOException | RuntimeException e) {
                    LOG.log(System.Logger.Level.DEBUG, "the configuration is not watched for a moment", e);
                }
                boolean lasted =
                        System.nanoTime() - began > Duration.ofSeconds(10).toNanos();
                failures = lasted ? 0 : failures + 1;
                Thread.sleep(Outage.pause(failures, random));
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /// Makes [#run] end; its thread must be interrupted too.
    void close() {
        closed = true;
    }

    private void follow() throws IOException, InterruptedException {
        SubnetDirectory.ConfigEntry read = directory.readConfig();
        consider(read.found());
        // not from the key's own revision on, which may have been compacted long ago
        try (WatchStream stream = directory.watchConfig(read.revision() + 1)) {
            while (!closed) {
                Optional<WatchResponse> response = stream.read(IDLE);
                if (response.isEmpty()) {
                    continue;
                }
                if (response.get().getCanceled() || response.get().getCompactRevision() != 0) {
                    return;
                }
                for (Event event : response.get().getEventsList()) {
                    consider(event.getType() == Event.EventType.PUT ? Optional.of(event.getKv()) : Optional.empty());
                }
            }
        }
    }

    private void consider(Optional<KeyValue> found) {
        String where = "etcd key " + directory.configKey();
        if (found.isEmpty()) {
            tell(where + " is gone; going on with what it was");
            return;
        }
        try {
            NetworkConfig now =
                    NetworkConfig.parse(where, found.get().getValue().toStringUtf8());
            told = "";
            if (!now.source().text().equals(known.source().text())) {
                known = now;
                listener.accept(now);
            }
        } catch (ConfigException e) {
            tell("the new network configuration cannot be used, so the network goes on with the old one: "
                    + e.getMessage());
        }
    }

    private void tell(String words) {
        if (!words.equals(told)) {
            told = words;
            LOG.log(System.Logger.Level.ERROR, words);
        }
    }
}
