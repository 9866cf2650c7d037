package jflannel.firewall;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import jflannel.names.Names;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Finding;
import jflannel.work.Keeper;

/// Keeps our rules in place, on a thread of its own because the tools may be slow. It checks them at once when
/// other rules are wanted; after a pause when the kernel reports a change that may affect them, because other
/// programs change the same tables all day; and from time to time. In between it costs nothing.
///
/// A failure is raised on the [Board], and retried after the pause.
///
/// @param <W> describes the rules wanted
public final class RuleKeeper<W> implements AutoCloseable {
    /// Instead of a table's name: it may have been any table.
    public static final String ANY_TABLE = "";

    private static final System.Logger LOG = System.getLogger(RuleKeeper.class.getName());

    /// Time between checks of rules whose changes the kernel reports, in case a report was lost.
    private static final Duration SAFETY = Duration.ofMinutes(5);

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    /// Pause between checks of the peer filter, and of the isolation. Short, because no other program uses their
    /// tables.
    private static final Duration PEER_FILTER_PAUSE = SHORTEST;

    private final Condition condition;
    private final RuleSet<W> rules;
    private final Duration pause;
    private final Board board;
    private final Written written;
    private final Keeper<W> keeper;
    private W last;
    private boolean failed;
    /// Tables whose changes matter; null for all, until the first check.
    private volatile Set<String> tables;

    private volatile boolean closing;

    /// Called when rules were written.
    @FunctionalInterface
    public interface Written {
        /// @param expected true if other rules are wanted than before, or they could not be set before; false if
        ///     somebody else had changed them
        void written(boolean expected);
    }

    /// Keeps the masquerade and forward rules.
    ///
    /// @param former names that this network had before, and that no other network uses now
    /// @param resync time between checks of rules whose changes are not reported, and the pause after any check
    ///     (`--iptables-resync`); at least a second
    public static RuleKeeper<FirewallConfig> firewall(
            Names names, Optional<Names> former, Duration resync, Board board, Written written) {
        return new RuleKeeper<>(
                "firewall", Condition.FIREWALL_FAILING, new Firewall(names, former), resync, board, written);
    }

    /// Keeps the peer filter.
    ///
    /// @param former names that this network had before, and that no other network uses now
    public static RuleKeeper<DesiredPeerFilter> peerFilter(
            Names names, Optional<Names> former, Board board, Written written) {
        return new RuleKeeper<>(
                "peer-filter",
                Condition.PEER_FILTER_FAILING,
                new PeerFilter(names, former),
                PEER_FILTER_PAUSE,
                board,
                written);
    }

    /// Keeps a network apart from others of this host.
    public static RuleKeeper<Isolation> isolation(Names names, Board board, Written written) {
        return new RuleKeeper<>(
                "isolation", Condition.ISOLATION_FAILING, new IsolationRules(names), PEER_FILTER_PAUSE, board, written);
    }

    RuleKeeper(String thread, Condition condition, RuleSet<W> rules, Duration pause, Board board, Written written) {
        this.condition = condition;
        this.rules = rules;
        this.pause = pause.compareTo(SHORTEST) < 0 ? SHORTEST : pause;
        this.board = board;
        this.written = written;
        this.keeper = new Keeper<>(thread, board, this::look);
        board.listen(new Board.Listener() {
            @Override
            public void changed(Finding before, Finding now) {
                if (now != null && now.condition() == Condition.KERNEL_WATCH_DOWN) {
                    keeper.touch(RuleKeeper.this.pause);
                }
            }
        });
    }

    /// Sets the rules to keep from now on. Returns at once.
    public void keep(W wanted) {
        keeper.keep(wanted);
    }

    /// Reports a change, possibly our own, of the nftables table of that name, or of [#ANY_TABLE]. Returns at once,
    /// and costs nothing if our rules are not in that table.
    public void rulesChanged(String nftTable) {
        if (concerns(nftTable)) {
            keeper.touch(pause);
        }
    }

    boolean concerns(String nftTable) {
        Set<String> ours = tables;
        return ours == null || nftTable.equals(ANY_TABLE) || ours.contains(nftTable);
    }

    /// @return how long the rules may be left alone
    Duration look(W wanted) {
        boolean expected = !wanted.equals(last) || failed;
        last = wanted;
        failed = true; // until it has succeeded
        try {
            if (rules.converge(wanted)) {
                LOG.log(expected ? INFO : WARNING, rules.words() + (expected ? " set" : " repaired"));
                written.written(expected);
                if (!expected) {
                    board.repaired(rules.words());
                }
            }
            rules.inPlace().ifPresent(board::note);
            tables = rules.tables();
            failed = false;
            board.clear(condition);
            boolean reported = rules.reported() && !board.isRaised(Condition.KERNEL_WATCH_DOWN);
            return pause.compareTo(SAFETY) < 0 && reported ? SAFETY : pause;
        } catch (IOException e) {
            raise(String.valueOf(e.getMessage()));
            return pause;
        } catch (RuntimeException e) {
            raise("a defect of this program: " + e);
            throw e;
        }
    }

    private void raise(String detail) {
        if (!closing) { // otherwise the tool was killed because we are closing
            board.raise(condition, detail);
        }
    }

    /// Stops checking; the rules stay.
    @Override
    public void close() {
        closing = true;
        keeper.close();
        board.clear(condition);
    }
}
