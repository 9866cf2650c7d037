package jflannel.lease;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The leases of all other nodes as of the last event. Immutable.
public record Peers(Map<Object, Lease> byKey) {
    public static final Peers NONE = new Peers(Map.of());

    public Peers after(LeaseEvent event) {
        return after(List.of(event));
    }

    /// As if one event were taken after the other, in the time of one.
    public Peers after(List<LeaseEvent> events) {
        Map<Object, Lease> next = new HashMap<>(byKey);
        for (LeaseEvent event : events) {
            switch (event) {
                case LeaseEvent.Put(Lease lease) -> next.put(lease.key(), lease);
                case LeaseEvent.Removed(Lease lease) -> next.remove(lease.key());
                case LeaseEvent.Expired(Lease lease) -> next.remove(lease.key());
                case LeaseEvent.Reconfigured(NetworkConfig network) -> {}
                case LeaseEvent.Resync(var all, var trusted) -> {
                    next.clear();
                    all.forEach(lease -> next.put(lease.key(), lease));
                }
                case LeaseEvent.Moved(Lease own) -> next.remove(own.key());
            }
        }
        return new Peers(Collections.unmodifiableMap(next));
    }

    /// True if there is a lease of exactly these subnets.
    public boolean hold(Lease lease) {
        return byKey.containsKey(lease.key());
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
