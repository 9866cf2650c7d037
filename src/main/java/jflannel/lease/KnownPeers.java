package jflannel.lease;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import jflannel.ip.CidrSet;

/// The other nodes that this one keeps routes to: those whose leases are in the store, and for a grace period those
/// that were there until lately and may still be alive. A node that is cut off from the store still carries
/// packets, and so do all nodes when the store comes back empty. Removing their routes would turn an outage of the
/// store into an outage of the network.
///
/// | what happened                                         | what follows        |
/// |---|---|
/// | a lease was deleted                                   | its peer is dropped |
/// | a lease expired                                       | its peer is held    |
/// | more than three and more than a quarter of all leases ended within ten seconds | their peers are held |
/// | leases are missing from a store that lost this node's lease too, or is an old backup | their peers are held |
///
/// A held peer is dropped when the grace period ends, or as soon as another node has its subnet, address or
/// identity. When its lease comes back, it is an ordinary peer again.
///
/// Makes no calls except to the log. Used by one thread.
public final class KnownPeers {
    private static final Logger LOG = System.getLogger(KnownPeers.class.getName());

    /// This many may vanish at once without suspicion.
    private static final int FEW = 3;

    private static final long MOMENT = Duration.ofSeconds(10).toNanos();

    private final long grace;
    private final LongSupplier nanoTime;
    private final Peers peers = new Peers();
    /// Those of the peers that the store does not name.
    private final Map<Object, Ended> held = new HashMap<>();
    /// Peers dropped in the last ten seconds. They are held after all if suspiciously many others follow.
    private final Deque<Ended> dropped = new ArrayDeque<>();
    /// Peers held since the last call of [#peers].
    private final List<Lease> newlyHeld = new ArrayList<>();
    /// When the last of suspiciously many leases ended; what ends within ten seconds after it is held too.
    private long lastOfMany;

    /// True if a lease arrived since the held ones were last compared with those in the store.
    private boolean mayContradict;

    private boolean many;
    private boolean confirmed;
    private boolean remembering;

    private record Ended(Lease lease, long at) {}

    /// @param grace how long to hold peers; 0 to drop them at once
    public KnownPeers(Duration grace) {
        this(grace, System::nanoTime);
    }

    KnownPeers(Duration grace, LongSupplier nanoTime) {
        this.grace = grace.toNanos();
        this.nanoTime = nanoTime;
    }

    /// Starts with leases known from before, which the store has not confirmed.
    ///
    /// @param inDoubt leases that were held then
    /// @param goByIt true to use them until the store answers
    public void remember(Collection<Lease> leases, Collection<Lease> inDoubt, boolean goByIt) {
        remembering = goByIt;
        mayContradict = true;
        leases.forEach(peers::put);
        inDoubt.forEach(this::hold);
    }

    /// From now on, nothing is confirmed until the store has listed all leases again.
    public void doubt() {
        confirmed = false;
        remembering = true;
    }

    /// Forgets all others at once, because they belong to another network.
    public void retain(Predicate<Lease> wanted) {
        peers.leases().stream().filter(wanted.negate()).toList().forEach(this::forget);
        dropped.removeIf(ended -> !wanted.test(ended.lease()));
    }

    public void take(LeaseEvent event) {
        switch (event) {
            case LeaseEvent.Put(Lease lease) -> put(lease);
            case LeaseEvent.Removed(Lease lease) -> end(lease, false);
            case LeaseEvent.Expired(Lease lease) -> end(lease, true);
            case LeaseEvent.Resync(var all, boolean trusted) -> resync(all, trusted);
            case LeaseEvent.Reconfigured _ -> {}
            case LeaseEvent.Moved(Lease own) -> {
                forget(own);
                held().stream().filter(own::overlaps).forEach(this::forget);
            }
        }
    }

    private void end(Lease lease, boolean suspicious) {
        if (isNamed(lease.key())) {
            peers.remove(lease.key());
            ended(List.of(lease), suspicious);
        }
    }

    private boolean isNamed(Object key) {
        return peers.get(key) != null && !held.containsKey(key);
    }

    private void forget(Lease lease) {
        peers.remove(lease.key());
        held.remove(lease.key());
    }

    /// True if there is anything to go by: the store has spoken, or memory must do.
    public boolean areKnown() {
        return confirmed || remembering;
    }

    /// True if the store has listed all leases.
    public boolean areConfirmed() {
        return confirmed;
    }

    /// All peers to keep routes to. Drops those that were held long enough, or that another node has replaced.
    public Peers peers() {
        dropContradicted();
        endGrace();
        newlyHeld.removeIf(lease -> !held.containsKey(lease.key()));
        if (!newlyHeld.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "the store has lost {0}, which may still be alive: keeping their routes for {1} s, or"
                            + " until another node takes the subnet",
                    some(newlyHeld),
                    String.valueOf(Duration.ofNanos(grace).toSeconds()));
            newlyHeld.clear();
        }
        return peers;
    }

    /// True if there are routes to a lease of exactly these subnets.
    public boolean know(Lease lease) {
        return peers.get(lease.key()) != null;
    }

    /// All of them as they are.
    public Collection<Lease> all() {
        return peers.leases();
    }

    /// Those that the store names.
    public List<Lease> named() {
        return peers.leases().stream().filter(lease -> isNamed(lease.key())).toList();
    }

    /// Those that it does not name.
    public List<Lease> held() {
        return held.values().stream().map(Ended::lease).toList();
    }

    /// The time until [#peers] changes by itself; very long if nothing is held.
    public Duration untilNext() {
        long now = nanoTime.getAsLong();
        return held.values().stream().mapToLong(ended -> grace - (now - ended.at())).min().stream()
                .mapToObj(nanos -> Duration.ofNanos(Math.max(0, nanos)))
                .findFirst()
                .orElse(Duration.ofDays(1));
    }

    private void put(Lease lease) {
        mayContradict = true;
        peers.put(lease);
        dropped.removeIf(ended -> ended.lease().key().equals(lease.key()));
        if (held.remove(lease.key()) != null) {
            LOG.log(Level.INFO, "{0} is back", lease.words());
        }
    }

    private int numberNamed() {
        return peers.leases().size() - held.size();
    }

    private void resync(Set<Lease> all, boolean trusted) {
        mayContradict = true;
        confirmed = true;
        Set<Object> keys = all.stream().map(Lease::key).collect(Collectors.toSet());
        List<Lease> lost = peers.leases().stream()
                .filter(lease -> isNamed(lease.key()) && !keys.contains(lease.key()))
                .toList();
        lost.forEach(this::forget);
        held.keySet().removeAll(keys);
        dropped.removeIf(ended -> keys.contains(ended.lease().key()));
        all.forEach(peers::put);
        ended(lost, !trusted);
    }

    /// @param suspicious true to hold them, however few
    private void ended(List<Lease> leases, boolean suspicious) {
        long now = nanoTime.getAsLong();
        dropped.removeIf(ended -> now - ended.at() > MOMENT);
        leases.forEach(lease -> dropped.add(new Ended(lease, now)));
        int lately = dropped.size();
        many = many && now - lastOfMany <= MOMENT || lately > Math.max(FEW, (numberNamed() + lately) / 4);
        if (many) {
            lastOfMany = now;
            dropped.forEach(ended -> hold(ended.lease()));
            dropped.clear();
        } else if (suspicious) {
            leases.forEach(this::hold);
            dropped.removeIf(ended -> leases.contains(ended.lease()));
        }
    }

    private void hold(Lease lease) {
        mayContradict = true;
        if (grace > 0 && !isNamed(lease.key())) {
            peers.put(lease);
            held.put(lease.key(), new Ended(lease, nanoTime.getAsLong()));
            newlyHeld.add(lease);
        }
    }

    private void endGrace() {
        long now = nanoTime.getAsLong();
        List<Lease> over = held.values().stream()
                .filter(ended -> now - ended.at() >= grace)
                .map(Ended::lease)
                .toList();
        over.forEach(this::forget);
        if (!over.isEmpty()) {
            LOG.log(Level.WARNING, "{0} did not come back: dropping their routes", some(over));
        }
    }

    /// Drops held peers whose subnet, address or identity now belongs to a node in the store.
    private void dropContradicted() {
        if (held.isEmpty() || !mayContradict) {
            return;
        }
        mayContradict = false;
        Set<Object> taken = new HashSet<>();
        CidrSet blocks = new CidrSet();
        for (Lease lease : named()) {
            taken.addAll(lease.announced().publicIps().values());
            taken.addAll(LeaseRules.identities(lease));
            blocks.addAll(lease.cidrs());
        }
        held().stream()
                .filter(lease -> lease.cidrs().stream().anyMatch(blocks::overlaps)
                        || lease.announced().publicIps().values().stream().anyMatch(taken::contains)
                        || LeaseRules.identities(lease).stream().anyMatch(taken::contains))
                .forEach(this::forget);
    }

    private static String some(List<Lease> leases) {
        String few = leases.stream().limit(FEW).map(Lease::words).collect(Collectors.joining(", "));
        return leases.size() <= FEW ? few : few + " and " + (leases.size() - FEW) + " more";
    }
}
