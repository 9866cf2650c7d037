package jflannel.lease;

import java.util.Comparator;
import java.util.List;

/// A lease as it stands in a store, whether it counts or not.
///
/// @param id what the store knows it by
/// @param holder what messages call the node that holds it
/// @param since when it was made, by any count of the store's that grows
/// @param identities what its node announced and no other may, as [LeaseRules#identities] finds it
public record Claim(String id, String holder, long since, Lease lease, List<String> identities) {
    /// Which of two claims to one place counts: the first. All nodes agree on it, whatever they saw first.
    static final Comparator<Claim> OLDEST_FIRST =
            Comparator.comparingLong(Claim::since).thenComparing(Claim::id);

    public Claim(String id, String holder, long since, Lease lease) {
        this(id, holder, since, lease, LeaseRules.identities(lease));
    }

    boolean isOlderThan(Claim other) {
        return OLDEST_FIRST.compare(this, other) < 0;
    }
}
