package jflannel.lease;

import java.util.Set;

/// What a lease store reports. The first event of a watch is always a [Resync].
public sealed interface LeaseEvent {
    /// Another node joined, or changed what it announces.
    record Put(Lease lease) implements LeaseEvent {}

    /// Another node's lease ended.
    record Removed(Lease lease) implements LeaseEvent {}

    /// The watch begins, or had lost its place, so here are the leases of all other nodes. Any not in `all` is gone.
    record Resync(Set<Lease> all) implements LeaseEvent {}

    /// This node's own lease was lost and replaced by another: the node has new subnets.
    record Moved(Lease own) implements LeaseEvent {}
}
