package jflannel.inspect;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.lease.Lease;

/// The leases of other nodes, as this one knows them.
///
/// @param peers all that it keeps routes to
/// @param held those of them that the store has lost
/// @param faults why other records of the store do not count, by their names there. Both may be anyone's text
public record KnownLeases(Collection<Lease> peers, Set<Lease> held, Map<String, String> faults) {
    public KnownLeases {
        peers = List.copyOf(peers);
        held = Set.copyOf(held);
        faults = Map.copyOf(faults);
    }
}
