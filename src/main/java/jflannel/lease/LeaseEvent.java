package jflannel.lease;

import java.util.Set;

/// What a lease store reports. The first event of a watch is always a [Resync].
public sealed interface LeaseEvent {
    /// Another node joined, or changed what it announces.
    record Put(Lease lease) implements LeaseEvent {}

    /// Another node's lease was deleted.
    record Removed(Lease lease) implements LeaseEvent {}

    /// Another node's lease ran out: the node is gone, or has been cut off from the store and carries packets still.
    record Expired(Lease lease) implements LeaseEvent {}

    /// The watch begins, or had lost its place, so here are the leases of all other nodes. Any not in `all` is gone.
    ///
    /// @param trusted false if the store did not know this node's own lease either, or is another than it was: it
    ///     came back empty, or from an old backup, and what it lacks may be there all the same
    record Resync(Set<Lease> all, boolean trusted) implements LeaseEvent {
        public Resync(Set<Lease> all) {
            this(all, true);
        }
    }

    /// The administrator changed the network configuration to this.
    record Reconfigured(NetworkConfig network) implements LeaseEvent {}

    /// This node's own lease was lost and replaced by another: the node has new subnets.
    record Moved(Lease own) implements LeaseEvent {}
}
