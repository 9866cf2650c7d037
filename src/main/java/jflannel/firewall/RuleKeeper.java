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

/// Looks after rules of ours, on a thread of its own, as the tools that it runs may take long: at once when
/// something else is wanted of the rules; when the kernel reports a change that may be to them, but not without a
/// pause, because other programs change the same tables all day; and from time to time. In between it costs nothing.
///
/// What fails is a condition on the [Board], and is tried again after the pause.
///
/// @param <W> what is wanted of the rules
public final class RuleKeeper<W> implements AutoCloseable {
    /// In place of the name of a table: it may have been any.
    public static final String ANY_TABLE = "";

    private static final System.Logger LOG = System.getLogger(RuleKeeper.class.getName());

    /// Time between checks of rules whose changes the kernel reports: for the change that the report of was
    /// lost.
    private static final Duration SAFETY = Duration.ofMinutes(5);

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    /// Between two looks at the peer filter: its table is nobody else's, and packets are lost while it is damaged.
    private static final Duration PEER_FILTER_PAUSE = SHORTEST;

    private final Condition condition;
    private final RuleSet<W> rules;
    private final Duration pause;
    private final Board board;
    private final Written written;
    private final Keeper<W> keeper;
    private W last;
    private boolean failed;
    /// Tables whose changes matter; null until the first look, as long as which all do.
    private volatile Set<String> tables;

    private volatile boolean closing;

    /// Hears that rules were written.
    @FunctionalInterface
    public interface Written {
        /// @param expected true if other rules were wanted than before, or could not be set before; else somebody
        ///     had changed them
        void written(boolean expected);
    }

    /// The masquerade and forward rules.
    ///
    /// @param former names that this network had before, and nobody has now
    /// @param resync between two checks of rules whose changes nobody reports, and the pause after any check
    ///     (`--iptables-resync`); at least a second is kept
    public static RuleKeeper<FirewallConfig> firewall(
            Names names, Optional<Names> former, Duration resync, Board board, Written written) {
        return new RuleKeeper<>(
                "firewall", Condition.FIREWALL_FAILING, new Firewall(names, former), resync, board, written);
    }

    /// The peer filter.
    ///
    /// @param former names that this network had before, and nobody has now
    public static RuleKeeper<PeerFilterWish> peerFilter(
            Names names, Optional<Names> former, Board board, Written written) {
        return new RuleKeeper<>(
                "peer-filter",
                Condition.PEER_FILTER_FAILING,
                new PeerFilter(names, former),
                PEER_FILTER_PAUSE,
                board,
                written);
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

    /// From now on the rules should be like this. Returns at once.
    public void keep(W wanted) {
        keeper.keep(wanted);
    }

    /// Somebody, perhaps we ourselves, changed the nftables table of that name, or [#ANY_TABLE]. Returns at
    /// once, and costs nothing if our rules are not in that table.
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
        failed = true; // until it has worked
        try {
            if (rules.converge(wanted)) {
                LOG.log(expected ? INFO : WARNING, rules.words() + (expected ? " set" : " repaired"));
                written.written(expected);
            }
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
        if (!closing) { // else its own end is what the tool died of
            board.raise(condition, detail);
        }
    }

    /// The rules stay.
    @Override
    public void close() {
        closing = true;
        keeper.close();
        board.clear(condition);
    }
}
