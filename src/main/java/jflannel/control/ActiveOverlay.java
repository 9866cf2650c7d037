package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.Backoff;

/// Holds the current overlay, and replaces it when the configuration or the interface to the other nodes changes. A
/// successor is built completely, and its devices are proved to work, before the current overlay is given up. One
/// that this node cannot use is refused, with a condition. Used only on the control thread.
final class ActiveOverlay {
    private static final Logger LOG = System.getLogger(ActiveOverlay.class.getName());
    /// How long a peer may be without the kernel's path until this process settles for carrying its packets.
    private static final Duration NOTICE = Duration.ofSeconds(8);

    private static final Duration FIRST_RETRY = Duration.ofSeconds(10);
    private static final Duration LONGEST_RETRY = Duration.ofMinutes(10);

    private final Overlays overlays;
    private final UnderlayWatch underlay;
    private final Node node;
    private final StoreLink link;
    private final JitChoice jit;
    private final Board board;
    private final Backoff retries = new Backoff(FIRST_RETRY, LONGEST_RETRY);
    /// Since when there are packets that the kernel does not carry.
    private OptionalLong leftWithPackets = OptionalLong.empty();

    private Overlay current;
    private Lease own;
    /// A successor that waits for a lease in the new network.
    private Optional<Overlay> waiting = Optional.empty();
    /// The configuration that was refused.
    private Optional<NetworkConfig> refused = Optional.empty();

    private long nextRetry;

    ActiveOverlay(
            Overlays overlays,
            UnderlayWatch underlay,
            Node node,
            StoreLink link,
            JitChoice jit,
            Board board,
            Overlay first,
            Lease own) {
        this.overlays = overlays;
        this.underlay = underlay;
        this.node = node;
        this.link = link;
        this.jit = jit;
        this.board = board;
        this.current = first;
        this.own = own;
    }

    Overlay current() {
        return current;
    }

    /// This node's lease.
    Lease own() {
        return own;
    }

    /// The administrator changed the network configuration.
    void reconfigured(NetworkConfig network) throws InterruptedException {
        network.doubts().forEach(doubt -> LOG.log(Level.WARNING, doubt));
        waiting = Optional.empty();
        refused = Optional.empty();
        retries.reset();
        if (isSame(network, current.network())) {
            board.clear(Condition.CONFIGURATION_REFUSED);
            link.renew(current.network(), current.announcement(), own);
            return; // changed and changed back
        }
        follow(network);
    }

    private static boolean isSame(NetworkConfig one, NetworkConfig other) {
        return one.source().text().equals(other.source().text());
    }

    private void follow(NetworkConfig network) throws InterruptedException {
        try {
            Overlay successor = overlays.make(network, current.publicIps(), Optional.of(own.announced()));
            overlays.lookAround(network, own.cidrs()); // may fail, so it comes first
            if (successor.couldHold(own)) {
                replaceBy(successor, own, "the network configuration was changed");
            } else {
                LOG.log(Level.INFO, "the network configuration was changed, asking for a lease in the new network");
                waiting = Optional.of(successor);
            }
            link.renew(network, successor.announcement(), own);
            board.clear(Condition.CONFIGURATION_REFUSED);
        } catch (ConfigException | IOException e) {
            refuse(network, e);
        }
    }

    private void refuse(NetworkConfig network, Exception e) {
        refused = Optional.of(network);
        nextRetry = System.nanoTime() + retries.next().toNanos();
        board.raise(
                Condition.CONFIGURATION_REFUSED,
                "this node cannot use the new network configuration, and keeps the old one: " + e.getMessage());
    }

    /// A pass has found who carries the packets. A peer that just starts may be about to announce that it takes the
    /// kernel's; what this host's kernel lacks, it does not get. A node that is not ready might lack, after a
    /// restart, what it holds now: such as one whose interface is gone.
    void passed() throws InterruptedException {
        if (!node.hasPacketsForDaemon() || !board.status().isReady()) {
            leftWithPackets = OptionalLong.empty();
            return;
        }
        long now = System.nanoTime();
        if (leftWithPackets.isEmpty()) {
            leftWithPackets = OptionalLong.of(now);
        }
        if (!node.kernelCarriesPackets() || now - leftWithPackets.getAsLong() > NOTICE.toNanos()) {
            jit.carryPackets();
        }
    }

    /// Checks whether another interface leads to the other nodes now, or a refused configuration has become
    /// possible.
    void look() throws InterruptedException {
        followInterface();
        if (refused.isPresent() && System.nanoTime() - nextRetry >= 0) {
            NetworkConfig again = refused.get();
            refused = Optional.empty();
            follow(again);
        }
    }

    /// A refused configuration may have become possible.
    void retry() throws InterruptedException {
        nextRetry = System.nanoTime();
        look();
    }

    private void followInterface() {
        try {
            if (underlay.hasMoved(current)) {
                Overlay successor = overlays.make(current.network(), current.publicIps(), Optional.of(own.announced()));
                Lease former = own; // its key in the store has the old address
                replaceBy(
                        successor,
                        own,
                        "the way to other nodes changed to "
                                + successor.underlay().words());
                link.renew(current.network(), current.announcement(), former);
            } else if (!board.isRaised(Condition.UNDERLAY_MISSING)) {
                current = overlays.onInterfaceOfNow(current);
            }
        } catch (ConfigException | IOException e) {
            board.raise(Condition.UNDERLAY_MISSING, e.getMessage());
        }
    }

    /// This node has another WireGuard key. First its devices get it: from then on they still receive what peers send
    /// by their sessions, and hold back what they have for a peer until it has heard of the key, which is published
    /// right after. The other way round, peers would drop what this node sends meanwhile.
    void rekeyed() throws InterruptedException {
        try {
            Overlay successor = overlays.make(current.network(), current.publicIps(), Optional.of(own.announced()));
            replaceBy(successor, own, "this node has another WireGuard key");
        } catch (ConfigException | IOException e) {
            board.raise(Condition.UNDERLAY_MISSING, e.getMessage()); // it was made when the interfaces were there
        }
        link.renew(current.network(), current.backend().announcement(), own);
    }

    /// The store has granted this node a lease, perhaps the one that a successor waits for.
    ///
    /// @return the lease to use
    Lease enrolled(Lease lease) {
        if (board.isRaised(Condition.FROM_MEMORY)) {
            board.clear(Condition.FROM_MEMORY);
            LOG.log(
                    lease.cidrs().equals(own.cidrs()) ? Level.INFO : Level.WARNING,
                    lease.cidrs().equals(own.cidrs())
                            ? "the store answers, and this node still leases " + own.words()
                            : "the store answers, but " + own.words() + " was given to another node meanwhile");
        }
        if (waiting.isPresent()) {
            Overlay successor = waiting.get();
            waiting = Optional.empty();
            try {
                replaceBy(successor, lease, "this node has a lease in the new network");
            } catch (IOException e) {
                refuse(successor.network(), e);
                return own;
            }
        }
        return lease;
    }

    /// This node has other subnets now, or announces them differently.
    void moved(Lease lease) {
        if (!lease.cidrs().equals(own.cidrs())) {
            LOG.log(Level.WARNING, SubnetMove.words(own.cidrs(), lease.cidrs()));
        }
        own = lease;
    }

    private void replaceBy(Overlay successor, Lease lease, String why) throws IOException {
        Lease announced = new Lease(lease.cidrs(), successor.announcement());
        node.prove(successor, announced, current.footprint());
        LOG.log(Level.INFO, why);
        current = successor;
        own = lease.cidrs().equals(own.cidrs()) ? announced : own;
    }
}
