package jflannel.lease;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/// The leases of all other nodes as of the last event. Immutable.
public record Peers(Map<Object, Lease> byKey) {
    public static final Peers NONE = new Peers(Map.of());

    /// What an event means to one who believes each of them.
    public Peers after(LeaseEvent event) {
        Map<Object, Lease> next = new HashMap<>(byKey);
        switch (event) {
            case LeaseEvent.Put(Lease lease) -> next.put(lease.key(), lease);
            case LeaseEvent.Removed(Lease lease) -> next.remove(lease.key());
            case LeaseEvent.Expired(Lease lease) -> next.remove(lease.key());
            case LeaseEvent.Reconfigured _ -> {}
            case LeaseEvent.Resync(var all, var _) -> {
                return of(all);
            }
            case LeaseEvent.Moved(Lease own) -> next.remove(own.key());
        }
        return of(next.values());
    }

    /// These leases, the last of those with one key.
    public static Peers of(Collection<Lease> leases) {
        Map<Object, Lease> byKey = HashMap.newHashMap(leases.size());
        leases.forEach(lease -> byKey.put(lease.key(), lease));
        return new Peers(Map.copyOf(byKey));
    }

    public Collection<Lease> leases() {
        return byKey.values();
    }
}
