package jflannel.lease;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// All leases of a store at one moment, as one node sees them.
///
/// @param own the lease of this node
/// @param others of all other nodes that count, by the [LeaseJudge]
/// @param faults why other records of the store do not count, by their names there. Both may be anyone's text
public record LeaseList(Optional<Lease> own, Set<Lease> others, Map<String, String> faults) {
    public LeaseList {
        others = Set.copyOf(others);
        faults = Map.copyOf(faults);
    }
}
