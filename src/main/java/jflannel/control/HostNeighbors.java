package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.underlay.PinnedNeighbor;
import jflannel.underlay.Underlay;
import jflannel.work.Keeper;

/// Shows which permanent neighbor entries keep packets from other nodes' hosts. Has a thread only where such entries
/// are, because it has to ask those hosts. For the control thread.
final class HostNeighbors implements AutoCloseable {
    private static final Logger LOG = System.getLogger(HostNeighbors.class.getName());
    /// Nobody reports that a host has another network card.
    private static final Duration RIGHT = Duration.ofMinutes(5);

    private static final Duration WRONG = Duration.ofSeconds(10);

    private final Board board;
    private Keeper<List<PinnedNeighbor>> keeper;

    HostNeighbors(Board board) {
        this.board = board;
    }

    /// @param hosts the public addresses of other nodes
    void look(Kernel kernel, Underlay underlay, Collection<Ip> hosts) throws IOException {
        List<PinnedNeighbor> pinned = PinnedNeighbor.among(kernel, underlay, hosts);
        if (keeper == null && pinned.isEmpty()) {
            return;
        }
        if (keeper == null) {
            keeper = new Keeper<>("neighbors", board, this::ask);
        }
        keeper.keep(pinned);
    }

    private Duration ask(List<PinnedNeighbor> pinned) {
        Optional<PinnedNeighbor.Wrong> wrong =
                pinned.stream().flatMap(it -> fault(it).stream()).findFirst();
        board.set(
                Condition.NEIGHBOR_WRONG,
                wrong.map(it -> it.words() + ". Do: " + it.remedy()).orElse(""));
        return wrong.isPresent() ? WRONG : RIGHT;
    }

    private static Optional<PinnedNeighbor.Wrong> fault(PinnedNeighbor pinned) {
        try {
            return pinned.fault();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "nothing is known of " + pinned, e); // without CAP_NET_RAW, or without the device
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        if (keeper != null) {
            keeper.close();
        }
    }
}
