package jflannel.control;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import jflannel.firewall.Upkeep;
import jflannel.metrics.NodeFigures;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.Keeper;

/// Keeps a set of rules on a thread of its own, as the tools may be slow.
///
/// @param <W> what is wanted of it
final class RuleThread<W> implements AutoCloseable {
    /// In place of the name of a table: it may have been any.
    static final String ANY_TABLE = "";

    private final Upkeep<W> rules;
    private final Condition condition;
    private final Board board;
    private final NodeFigures figures;
    private final Queue<String> tables = new ConcurrentLinkedQueue<>();
    private final Keeper<W> keeper;

    RuleThread(String name, Upkeep<W> rules, Condition condition, Board board, NodeFigures figures) {
        this.rules = rules;
        this.condition = condition;
        this.board = board;
        this.figures = figures;
        this.keeper = new Keeper<>(name, board, this::converge);
    }

    void keep(W wanted) {
        keeper.keep(wanted);
    }

    /// Somebody changed the nftables table of that name, or [#ANY_TABLE].
    void rulesChanged(String table) {
        tables.add(table);
        keeper.touch();
    }

    private Duration converge(W wanted) {
        for (String table = tables.poll(); table != null; table = tables.poll()) {
            if (table.equals(ANY_TABLE)) {
                rules.touchedUnknown();
            } else {
                rules.touched(table);
            }
        }
        if (rules.keep(wanted)) {
            figures.firewallChanged(rules.wasNews());
        }
        Optional<IOException> fault = rules.fault();
        board.set(condition, fault.map(Throwable::getMessage).orElse(""));
        Duration next = rules.untilNext();
        return fault.isEmpty() || next.compareTo(Duration.ofSeconds(1)) > 0 ? next : Duration.ofSeconds(1);
    }

    @Override
    public void close() {
        keeper.close();
    }
}
