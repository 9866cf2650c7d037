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

/// Lets tunnel packets in only from other nodes, in an nftables table of its own. The kernel's vxlan device takes them
/// from anybody, and with them whatever source address a stranger cares to write into them.
///
/// ```
/// eth0 ── input: from a node's public address? ── vxlan device ── prerouting: can that pod be there? ── …
/// pod  ── forward: a tunnel packet, to a node? ── …
/// ```
///
/// A peer that joins or leaves is one small transaction. The whole table is looked at when [Upkeep] says so, and
/// replaced, in one transaction too, if it is not what it should be.
public final class PeerFilter implements RuleSet<Optional<PeerFilterConfig>> {
    private static final System.Logger LOG = System.getLogger(PeerFilter.class.getName());

    /// Between two warnings about dropped packets: whoever sends them decides how many there are.
    private static final Duration BETWEEN_HINTS = Duration.ofMinutes(10);

    private static final Program NFT = new Program("nft", "nftables");

    private final Wording wording = new Wording();
    /// What was wanted last; null if that is unknown, or was not done.
    private Optional<PeerFilterConfig> last;
    /// The kernel tells by which way an address is reached; true until it is found not to.
    private boolean knowsWays = true;
    private Map<String, Long> toldOf = Map.of();
    private long nextHint = System.nanoTime();

    /// @param wanted empty for no filter: then one that an earlier run made is removed
    @Override
    public boolean converge(Optional<PeerFilterConfig> wanted) throws IOException {
        Optional<PeerFilterConfig> before = last;
        last = null; // until all is done
        boolean changed;
        if (wanted.isEmpty()) {
            changed = !wanted.equals(before) && remove();
        } else if (before != null && before.isPresent() && differInPeers(before.get(), wanted.get())) {
            changed = !exchange(before.get().peers(), wanted.get().peers()) && set(wanted.get());
        } else {
            changed = set(wanted.get());
        }
        last = wanted;
        return changed;
    }

    private static boolean differInPeers(PeerFilterConfig before, PeerFilterConfig wanted) {
        return wanted.all()
                && !before.equals(wanted)
                && before.withPeers(wanted.peers()).equals(wanted);
    }

    private boolean set(PeerFilterConfig wanted) throws IOException {
        List<String> told = PeerFilterText.rules(wanted, knowsWays);
        PeerFilterText.Listing listed = listed();
        hint(dropped());
        Set<Ip> peers = new HashSet<>(wanted.peers());
        if (!wanted.all()) {
            listed.peers().ifPresent(peers::addAll);
        }
        if (wording.same(told, listed.rules()) && listed.peers().equals(Optional.of(peers))) {
            return false;
        }
        write(wanted.withPeers(peers));
        return true;
    }

    /// Lets those in who joined, and those not who left.
    ///
    /// @return false if the table is not what it was
    private boolean exchange(Set<Ip> before, Set<Ip> after) throws IOException {
        Set<Ip> joined = new HashSet<>(after);
        joined.removeAll(before);
        Set<Ip> left = new HashSet<>(before);
        left.removeAll(after);
        try {
            Command.runWithInput(PeerFilterText.change(joined, left), NFT.path(), "-f", "-");
            return true;
        } catch (Command.Failed e) {
            LOG.log(DEBUG, "the table {0} is set anew: {1}", PeerFilterText.NAME, e.getMessage());
            return false;
        }
    }

    private void write(PeerFilterConfig wanted) throws IOException {
        try {
            Command.runWithInput(PeerFilterText.transaction(wanted, knowsWays), NFT.path(), "-f", "-");
        } catch (Command.Failed e) {
            if (!knowsWays) {
                throw e;
            }
            Command.runWithInput(PeerFilterText.transaction(wanted, false), NFT.path(), "-f", "-");
            knowsWays = false;
            LOG.log(INFO, "this kernel cannot tell by which way an address is reached (fib): {0}", e.getMessage());
        }
        toldOf = Map.of();
        List<String> told = PeerFilterText.rules(wanted, knowsWays);
        List<String> listed = listed().rules();
        if (wording.learn(told, listed)) {
            LOG.log(INFO, "nft words our rules in its own way: {0}", listed);
        } else if (!wording.same(told, listed)) {
            LOG.log(WARNING, "somebody else changed the table {0} just after it was set", PeerFilterText.NAME);
        }
    }

    /// Those who are kept out may be nodes whose packets come from another address than they announce.
    private void hint(Map<String, Long> dropped) {
        long strangers = dropped.getOrDefault(PeerFilterText.STRANGERS, 0L);
        if (strangers > toldOf.getOrDefault(PeerFilterText.STRANGERS, 0L) && System.nanoTime() >= nextHint) {
            nextHint = System.nanoTime() + BETWEEN_HINTS.toNanos();
            LOG.log(
                    WARNING,
                    "the peer filter has dropped {0} tunnel packets so far that came from no node''s public address. If"
                            + " a node''s packets reach this one from another address than it announces, as behind NAT,"
                            + " let it announce that one (--public-ip), or give --peer-filter=off here",
                    String.valueOf(strangers));
            toldOf = dropped;
        }
    }

    /// Removes the filter. A node without nft has none.
    ///
    /// @return true if there was one
    static boolean remove() throws IOException {
        try {
            if (list().exitCode() == 0) {
                Command.runWithInput("delete table %s\n".formatted(PeerFilterText.NAME), NFT.path(), "-f", "-");
                return true;
            }
        } catch (Program.Missing e) {
            LOG.log(DEBUG, "no peer filter to remove: {0}", e.getMessage());
        }
        return false;
    }

    /// How many packets were dropped since the table was set, by the reason: `strangers`, `forwarded`, `spoofed`. Empty
    /// if there is no table. Any thread may ask; no program is run for it.
    public static Map<String, Long> dropped() {
        try {
            return NftablesCounters.packets(PeerFilterText.TABLE);
        } catch (KernelException e) {
            LOG.log(DEBUG, "cannot read the counters of the peer filter: {0}", e.getMessage());
            return Map.of();
        }
    }

    /// If nft fails for another reason than that there is no table, writing will fail too and say so.
    private static PeerFilterText.Listing listed() throws IOException {
        Command.Result result = list();
        return PeerFilterText.parse(result.exitCode() == 0 ? result.output() : "");
    }

    private static Command.Result list() throws IOException {
        return Command.attempt("", NFT.path(), "list", "table", "inet", PeerFilterText.TABLE);
    }

    @Override
    public boolean concerns(String nftTable) {
        return nftTable.equals(PeerFilterText.TABLE);
    }

    @Override
    public boolean reported() {
        return true;
    }

    /// The nftables table in which changes of sets matter too.
    public static String table() {
        return PeerFilterText.TABLE;
    }

    @Override
    public String words() {
        return "peer filter";
    }
}
