package jflannel.etcd;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import jflannel.ip.Cidr;
import jflannel.lease.Announcement;
import jflannel.lease.Claim;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.LeaseJudge;
import jflannel.lease.LeaseList;
import jflannel.lease.NetworkConfig;
import jflannel.status.Board;

/// The keys of the store, and which of them the [LeaseJudge] accepts as leases of other nodes.
///
/// Makes no calls. Used by one thread.
final class PeerView {
    private static final Announcement NOBODY = new Announcement(Map.of(), "", Map.of());

    private final NetworkConfig network;
    private final Announcement mine;
    private final LeaseJudge judge;
    private final Map<String, SubnetRecord> records = new HashMap<>();
    /// Those of other nodes that want a part of this node's subnets; nearly always none.
    private final Map<String, SubnetRecord> rivals = new HashMap<>();
    private List<Cidr> own;

    PeerView(NetworkConfig network, Announcement mine, List<Cidr> own, Board board) {
        this(network, mine, own, new LeaseJudge(network, "lease", new Lease(own, mine), board));
    }

    private PeerView(NetworkConfig network, Announcement mine, List<Cidr> own, LeaseJudge judge) {
        this.network = network;
        this.mine = mine;
        this.own = own;
        this.judge = judge;
    }

    /// What a node with this lease sees, or one without any.
    static LeaseList list(
            NetworkConfig network,
            Collection<SubnetRecord> records,
            Function<List<Lease>, Optional<Lease>> ownOf,
            Board board) {
        Optional<Lease> own = ownOf.apply(records.stream()
                .filter(record -> record.problem(network).isEmpty())
                .map(record -> record.claim(network))
                .sorted(Claim.OLDEST_FIRST)
                .map(Claim::lease)
                .toList());
        PeerView view = own.map(lease -> new PeerView(network, lease.announced(), lease.cidrs(), board))
                .orElseGet(() -> new PeerView(network, NOBODY, List.of(), new LeaseJudge(network, "lease", board)));
        return new LeaseList(own, view.reset(records).all(), view.judge.faults());
    }

    Optional<SubnetRecord> record(String name) {
        return Optional.ofNullable(records.get(name));
    }

    Collection<SubnetRecord> records() {
        return records.values();
    }

    /// Keys of other nodes that want a part of this node's subnets.
    Collection<SubnetRecord> rivals() {
        return rivals.values();
    }

    /// Sets this node's own blocks; [#reset] must follow.
    void own(List<Cidr> cidrs) {
        own = cidrs;
        judge.own(new Lease(cidrs, mine));
    }

    /// Replaces the whole view with these keys.
    LeaseEvent.Resync reset(Collection<SubnetRecord> all) {
        List<SubnetRecord> copy = List.copyOf(all);
        List<Claim> claims = new ArrayList<>();
        Map<String, String> malformed = new HashMap<>();
        records.clear();
        rivals.clear();
        for (SubnetRecord record : copy) {
            keep(record);
            if (!isOwn(record)) {
                String fault = record.problem(network);
                if (fault.isEmpty()) {
                    claims.add(record.claim(network));
                } else {
                    malformed.put(record.name(), fault);
                }
            }
        }
        return judge.reset(claims, malformed);
    }

    /// A key was written. Ignored if older than what is known.
    List<LeaseEvent> put(SubnetRecord record) {
        SubnetRecord known = records.get(record.name());
        if (known != null && known.modRevision() >= record.modRevision()) {
            return List.of();
        }
        keep(record);
        if (isOwn(record)) {
            return judge.remove(record.name());
        }
        String fault = record.problem(network);
        return fault.isEmpty() ? judge.put(record.claim(network)) : judge.putMalformed(record.name(), fault);
    }

    /// A key was deleted.
    List<LeaseEvent> remove(String name, long atRevision) {
        SubnetRecord known = records.get(name);
        if (known == null || known.modRevision() > atRevision) {
            return List.of();
        }
        records.remove(name);
        rivals.remove(name);
        return judge.remove(name);
    }

    private void keep(SubnetRecord record) {
        records.put(record.name(), record);
        boolean isRival = !record.isOf(mine)
                && record.within(network).stream().anyMatch(cidr -> own.stream().anyMatch(cidr::overlaps));
        if (isRival) {
            rivals.put(record.name(), record);
        } else {
            rivals.remove(record.name());
        }
    }

    private boolean isOwn(SubnetRecord record) {
        return !own.isEmpty() && record.cidrs().equals(own) && record.isOf(mine);
    }
}
