package jflannel.control;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.backend.ExtensionData;
import jflannel.extension.CommandKeeper;
import jflannel.extension.PreStartup;
import jflannel.extension.Wanted;
import jflannel.ip.Family;
import jflannel.lease.Announcement;
import jflannel.lease.BackendType;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.NotYetException;
import jflannel.status.Board;

/// The commands of the backend `extension`, for overlays that have it, and for what they added before another one came.
/// Nothing is made before it is needed. For the control thread.
final class ExtensionCommands implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Path memory;
    private final Board board;
    private final Runnable started;
    private final Runnable announced;
    private PreStartup preStartup;
    private CommandKeeper keeper;
    private boolean looked;

    /// @param memory file for what was added; null for none
    /// @param announced called when there is something to announce
    /// @param started called when the node is ready for pods
    ExtensionCommands(Path memory, Board board, Runnable announced, Runnable started) {
        this.memory = memory;
        this.board = board;
        this.announced = announced;
        this.started = started;
    }

    /// Waits a while for what [#before] needs. Only before the control loop runs.
    void await(NetworkConfig network) throws InterruptedException {
        if (network.type() == BackendType.EXTENSION) {
            try {
                preStartup().output(network);
            } catch (NotYetException e) {
                preStartup().await(PATIENCE);
            }
        }
    }

    /// What this node announced before; with this backend, what it is about to announce.
    ///
    /// @throws NotYetException until the command that prints it has succeeded
    Optional<Announcement> before(NetworkConfig network, Optional<Announcement> otherwise) {
        if (network.type() != BackendType.EXTENSION) {
            closePreStartup();
            return otherwise;
        }
        String output = preStartup().output(network);
        Map<Family, String> data = new EnumMap<>(Family.class);
        network.pools().keySet().forEach(family -> data.put(family, ExtensionData.format(output)));
        return Optional.of(new Announcement(Map.of(), network.type().title(), data));
    }

    private PreStartup preStartup() {
        if (preStartup == null) {
            preStartup = new PreStartup(System.getenv(), board, announced);
        }
        return preStartup;
    }

    private void closePreStartup() {
        if (preStartup != null) {
            preStartup.close();
            preStartup = null;
        }
    }

    /// From now on the commands should have brought this about.
    ///
    /// @param ignored keys of leases that cannot be used
    /// @return true if pods may start
    boolean keep(NetworkConfig network, Lease own, Collection<Lease> peers, Set<Object> ignored, boolean complete) {
        if (keeper == null && !isNeeded(network)) {
            return true;
        }
        if (keeper == null) {
            keeper = new CommandKeeper(memory, System.getenv(), board, started);
        }
        return keeper.keep(Wanted.of(
                network,
                own,
                peers.stream().filter(lease -> !isAmong(ignored, lease)).toList(),
                complete));
    }

    /// What the commands made may be gone.
    void repeat() {
        if (keeper != null) {
            keeper.repeat();
        }
    }

    private boolean isNeeded(NetworkConfig network) {
        boolean first = !looked;
        looked = true;
        return network.type() == BackendType.EXTENSION || first && memory != null && Files.exists(memory);
    }

    private static boolean isAmong(Set<Object> ignored, Lease lease) {
        return ignored.contains(lease.key()) || lease.cidrs().stream().anyMatch(ignored::contains);
    }

    @Override
    public void close() {
        closePreStartup();
        if (keeper != null) {
            keeper.close();
        }
    }
}
