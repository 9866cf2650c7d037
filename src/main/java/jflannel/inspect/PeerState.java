package jflannel.inspect;

import java.util.List;
import jflannel.lease.Lease;

/// Another node, and what this one has in its kernel to reach it.
///
/// @param held true if the store has lost its lease, and its routes are kept for the grace period
/// @param ignored why it, or one of its subnets, cannot be reached because of what it published; empty if it can
/// @param entries what the kernel should hold for it
public record PeerState(Lease lease, boolean held, String ignored, List<Entry> entries) {
    public PeerState {
        entries = List.copyOf(entries);
    }

    /// True if the kernel holds all that it should.
    public boolean isProgrammed() {
        return ignored.isEmpty() && entries.stream().allMatch(Entry::isPresent);
    }
}
