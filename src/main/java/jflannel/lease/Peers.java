package jflannel.lease;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/// The leases of all other nodes, as of the last event. Immutable.
public record Peers(Map<Object, Lease> byKey) {
    /// These leases; of several with the same key, the last.
    public static Peers of(Collection<Lease> leases) {
        Map<Object, Lease> byKey = HashMap.newHashMap(leases.size());
        leases.forEach(lease -> byKey.put(lease.key(), lease));
        return new Peers(Map.copyOf(byKey));
    }

    public Collection<Lease> leases() {
        return byKey.values();
    }
}
