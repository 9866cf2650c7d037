package jflannel.lease;

import java.util.Set;

/// An event of a lease store. The first event of a watch is always a [Resync].
public sealed interface LeaseEvent {
    /// Another node joined, or changed what it announces.
    record Put(Lease lease) implements LeaseEvent {}

    /// Another node's lease was deleted.
    record Removed(Lease lease) implements LeaseEvent {}

    /// Another node's lease expired: the node is gone, or is cut off from the store but still carries packets.
    record Expired(Lease lease) implements LeaseEvent {}

    /// The watch starts, or had lost its position, so these are the leases of all other nodes. Any other is gone.
    ///
    /// @param trusted false if the store lost this node's lease too, or is another store than before: it came back
    ///     empty or from an old backup, and the missing nodes may still be alive
    record Resync(Set<Lease> all, boolean trusted) implements LeaseEvent {
        public Resync(Set<Lease> all) {
            this(all, true);
        }
    }

    /// The administrator changed the network configuration.
    record Reconfigured(NetworkConfig network) implements LeaseEvent {}

    /// This node lost its lease and has another: its subnets have changed.
    record Moved(Lease own) implements LeaseEvent {}
}
