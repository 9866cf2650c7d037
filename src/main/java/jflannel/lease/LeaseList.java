package jflannel.lease;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// All leases of a store at one moment, as one node sees them.
///
/// @param own the lease of this node
/// @param whyNone why it has none, if the store knows; else empty
/// @param others of all other nodes that count, by the [LeaseJudge]
/// @param faults why other records of the store do not count, by their names there. Both may be anyone's text
public record LeaseList(Optional<Lease> own, String whyNone, Set<Lease> others, Map<String, String> faults) {
    /// Of a store that does not know why a node has no lease.
    public LeaseList(Optional<Lease> own, Set<Lease> others, Map<String, String> faults) {
        this(own, "", others, faults);
    }

    public LeaseList {
        others = Set.copyOf(others);
        faults = Map.copyOf(faults);
    }

    /// The same, with a reason for a missing lease of this node.
    public LeaseList because(String why) {
        return new LeaseList(own, why, others, faults);
    }
}
