package jflannel.foreign;

import static java.lang.System.Logger.Level.INFO;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.names.Names;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Finding;
import jflannel.work.Keeper;
import jflannel.work.LastMessage;

/// Checks whether rules of other programs are in this network's way, on a thread of its own, and raises a condition
/// for each that is. It checks when rules have changed, and from time to time, but spends at most one three-hundredth
/// of its time on it, so that a program that changes its rules all day costs little.
///
/// Programs replace their rules step by step, so a finding counts only when it is found twice.
public final class ForeignRuleWatch implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ForeignRuleWatch.class.getName());
    private static final List<Condition> ALL = List.of(
            Condition.FOREIGN_DROP, Condition.FOREIGN_REWRITE, Condition.FOREIGN_MARK, Condition.RULES_SHADOWED);
    /// Interval where the kernel reports changes of rules, in case it missed one.
    private static final Duration REPORTED = Duration.ofMinutes(10);
    /// Interval where it does not report them, as with legacy iptables.
    private static final Duration UNREPORTED = Duration.ofSeconds(30);

    private final Board board;
    private final Pace pace;
    private final Keeper<Traffic> keeper;
    private final long begin = System.nanoTime();
    private Set<String> suspected = Set.of();
    private final LastMessage fault = new LastMessage();
    private volatile Duration pause;

    /// How often it checks.
    ///
    /// @param beforeTheFirst a daemon that starts has other work to do, and its own rules are not in place yet
    /// @param beforeTheSecond the pause after a check that found something for the first time
    /// @param shortest the pause between two checks where rules change all the time
    /// @param share the pause after a check is this many times as long as the check, or longer
    record Pace(Duration beforeTheFirst, Duration beforeTheSecond, Duration shortest, int share) {
        static final Pace USUAL = new Pace(Duration.ofSeconds(5), Duration.ofSeconds(2), Duration.ofSeconds(5), 300);

        /// @param reported true if the kernel reports changes of all rules
        /// @param took how long the last check took
        Duration rest(boolean reported, Duration took) {
            Duration rest = reported ? REPORTED : atLeast(took, UNREPORTED);
            return rest.compareTo(REPORTED) > 0 ? REPORTED : rest;
        }

        /// A pause of which the check takes no more than its share.
        private Duration atLeast(Duration took, Duration least) {
            Duration affordable = took.multipliedBy(share);
            return affordable.compareTo(least) > 0 ? affordable : least;
        }
    }

    public ForeignRuleWatch(Board board) {
        this(board, Pace.USUAL);
    }

    ForeignRuleWatch(Board board, Pace pace) {
        this.board = board;
        this.pace = pace;
        this.pause = pace.shortest;
        this.keeper = new Keeper<>("foreign-rules", board, this::look);
        board.listen(new Board.Listener() {
            @Override
            public void changed(Finding before, Finding now) {
                if (now != null && now.condition() == Condition.KERNEL_WATCH_DOWN) {
                    keeper.touch(UNREPORTED);
                }
            }
        });
    }

    /// Sets the traffic that must pass from now on. Returns at once.
    public void keep(Traffic traffic) {
        keeper.keep(traffic);
    }

    /// Reports a change of the nftables table of that name. Returns at once.
    public void rulesChanged(String nftTable) {
        if (Names.ownerOf(nftTable).isEmpty()) {
            keeper.touch(pause);
        }
    }

    private Duration look(Traffic traffic) {
        Duration early = pace.beforeTheFirst.minusNanos(System.nanoTime() - begin);
        if (early.isPositive()) {
            return early;
        }
        long start = System.nanoTime();
        boolean reported = true;
        boolean doubtful = false;
        try {
            ForeignScan scan = ForeignScan.of(traffic);
            reported = scan.reported() && !board.isRaised(Condition.KERNEL_WATCH_DOWN);
            doubtful = show(scan.found());
            fault.clear();
        } catch (IOException e) {
            if (fault.changesTo(String.valueOf(e.getMessage()))) {
                LOG.log(INFO, "cannot check the rules of other programs: {0}", e.getMessage());
            }
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        pause = pace.atLeast(took, pace.shortest);
        return doubtful ? pace.beforeTheSecond : pace.rest(reported, took);
    }

    /// @return true if something was found for the first time
    private boolean show(List<Found> found) {
        Set<String> before = suspected;
        suspected = found.stream().map(Found::key).collect(Collectors.toSet());
        for (Condition condition : ALL) {
            board.setAll(
                    condition,
                    found.stream()
                            .filter(it -> it.condition() == condition && before.contains(it.key()))
                            .collect(Collectors.toMap(Found::subject, Found::words, (one, _) -> one)));
        }
        return !before.containsAll(suspected);
    }

    @Override
    public void close() {
        keeper.close();
        ALL.forEach(condition -> board.setAll(condition, Map.of()));
    }
}
