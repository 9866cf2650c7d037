package jflannel.policy;

import java.util.OptionalInt;
import jflannel.linux.KernelException;
import jflannel.netlink.NetlinkSocket;
import jflannel.nftables.NftGeneration;
import jflannel.nftables.NftTransaction;

/// Knows whether nobody else has changed any nftables rules since they were known. The kernel reports our own
/// changes, too, and a look through all sets after each would cost more than the change.
final class OwnChanges {
    /// Up to here all changes were ours; empty if somebody else made one.
    private OptionalInt known = OptionalInt.empty();

    /// What the kernel had at a generation is known, or will be replaced.
    void begin(int generation) {
        known = OptionalInt.of(generation);
    }

    void commit(NftTransaction transaction, NetlinkSocket socket) throws KernelException {
        OptionalInt before = known;
        known = OptionalInt.empty(); // until it has succeeded
        if (before.isEmpty()) {
            transaction.commit(socket);
            return;
        }
        boolean alone = NftGeneration.of(socket) == before.getAsInt();
        transaction.commit(socket);
        int after = NftGeneration.of(socket);
        known = alone && after == before.getAsInt() + 1 ? OptionalInt.of(after) : OptionalInt.empty();
    }

    /// True if all changes up to a generation are ours.
    boolean reach(int generation) {
        return known.equals(OptionalInt.of(generation));
    }
}
