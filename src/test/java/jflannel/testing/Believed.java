package jflannel.testing;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.Peers;

/// What a store's events come to for one who believes each of them.
public final class Believed {
    public static final Peers NOBODY = Peers.of(Set.of());

    private Believed() {}

    public static Peers after(Peers peers, LeaseEvent event) {
        Map<Object, Lease> next = new HashMap<>();
        peers.leases().forEach(lease -> next.put(lease.key(), lease));
        switch (event) {
            case LeaseEvent.Put(Lease lease) -> next.put(lease.key(), lease);
            case LeaseEvent.Removed(Lease lease) -> next.remove(lease.key());
            case LeaseEvent.Expired(Lease lease) -> next.remove(lease.key());
            case LeaseEvent.Reconfigured _ -> {}
            case LeaseEvent.Resync(var all, var _) -> {
                return Peers.of(all);
            }
            case LeaseEvent.Moved(Lease own) -> next.remove(own.key());
        }
        return Peers.of(next.values());
    }
}
