package jflannel.firewall;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/// When to look after rules of ours: at once when something else is wanted of it; when the kernel reports a
/// change that may be to our rules, but not without a pause, because other programs change the same tables
/// all day; and from time to time. In between it costs nothing.
///
/// Only the control thread calls it.
///
/// @param <W> what is wanted of the rules
public final class Upkeep<W> {
    private static final System.Logger LOG = System.getLogger(Upkeep.class.getName());

    /// Time between checks of rules whose changes the kernel reports: for the change that the report of was
    /// lost.
    private static final Duration SAFETY = Duration.ofMinutes(5);

    private static final Duration SHORTEST = Duration.ofSeconds(1);

    private final RuleSet<W> rules;
    private final Duration pause;
    private final boolean watched;
    private final LongSupplier nanoClock;

    private W last;
    private long checkedAt;
    private boolean suspect;
    private boolean news;
    private IOException fault;

    /// @param resync between two checks of rules whose changes nobody reports, and the pause after any check
    ///     (`--iptables-resync`); at least a second is kept
    /// @param watched changes of nftables tables are told to [#touched]
    public Upkeep(RuleSet<W> rules, Duration resync, boolean watched) {
        this(rules, resync, watched, System::nanoTime);
    }

    Upkeep(RuleSet<W> rules, Duration resync, boolean watched, LongSupplier nanoClock) {
        this.rules = rules;
        this.pause = resync.compareTo(SHORTEST) < 0 ? SHORTEST : resync;
        this.watched = watched;
        this.nanoClock = nanoClock;
    }

    /// Somebody, perhaps we ourselves, changed the nftables table of that name.
    public void touched(String nftTable) {
        suspect = suspect || rules.concerns(nftTable);
    }

    /// Changes of nftables tables may have been missed.
    public void touchedUnknown() {
        suspect = true;
    }

    /// Checks and repairs the rules if it is time. To be called at every turn of the control loop. What fails is
    /// repeated after the pause; [#fault] tells of it.
    ///
    /// @return true if anything was changed
    public boolean keep(W wanted) {
        if (wanted.equals(last) && untilNext().isPositive()) {
            return false;
        }
        news = !wanted.equals(last) || fault != null;
        last = wanted;
        suspect = false;
        try {
            boolean changed = rules.converge(wanted);
            if (changed) {
                LOG.log(news ? INFO : WARNING, rules.words() + (news ? " set" : " repaired"));
            }
            fault = null;
            return changed;
        } catch (IOException e) {
            fault = e;
            return false;
        } finally {
            checkedAt = nanoClock.getAsLong();
        }
    }

    /// True if the last check was because something else was wanted, or because the one before it had failed; what it
    /// changed is then no repair.
    public boolean wasNews() {
        return news;
    }

    /// How long the control loop may sleep, as far as these rules are concerned. Zero before the first check.
    public Duration untilNext() {
        if (last == null) {
            return Duration.ZERO;
        }
        boolean soon = suspect || fault != null || !watched || !rules.reported();
        Duration rest = soon || pause.compareTo(SAFETY) > 0 ? pause : SAFETY;
        Duration left = rest.minusNanos(nanoClock.getAsLong() - checkedAt);
        return left.isNegative() ? Duration.ZERO : left;
    }

    /// Why the last check could not put the rules in place; empty if it could.
    public Optional<IOException> fault() {
        return Optional.ofNullable(fault);
    }
}
