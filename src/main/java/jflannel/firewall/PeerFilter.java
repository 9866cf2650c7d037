package jflannel.firewall;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Ip;
import jflannel.kernel.NftablesCounters;
import jflannel.linux.Command;
import jflannel.linux.KernelException;
import jflannel.names.Names;

/// Accepts tunnel packets only from other nodes, in an nftables table of its own. Without it, the kernel's vxlan
/// device takes packets from anybody, with whatever inner source address a stranger writes into them.
///
/// ```
/// eth0 ── input: from a node's public address? ── vxlan device ── prerouting: can that pod be there? ── …
/// pod  ── forward: a tunnel packet, to a node? ── …
/// ```
///
/// A peer that joins or leaves costs one small transaction. When [RuleKeeper] asks for it, the whole table is
/// checked and, if it is wrong, replaced, again in one transaction.
public final class PeerFilter implements RuleSet<DesiredPeerFilter> {
    private static final System.Logger LOG = System.getLogger(PeerFilter.class.getName());

    /// Minimum time between warnings about dropped packets, because their sender decides how many there are.
    private static final Duration BETWEEN_HINTS = Duration.ofMinutes(10);

    private static final Program NFT = new Program("nft", "nftables");

    private final Names names;
    private final PeerFilterText text;
    private final KnownListings listings = new KnownListings("nft");
    /// The names of a filter to remove once this one is in place.
    private Optional<Names> former;
    /// What was applied last; null if unknown, or if applying failed.
    private DesiredPeerFilter last;
    /// The kernel can look up the route to an address (nft's fib); true until it refuses.
    private boolean hasFib = true;
    private Map<String, Long> reported = Map.of();
    private long nextHint = System.nanoTime();

    PeerFilter(Names names) {
        this(names, Optional.empty());
    }

    /// @param former names under which this network had a filter before
    PeerFilter(Names names, Optional<Names> former) {
        this.names = names;
        this.text = new PeerFilterText(names);
        this.former = former;
    }

    @Override
    public boolean converge(DesiredPeerFilter wanted) throws IOException {
        DesiredPeerFilter before = last;
        last = null; // until everything is done
        boolean changed = switch (wanted) {
            case DesiredPeerFilter.Absence absence ->
                switch (absence) {
                    case UNKNOWN -> false;
                    case UNWANTED -> !absence.equals(before) && remove();
                };
            case PeerFilterConfig config -> keep(before, config);
        };
        if (wanted != DesiredPeerFilter.UNKNOWN && former.isPresent()) {
            changed |= new PeerFilter(former.get()).remove();
            former = Optional.empty();
        }
        last = wanted;
        return changed;
    }

    private boolean keep(DesiredPeerFilter before, PeerFilterConfig wanted) throws IOException {
        return before instanceof PeerFilterConfig config && differInPeers(config, wanted)
                ? !exchange(config.peers(), wanted.peers()) && set(wanted)
                : set(wanted);
    }

    private static boolean differInPeers(PeerFilterConfig before, PeerFilterConfig wanted) {
        return wanted.all()
                && !before.equals(wanted)
                && before.withPeers(wanted.peers()).equals(wanted);
    }

    private boolean set(PeerFilterConfig wanted) throws IOException {
        List<String> written = text.rules(wanted, hasFib);
        PeerFilterText.Listing listed = listed();
        hint(dropped(names));
        Set<Ip> peers = new HashSet<>(wanted.peers());
        if (!wanted.all()) {
            listed.peers().ifPresent(peers::addAll);
        }
        if (listings.same(written, listed.rules()) && listed.peers().equals(Optional.of(peers))) {
            return false;
        }
        write(wanted.withPeers(peers));
        return true;
    }

    /// Admits peers that joined, and drops those that left.
    ///
    /// @return false if the table was not as we left it
    private boolean exchange(Set<Ip> before, Set<Ip> after) throws IOException {
        Set<Ip> joined = new HashSet<>(after);
        joined.removeAll(before);
        Set<Ip> left = new HashSet<>(before);
        left.removeAll(after);
        try {
            Command.runWithInput(text.change(joined, left), NFT.path(), "-f", "-");
            return true;
        } catch (Command.Failed e) {
            LOG.log(DEBUG, "rewriting the table {0}: {1}", PeerFilterText.name(names), e.getMessage());
            return false;
        }
    }

    private void write(PeerFilterConfig wanted) throws IOException {
        try {
            Command.runWithInput(text.transaction(wanted, hasFib), NFT.path(), "-f", "-");
        } catch (Command.Failed e) {
            if (!hasFib) {
                throw e;
            }
            Command.runWithInput(text.transaction(wanted, false), NFT.path(), "-f", "-");
            hasFib = false;
            LOG.log(INFO, "this kernel cannot look up routes in nftables rules (fib): {0}", e.getMessage());
        }
        reported = Map.of();
        if (!listings.confirm(text.rules(wanted, hasFib), listed().rules())) {
            listings.warn(PeerFilterText.name(names));
        }
    }

    /// Warns, because dropped packets may come from nodes that send from another address than they announce.
    private void hint(Map<String, Long> dropped) {
        if (System.nanoTime() - nextHint < 0) {
            return;
        }
        Map<String, Long> before = reported;
        hint(
                before,
                dropped,
                PeerFilterText.STRANGERS,
                "the peer filter has dropped {0} tunnel packets so far whose sender is not the public address of any"
                        + " node. If a node sends from another address than it announces, for example behind NAT,"
                        + " start it with --public-ip, or this one with --peer-filter=off");
        hint(
                before,
                dropped,
                PeerFilterText.ELSEWHERE,
                "the peer filter has dropped {0} tunnel packets so far that arrived at another address of this node, or"
                        + " on an interface that does not lead to their sender. If other nodes reach this one that"
                        + " way, start it with --listen-on-underlay=false");
    }

    private void hint(Map<String, Long> before, Map<String, Long> dropped, String reason, String words) {
        long count = dropped.getOrDefault(reason, 0L);
        if (count > before.getOrDefault(reason, 0L)) {
            nextHint = System.nanoTime() + BETWEEN_HINTS.toNanos();
            LOG.log(WARNING, words, String.valueOf(count));
            reported = dropped;
        }
    }

    /// Removes the filter. Without nft there is none.
    ///
    /// @return true if there was one
    boolean remove() throws IOException {
        if (!exists()) {
            return false;
        }
        Command.runWithInput("delete table %s\n".formatted(PeerFilterText.name(names)), NFT.path(), "-f", "-");
        return true;
    }

    /// True if there is a filter.
    boolean exists() throws IOException {
        try {
            return list().exitCode() == 0;
        } catch (Program.Missing e) {
            return false;
        }
    }

    /// The number of packets dropped since the table was set, by reason: `strangers`, `elsewhere`, `forwarded`,
    /// `spoofed`. Empty if there is no table. Safe to call from any thread; runs no program.
    public static Map<String, Long> dropped(Names names) {
        try {
            return NftablesCounters.packets(names.peerFilterTable());
        } catch (KernelException e) {
            LOG.log(DEBUG, "cannot read the counters of the peer filter: {0}", e.getMessage());
            return Map.of();
        }
    }

    /// If nft fails for another reason than a missing table, writing will fail too and report it.
    private PeerFilterText.Listing listed() throws IOException {
        Command.Result result = list();
        return PeerFilterText.parse(result.exitCode() == 0 ? result.output() : "");
    }

    private Command.Result list() throws IOException {
        return Command.attempt("", NFT.path(), "list", "table", "inet", names.peerFilterTable());
    }

    @Override
    public Set<String> tables() {
        return Set.of(names.peerFilterTable());
    }

    @Override
    public boolean reported() {
        return true;
    }

    @Override
    public String words() {
        return "peer filter";
    }
}
