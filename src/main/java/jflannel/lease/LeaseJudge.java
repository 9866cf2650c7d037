package jflannel.lease;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.LogLimit;

/// Decides which leases in a store count. Leases are untrusted input: an invalid one is ignored, and of two that
/// conflict the older one counts, alike on every node. Logs once why a lease is ignored.
///
/// An ignored lease blocks nobody: a lease that conflicts only with ignored ones counts.
///
/// Makes no calls. Used by one thread.
public final class LeaseJudge {
    private static final System.Logger LOG = System.getLogger(LeaseJudge.class.getName());
    private static final int LONGEST_NAME = 200;
    /// Limit for ten seconds, because whoever can write leases must not be able to fill the disk.
    private static final int MOST_LINES = 20;

    private final LogLimit log = new LogLimit(LOG, MOST_LINES);
    private final NetworkConfig network;
    private final String noun;
    private final Board board;
    private Optional<Lease> own = Optional.empty();
    private List<String> ownIdentities = List.of();
    private final Map<String, Claim> claims = new HashMap<>();
    private final ClaimIndex index = new ClaimIndex();
    private final Map<String, Lease> visible = new HashMap<>();
    /// Why records are left out, by their ids.
    private final Map<String, String> faults = new TreeMap<>();
    /// What is odd about leases that are used nevertheless.
    private final Map<String, String> doubts = new HashMap<>();

    /// @param noun a record of the store in messages: `lease`
    /// @param own this node's lease, which always counts
    /// @param board shows what is ignored
    public LeaseJudge(NetworkConfig network, String noun, Lease own, Board board) {
        this(network, noun, board);
        own(own);
    }

    /// Of an observer that has no lease itself.
    public LeaseJudge(NetworkConfig network, String noun, Board board) {
        this.network = network;
        this.noun = noun;
        this.board = board;
    }

    /// This node has another lease; [#reset] has to follow.
    public final void own(Lease lease) {
        own = Optional.of(lease);
        ownIdentities = LeaseRules.identities(lease);
    }

    /// Replaces everything.
    ///
    /// @param malformed why records are not leases at all, by their ids
    public LeaseEvent.Resync reset(Collection<Claim> all, Map<String, String> malformed) {
        claims.clear();
        index.clear();
        visible.clear();
        Map<String, String> known = Map.copyOf(faults);
        faults.clear();
        doubts.keySet().retainAll(all.stream().map(Claim::id).collect(Collectors.toSet()));
        malformed.forEach((id, why) -> leaveOut(id, why, known.get(id)));
        all.forEach(this::store);
        all.stream().sorted(Claim.OLDEST_FIRST).forEachOrdered(claim -> judge(claim, known.get(claim.id())));
        show();
        return new LeaseEvent.Resync(Set.copyOf(visible.values()));
    }

    /// A lease was added or changed.
    public List<LeaseEvent> put(Claim claim) {
        if (claim.equals(claims.get(claim.id()))) {
            return List.of();
        }
        Settlement settlement = new Settlement();
        settlement.withdraw(claim.id());
        store(claim);
        settlement.affected.add(claim);
        return settlement.settle();
    }

    /// A record was written that is not a lease.
    public List<LeaseEvent> putMalformed(String id, String why) {
        Settlement settlement = new Settlement();
        settlement.withdraw(id);
        leaveOut(id, why, faults.get(id));
        return settlement.settle();
    }

    /// A record was deleted, or is no longer a node's lease.
    public List<LeaseEvent> remove(String id) {
        Settlement settlement = new Settlement();
        settlement.withdraw(id);
        faults.remove(id);
        doubts.remove(id);
        return settlement.settle();
    }

    /// Why records are left out, by their ids.
    public Map<String, String> faults() {
        return Map.copyOf(faults);
    }

    /// What is odd about leases that are used nevertheless, by the ids of their records.
    public Map<String, String> doubts() {
        return Map.copyOf(doubts);
    }

    private void store(Claim claim) {
        claims.put(claim.id(), claim);
        index.add(claim);
    }

    /// Works out the effects of one change of the store.
    private final class Settlement {
        private final Queue<Claim> affected = new PriorityQueue<>(Claim.OLDEST_FIRST);
        private final Map<String, Optional<Lease>> before = new LinkedHashMap<>();

        void withdraw(String id) {
            Claim claim = claims.remove(id);
            if (claim != null) {
                index.remove(claim);
                before.put(id, Optional.ofNullable(visible.remove(id)));
                index.rivals(claim).stream().filter(claim::isOlderThan).forEach(affected::add);
            }
        }

        /// Judges the oldest first, so that everything a lease could conflict with is settled before it, and
        /// continues with leases that a changed verdict affects.
        List<LeaseEvent> settle() {
            while (!affected.isEmpty()) {
                Claim claim = affected.remove();
                boolean was = visible.containsKey(claim.id());
                before.putIfAbsent(claim.id(), Optional.ofNullable(visible.get(claim.id())));
                judge(claim, faults.get(claim.id()));
                if (was != visible.containsKey(claim.id())) {
                    index.rivals(claim).stream().filter(claim::isOlderThan).forEach(affected::add);
                }
            }
            show();
            return events();
        }

        /// Removals come first, so that a subnet never belongs to two nodes. A subnet that moves to another node is
        /// not removed.
        private List<LeaseEvent> events() {
            List<LeaseEvent> begins = new ArrayList<>();
            Set<Object> held = new HashSet<>();
            before.forEach((id, was) -> {
                Lease now = visible.get(id);
                if (now != null) {
                    held.add(now.key());
                    if (!Optional.of(now).equals(was)) {
                        begins.add(new LeaseEvent.Put(now));
                    }
                }
            });
            List<LeaseEvent> events = before.values().stream()
                    .flatMap(Optional::stream)
                    .filter(was -> !held.contains(was.key()))
                    .<LeaseEvent>map(LeaseEvent.Removed::new)
                    .collect(Collectors.toCollection(ArrayList::new));
            events.addAll(begins);
            return events;
        }
    }

    private void judge(Claim claim, String knownFault) {
        Optional<String> fault = LeaseRules.fault(network, claim.lease())
                .or(() -> own.flatMap(mine -> faultBeside(mine, claim)))
                .or(() -> conflict(claim));
        if (fault.isPresent()) {
            visible.remove(claim.id());
            String held = claim.holder().equals(claim.id()) ? "" : "it is held by %s, and ".formatted(claim.holder());
            leaveOut(claim.id(), held + fault.get(), knownFault);
            return;
        }
        visible.put(claim.id(), claim.lease());
        faults.remove(claim.id());
        String doubt = doubt(claim);
        if (!doubt.equals(doubts.put(claim.id(), doubt)) && !doubt.isEmpty()) {
            warn("is used, but " + doubt, claim.id());
        }
    }

    private Optional<String> faultBeside(Lease mine, Claim claim) {
        return LeaseRules.faultBeside(mine, claim.lease())
                .or(() -> Collections.disjoint(ownIdentities, claim.identities())
                        ? Optional.empty()
                        : LeaseRules.impersonation(mine, "this node", claim.lease()));
    }

    private Optional<String> conflict(Claim claim) {
        for (Claim rival : index.rivals(claim)) {
            if (rival.isOlderThan(claim) && visible.containsKey(rival.id())) {
                Optional<String> words = LeaseRules.conflict(rival.lease(), rival.holder(), claim.lease());
                if (words.isPresent()) {
                    return words.map(why -> why + ", which is older");
                }
            }
        }
        return Optional.empty();
    }

    private String doubt(Claim claim) {
        Claim twin = index.oldestAtTheSameAddress(claim);
        return twin != null && twin.isOlderThan(claim)
                ? "it has the same address as \"%s\", so one node gets the packets for both".formatted(name(twin.id()))
                : LeaseRules.doubt(network, claim.lease()).orElse("");
    }

    private void leaveOut(String id, String why, String knownFault) {
        faults.put(id, why);
        doubts.remove(id);
        if (!why.equals(knownFault)) {
            warn("is left out: " + why, id);
        }
    }

    private void warn(String what, String id) {
        log.log(System.Logger.Level.WARNING, "the %s \"%s\" %s".formatted(noun, name(id), what));
    }

    private void show() {
        log.flush();
        String words = faults.entrySet().stream()
                .findFirst()
                .map(first -> "the %s \"%s\" is left out%s: %s"
                        .formatted(
                                noun,
                                name(first.getKey()),
                                faults.size() == 1 ? "" : ", and %d more".formatted(faults.size() - 1),
                                first.getValue()))
                .orElse("");
        board.set(Condition.LEASES_IGNORED, words);
    }

    private static String name(String id) {
        return id.length() <= LONGEST_NAME ? id : id.substring(0, LONGEST_NAME) + "…";
    }
}
