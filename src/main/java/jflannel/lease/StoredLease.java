package jflannel.lease;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.status.Board;

/// A record of the store for an operator to look at: a lease, or what somebody wrote in the place of one. Untrusted,
/// like everything in the store: print it only by way of [jflannel.work.Printable].
///
/// @param name of the record: a key without its directory, or a node
/// @param cidrs the subnets that the name stands for, even if nothing else can be read
/// @param announced empty if it cannot be read
/// @param lease in the families that the network uses; empty if it is none
/// @param term how long it stays
/// @param standing whether the other nodes use it
/// @param why they do not use it, or what is odd about it; empty if nothing is
/// @param origin what only this kind of store knows, in the words of that store
public record StoredLease(
        String name,
        List<Cidr> cidrs,
        Optional<Announcement> announced,
        Optional<Lease> lease,
        Term term,
        Standing standing,
        String why,
        Map<String, String> origin) {

    /// How long a lease stays in the store.
    public sealed interface Term {
        /// As long as somebody renews it.
        ///
        /// @param secondsLeft until it ends; negative if it has ended already
        record Renewed(long secondsLeft, long seconds) implements Term {}

        /// Until somebody deletes it.
        record Reserved() implements Term {}

        /// As long as Kubernetes has the node.
        record OfNode() implements Term {}
    }

    /// What the other nodes make of it.
    public enum Standing {
        USED,
        /// A reservation whose node has not started yet.
        WAITING,
        IGNORED
    }

    /// All of a store's records as one judge sees them.
    public static final class Verdicts {
        private final NetworkConfig network;
        private final LeaseJudge judge;

        /// @param noun a record of the store in messages: `lease`
        /// @param malformed why records are not leases at all, by their ids
        public Verdicts(NetworkConfig network, String noun, List<Claim> claims, Map<String, String> malformed) {
            this.network = network;
            judge = new LeaseJudge(network, noun, new Board());
            judge.reset(claims, malformed);
        }

        /// Why records do not count, by their ids.
        public Map<String, String> faults() {
            return judge.faults();
        }

        /// @param lease of the record with this id, if it is one
        public StoredLease of(
                String id,
                List<Cidr> cidrs,
                Optional<Announcement> announced,
                Optional<Lease> lease,
                Term term,
                Map<String, String> origin) {
            Standing standing = Standing.USED;
            Optional<String> fault = Optional.ofNullable(judge.faults().get(id));
            if (fault.isEmpty() && lease.isPresent()) {
                boolean waits = LeaseRules.isUnclaimed(network.type(), lease.get());
                standing = waits ? Standing.WAITING : Standing.USED;
                fault = waits ? fault : LeaseRules.faultOfBackend(network, lease.get());
            }
            standing = fault.isPresent() ? Standing.IGNORED : standing;
            String why = fault.orElseGet(() -> judge.doubts().getOrDefault(id, ""));
            return new StoredLease(id, cidrs, announced, lease, term, standing, why, origin);
        }
    }

    /// The subnets as words, or the record's name if it stands for none.
    public String words() {
        return cidrs.isEmpty()
                ? '"' + name + '"'
                : String.join(" ", cidrs.stream().map(Cidr::toString).toList());
    }
}
