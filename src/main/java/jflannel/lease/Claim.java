package jflannel.lease;

import java.util.Comparator;
import java.util.List;

/// A lease as it is in a store, whether it counts or not.
///
/// @param id its identifier in the store
/// @param holder the node that holds it, for messages
/// @param since when it was created, on any ascending scale of the store
/// @param identities its [LeaseRules#identities]
public record Claim(String id, String holder, long since, Lease lease, List<String> identities) {
    /// Of two conflicting claims the first in this order counts. All nodes agree on it, whichever they saw first.
    public static final Comparator<Claim> OLDEST_FIRST =
            Comparator.comparingLong(Claim::since).thenComparing(Claim::id);

    public Claim(String id, String holder, long since, Lease lease) {
        this(id, holder, since, lease, LeaseRules.identities(lease));
    }

    boolean isOlderThan(Claim other) {
        return OLDEST_FIRST.compare(this, other) < 0;
    }
}
