package jflannel.etcd;

import static java.util.Comparator.comparing;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import jflannel.ip.Cidr;
import jflannel.lease.AddressPool;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;

/// What of the store's keys is another node's lease that can be used, and how that changes. Of keys whose blocks
/// overlap the oldest counts, on every node alike. Says once about each key why it is left out.
///
/// Makes no calls; one thread uses it.
final class PeerView {
    private static final System.Logger LOG = System.getLogger(PeerView.class.getName());

    private final NetworkConfig network;
    private final Announcement mine;
    private List<Cidr> own;
    private final Map<String, SubnetRecord> records = new HashMap<>();
    private final NavigableMap<Cidr, Set<String>> byBlock = new TreeMap<>();
    private final Map<String, Lease> visible = new HashMap<>();
    private final Map<String, Long> complained = new HashMap<>();

    PeerView(NetworkConfig network, Announcement mine, List<Cidr> own) {
        this.network = network;
        this.mine = mine;
        this.own = own;
    }

    Optional<SubnetRecord> record(String name) {
        return Optional.ofNullable(records.get(name));
    }

    Collection<SubnetRecord> records() {
        return records.values();
    }

    /// Tells which blocks this node has now.
    void own(List<Cidr> cidrs) {
        own = cidrs;
    }

    /// Begins anew with these keys.
    LeaseEvent.Resync reset(Collection<SubnetRecord> all) {
        List<SubnetRecord> copy = List.copyOf(all);
        records.clear();
        byBlock.clear();
        visible.clear();
        copy.forEach(this::store);
        complained.keySet().retainAll(records.keySet());
        for (SubnetRecord record : copy) {
            peer(record).ifPresent(lease -> visible.put(record.name(), lease));
        }
        return new LeaseEvent.Resync(Set.copyOf(visible.values()));
    }

    /// Takes in a key that was written. What is older than the known one changes nothing.
    List<LeaseEvent> put(SubnetRecord record) {
        SubnetRecord known = records.get(record.name());
        if (known != null && known.modRevision() >= record.modRevision()) {
            return List.of();
        }
        store(record);
        Set<String> affected = overlapping(record.cidrs());
        affected.add(record.name());
        return changes(affected);
    }

    /// Takes in that a key was deleted.
    List<LeaseEvent> remove(String name, long atRevision) {
        SubnetRecord known = records.get(name);
        if (known == null || known.modRevision() > atRevision) {
            return List.of();
        }
        records.remove(name);
        complained.remove(name);
        known.cidrs().forEach(cidr -> byBlock.get(cidr).remove(name));
        known.cidrs().forEach(cidr -> byBlock.remove(cidr, Set.of()));
        Set<String> affected = overlapping(known.cidrs());
        affected.add(name);
        return changes(affected);
    }

    private void store(SubnetRecord record) {
        records.put(record.name(), record);
        for (Cidr cidr : record.cidrs()) {
            byBlock.computeIfAbsent(cidr, c -> new HashSet<>()).add(record.name());
        }
    }

    /// Names of the keys with a block that overlaps one of these: blocks within it, and blocks it lies in.
    private Set<String> overlapping(List<Cidr> cidrs) {
        Set<String> names = new LinkedHashSet<>();
        for (Cidr cidr : cidrs) {
            byBlock.subMap(cidr, true, Cidr.host(cidr.last()), true).values().forEach(names::addAll);
            for (int length = 0; length < cidr.length(); length++) {
                names.addAll(byBlock.getOrDefault(new Cidr(cidr.address(), length), Set.of()));
            }
        }
        return names;
    }

    /// Ends come first, so that a block is never given to two nodes.
    private List<LeaseEvent> changes(Set<String> names) {
        List<LeaseEvent> ends = new ArrayList<>();
        List<LeaseEvent> begins = new ArrayList<>();
        for (String name : names) {
            Lease before = visible.get(name);
            Lease after = record(name).flatMap(this::peer).orElse(null);
            if (after == null && before != null) {
                visible.remove(name);
                ends.add(new LeaseEvent.Removed(before));
            } else if (after != null && !after.equals(before)) {
                visible.put(name, after);
                begins.add(new LeaseEvent.Put(after));
            }
        }
        ends.addAll(begins);
        return ends;
    }

    private Optional<Lease> peer(SubnetRecord record) {
        String reason = reasonToSkip(record);
        if (reason.isEmpty()) {
            return Optional.of(new Lease(shared(record), record.announced().orElseThrow()));
        }
        boolean isOwn = record.cidrs().equals(own) && record.isOf(mine);
        if (!isOwn && !Long.valueOf(record.modRevision()).equals(complained.put(record.name(), record.modRevision()))) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the lease \"{0}\" is left out: {1}",
                    SubnetRecord.printable(record.name()),
                    reason);
        }
        return Optional.empty();
    }

    private String reasonToSkip(SubnetRecord record) {
        String unusable = unusable(record);
        if (!unusable.isEmpty()) {
            return unusable;
        }
        if (record.isOf(mine)) {
            return "it bears this node's own address, " + record.holder();
        }
        if (record.overlaps(own)) {
            return "it overlaps this node's own subnet, and is held by " + record.holder();
        }
        return overlapping(record.cidrs()).stream()
                .map(records::get)
                .filter(it -> isOlder(it, record) && unusable(it).isEmpty())
                .findFirst()
                .map(it -> "%s holds it, but %s, held by %s, overlaps it and is older"
                        .formatted(record.holder(), it.name(), it.holder()))
                .orElse("");
    }

    private String unusable(SubnetRecord record) {
        if (!record.problem().isEmpty()) {
            return record.problem();
        }
        List<Cidr> shared = shared(record);
        if (shared.isEmpty()) {
            return "the network uses no address family of it";
        }
        for (Cidr cidr : shared) {
            AddressPool pool = network.pool(cidr.family()).orElseThrow();
            if (!pool.couldHold(cidr)) {
                return cidr + " is not a part of the network " + pool.network();
            }
        }
        return "";
    }

    /// The blocks of the families that the network uses.
    private List<Cidr> shared(SubnetRecord record) {
        return record.cidrs().stream()
                .filter(cidr -> network.pools().containsKey(cidr.family()))
                .toList();
    }

    private static boolean isOlder(SubnetRecord one, SubnetRecord other) {
        return comparing(SubnetRecord::createRevision)
                        .thenComparing(SubnetRecord::name)
                        .compare(one, other)
                < 0;
    }
}
