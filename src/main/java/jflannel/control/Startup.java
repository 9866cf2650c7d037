package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import jflannel.ip.Cidr;
import jflannel.lease.Announcement;
import jflannel.lease.ConfigException;
import jflannel.lease.LastKnown;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.NotYetException;
import jflannel.lease.SubnetFile;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Phase;
import jflannel.work.LastMessage;

/// Gets a node's first overlay and lease: from the store, or from memory if the store does not answer soon. Memory
/// is used until the store answers, and then corrected.
final class Startup {
    private static final Logger LOG = System.getLogger(Startup.class.getName());
    /// How long to wait for the store's first answer if the node remembers something.
    private static final Duration IMPATIENCE = Duration.ofSeconds(1);
    /// How long to wait for a lease; listing the leases of a large cluster takes a while.
    private static final Duration LEASE_IMPATIENCE = Duration.ofSeconds(3);

    /// Time between two checks for an interface that does not exist yet.
    private static final Duration RETRY = Duration.ofMillis(300);
    /// Time between two checks whether another daemon has ended, or the configuration has changed.
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
    /// Time between two requests for a subnet where none was left.
    private static final Duration BETWEEN_REQUESTS = Duration.ofSeconds(5);
    /// What may keep this node from making its overlay, one at a time.
    private static final List<Condition> OBSTACLES =
            List.of(Condition.UNDERLAY_MISSING, Condition.OTHER_DAEMON, Condition.CONFIGURATION_REFUSED);

    private final StoreLink link;
    private final Overlays overlays;
    private final Board board;
    private final JitChoice jit;
    private final SubnetFile subnetFile;
    private final LastMessage unusable = new LastMessage();
    private final LastMessage way = new LastMessage();

    /// @param subnetFile shows which subnets this node had before, if nothing else does
    Startup(StoreLink link, Overlays overlays, Board board, JitChoice jit, SubnetFile subnetFile) {
        this.link = link;
        this.overlays = overlays;
        this.board = board;
        this.jit = jit;
        this.subnetFile = subnetFile;
    }

    /// What the node starts with.
    ///
    /// @param fromMemory true if the store has not confirmed it
    record Initial(Overlay overlay, Lease own, boolean fromMemory) {}

    /// @param remembered from an earlier run with the same store
    /// @throws ConfigException if this node cannot follow the configuration
    Initial begin(Optional<LastKnown> remembered) throws IOException, InterruptedException {
        Future<StoreLink.Terms> asked = link.terms();
        while (remembered.isPresent() && !StoreLink.isAnswered(asked, IMPATIENCE)) {
            Optional<Overlay> overlay = fromMemory(remembered.get());
            if (overlay.isPresent()) {
                asked.cancel(true);
                return fromMemory(overlay.get(), remembered.get(), "the store does not answer");
            }
        }
        while (true) {
            Overlay overlay = overlay(StoreLink.answer(asked), remembered);
            try {
                return lease(overlay, remembered);
            } catch (NotYetException e) {
                board.raise(Condition.NO_LEASE, e.getMessage());
                Thread.sleep(BETWEEN_REQUESTS);
                asked = link.terms(); // the configuration may have changed, and what this host has
            }
        }
    }

    /// Waits for an interface, an address, a route or a kernel module that comes later than this daemon, and for
    /// another daemon that has what this one needs.
    private Overlay overlay(StoreLink.Terms answer, Optional<LastKnown> remembered)
            throws IOException, InterruptedException {
        board.enter(Phase.WAITING_FOR_INTERFACE);
        StoreLink.Terms terms = answer;
        Optional<Announcement> before =
                terms.before().or(() -> remembered.map(last -> last.own().announced()));
        while (true) {
            jit.suit(terms.network(), remembered.map(LastKnown::peers).orElse(List.of()));
            overlays.commands().await(terms.network());
            try {
                Overlay overlay = overlays.make(terms.network(), terms.publicIps(), before);
                OBSTACLES.forEach(board::clear);
                logWay(overlay.underlay().words());
                return overlay;
            } catch (UnderlayMissingException e) {
                show(Condition.UNDERLAY_MISSING, e);
                Thread.sleep(RETRY);
            } catch (OtherDaemonException e) {
                show(Condition.OTHER_DAEMON, e);
                Thread.sleep(BETWEEN_LOOKS);
                terms = asOfNow(terms);
            } catch (NotYetException e) {
                show(Condition.CONFIGURATION_REFUSED, e);
                Thread.sleep(BETWEEN_LOOKS);
                terms = asOfNow(terms);
            }
        }
    }

    private void show(Condition obstacle, Exception reason) {
        OBSTACLES.stream().filter(other -> other != obstacle).forEach(board::clear);
        board.raise(obstacle, reason.getMessage());
    }

    /// The same with the configuration as it is now, if that can be read: another one may be the way out.
    private StoreLink.Terms asOfNow(StoreLink.Terms terms) {
        try {
            return new StoreLink.Terms(link.networkConfig(), terms.publicIps(), terms.before());
        } catch (IOException | ConfigException e) {
            LOG.log(Level.DEBUG, "the configuration cannot be read again", e);
            return terms;
        }
    }

    /// Operators' scripts look for these words.
    private void logWay(String words) {
        if (way.changesTo(words)) {
            LOG.log(Level.INFO, "the way to other nodes: " + words);
        }
    }

    private Initial lease(Overlay overlay, Optional<LastKnown> remembered) throws IOException, InterruptedException {
        List<Cidr> previous = remembered.map(last -> last.own().cidrs()).orElseGet(subnetFile::previousSubnets);
        overlays.lookAround(overlay.network(), previous);
        String host = HostIdentity.of(overlay.external().values());
        remembered.filter(last -> last.isOf(host)).ifPresent(last -> link.formerly(last.own(), last.receipt()));
        Future<Lease> asked = link.lease(overlay.network(), overlay.announcement(), previous);
        if (remembered.filter(last -> suits(last, overlay)).isPresent()
                && !StoreLink.isAnswered(asked, LEASE_IMPATIENCE)) {
            asked.cancel(true);
            return fromMemory(overlay, remembered.get(), "the store gives no lease");
        }
        Lease own = StoreLink.answer(asked);
        if (!previous.isEmpty() && !previous.equals(own.cidrs())) {
            LOG.log(Level.WARNING, SubnetMove.words(previous, own.cidrs()));
        }
        return new Initial(overlay, own, false);
    }

    private static boolean suits(LastKnown last, Overlay overlay) {
        return last.suits(overlay.network(), overlay.announcement());
    }

    private Initial fromMemory(Overlay overlay, LastKnown last, String why) {
        int others = last.peers().size() + last.held().size();
        board.raise(
                Condition.FROM_MEMORY,
                "%s; this node continues with what it remembers: its lease of %s and %d other nodes"
                        .formatted(why, last.own().words(), others));
        return new Initial(overlay, last.own(), true);
    }

    /// The remembered overlay, if this node still has the same address.
    private Optional<Overlay> fromMemory(LastKnown last) throws InterruptedException {
        NetworkConfig network = last.network();
        jit.suit(network, last.peers());
        try {
            Overlay overlay = overlays.make(
                    network, last.publicIps(), Optional.of(last.own().announced()));
            if (suits(last, overlay)) {
                return Optional.of(overlay);
            }
            logUnusable("this node had " + last.own().words() + " at "
                    + last.own().announced().publicIps().values() + ", and is at "
                    + overlay.underlay().publicIps().values());
        } catch (IOException | RuntimeException e) {
            logUnusable(String.valueOf(e.getMessage()));
        }
        return Optional.empty();
    }

    private void logUnusable(String why) {
        if (unusable.changesTo(why)) {
            LOG.log(Level.WARNING, "the store does not answer, and the remembered state is unusable: " + why);
        }
    }
}
