package jflannel.status;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/// What is wrong with this node now. Any thread may raise and clear conditions. Listeners hear of each change once;
/// raising a condition again with the same detail is not a change.
public final class Board {
    private static final Comparator<Finding> WORST_FIRST = Comparator.comparing(
                    (Finding finding) -> finding.condition().severity())
            .reversed()
            .thenComparing(Finding::condition)
            .thenComparing(Finding::subject);

    /// Between two repairs that listeners hear of: somebody may undo them many times a second.
    private static final Duration BETWEEN_REPAIRS = Duration.ofSeconds(1);

    private final InstantSource clock;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Map<Condition, Map<String, Finding>> findings = new TreeMap<>();
    private Phase phase = Phase.STARTING;
    private String why = "";
    private Facts facts = Facts.NONE;
    private Optional<FirewallRules> firewall = Optional.empty();
    private Optional<CloudRouteState> cloudRoute = Optional.empty();
    private Optional<LastRepair> lastRepair = Optional.empty();
    /// The repair that listeners last heard of.
    private Optional<LastRepair> announced = Optional.empty();

    /// Called for each change, in order, on the thread that made it.
    public interface Listener {
        /// @param before null if it was not wrong
        /// @param now null if it is no longer wrong
        default void changed(Finding before, Finding now) {}

        /// The status has changed.
        default void changed(NodeStatus now) {}

        /// The node has looked at itself, whether anything has changed or not.
        default void alive() {}
    }

    public Board() {
        this(InstantSource.system());
    }

    public Board(InstantSource clock) {
        this.clock = clock;
    }

    public void listen(Listener listener) {
        listeners.add(listener);
    }

    public void raise(Condition condition, String detail) {
        raise(condition, "", detail);
    }

    /// @param subject tells several findings of one condition apart
    public synchronized void raise(Condition condition, String subject, String detail) {
        Map<String, Finding> ofKind = findings.computeIfAbsent(condition, _ -> new TreeMap<>());
        Finding before = ofKind.get(subject);
        if (before == null || !before.detail().equals(detail)) {
            Instant since = before == null ? clock.instant() : before.since();
            Finding now = new Finding(condition, subject, detail, since);
            ofKind.put(subject, now);
            changed(before, now);
        }
    }

    private void changed(Finding before, Finding now) {
        listeners.forEach(listener -> listener.changed(before, now));
        changed();
    }

    private void changed() {
        announced = lastRepair;
        NodeStatus status = status();
        listeners.forEach(listener -> listener.changed(status));
    }

    /// How this node is.
    public synchronized NodeStatus status() {
        return new NodeStatus(phase, why, findings(), facts, firewall, cloudRoute, lastRepair);
    }

    public void enter(Phase next) {
        enter(next, "");
    }

    /// @param reason why the daemon fails or stops; empty for other phases
    public synchronized void enter(Phase next, String reason) {
        if (phase != next || !why.equals(reason)) {
            phase = next;
            why = reason;
            changed();
        }
    }

    public synchronized void note(Facts now) {
        if (!facts.equals(now)) {
            facts = now;
            changed();
        }
    }

    /// The rules are in place now.
    public synchronized void note(FirewallRules now) {
        if (!firewall.equals(Optional.of(now))) {
            firewall = Optional.of(now);
            changed();
        }
    }

    /// This node's route in the cloud's tables; empty if it needs none.
    public synchronized void note(Optional<CloudRouteState> now) {
        if (!cloudRoute.equals(now)) {
            cloudRoute = now;
            changed();
        }
    }

    /// Something was restored that somebody else had changed. Listeners hear of it at once, or if they heard of another
    /// a moment ago, with the next news or [#alive].
    ///
    /// @param what in words; may quote others
    public synchronized void repaired(String what) {
        lastRepair = Optional.of(new LastRepair(clock.instant(), what));
        announceRepair();
    }

    private void announceRepair() {
        Instant now = clock.instant();
        boolean soon = announced
                .filter(last -> now.isBefore(last.at().plus(BETWEEN_REPAIRS)) && !now.isBefore(last.at()))
                .isPresent();
        if (!soon && !lastRepair.equals(announced)) {
            changed();
        }
    }

    /// The node has looked at itself: once in ten seconds at least.
    public synchronized void alive() {
        announceRepair();
        listeners.forEach(Listener::alive);
    }

    public void clear(Condition condition) {
        clear(condition, "");
    }

    public synchronized void clear(Condition condition, String subject) {
        Map<String, Finding> ofKind = findings.getOrDefault(condition, Map.of());
        Finding before = ofKind.get(subject);
        if (before != null) {
            ofKind.remove(subject);
            changed(before, null);
        }
    }

    /// Raises the condition, or clears it if the detail is empty.
    public void set(Condition condition, String detail) {
        if (detail.isEmpty()) {
            clear(condition);
        } else {
            raise(condition, detail);
        }
    }

    /// Makes these the only findings of a condition: other subjects are cleared.
    ///
    /// @param details by subject
    public synchronized void setAll(Condition condition, Map<String, String> details) {
        List<String> former =
                new ArrayList<>(findings.getOrDefault(condition, Map.of()).keySet());
        former.stream().filter(subject -> !details.containsKey(subject)).forEach(subject -> clear(condition, subject));
        details.forEach((subject, detail) -> raise(condition, subject, detail));
    }

    public synchronized boolean isRaised(Condition condition) {
        return !findings.getOrDefault(condition, Map.of()).isEmpty();
    }

    /// Everything that is wrong now, worst first.
    public synchronized List<Finding> findings() {
        return findings.values().stream()
                .flatMap(ofKind -> ofKind.values().stream())
                .sorted(WORST_FIRST)
                .collect(Collectors.toUnmodifiableList());
    }
}
