package jflannel.policy;

import java.util.List;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.linux.KernelException;
import jflannel.nftables.NftVerdict;

/// Goes through the sets of a policy table as the kernel does.
final class TableWalk {
    /// Where the elements are.
    interface Sets {
        /// What is found under a key, or within a range; empty if nothing is. [NftVerdict#NONE] in a set.
        Optional<NftVerdict> verdict(NftSet.Id set, byte[] key) throws KernelException;
    }

    private TableWalk() {}

    private static NftVerdict found(Sets sets, NftSet.Id map, byte[] key) throws KernelException {
        return sets.verdict(map, key).orElse(NftVerdict.NONE);
    }

    /// As the chains of [PolicyRules] do.
    static boolean refuses(Sets sets, Connection connection, Direction direction) throws KernelException {
        byte[] subject = connection.subjectOf(direction).bytes();
        byte[] peer = connection.peerOf(direction).bytes();
        Family family = connection.source().family();
        if (sets.verdict(NftSet.isolated(direction, family).id(), subject).isEmpty()) {
            return false;
        }
        for (NftSet groups : List.of(NftSet.pods(direction, family), NftSet.blocks(direction, family))) {
            Optional<Chain> group =
                    Chain.labelled(found(sets, groups.id(), peer).chain());
            if (group.isPresent()) {
                NftSet.Id allowed =
                        NftSet.allowed(direction, family).id(group.get().number());
                Optional<Boolean> verdict = verdict(sets, found(sets, allowed, subject), connection, direction);
                if (verdict.isPresent()) {
                    return verdict.get();
                }
            }
        }
        NftVerdict everybody = found(sets, NftSet.allowed(direction, family).id(), subject);
        return verdict(sets, everybody, connection, direction).orElse(true);
    }

    /// True for refused; empty if something else decides.
    private static Optional<Boolean> verdict(Sets sets, NftVerdict verdict, Connection connection, Direction direction)
            throws KernelException {
        if (verdict.equals(PolicyRules.allowed(direction)) || verdict.equals(PolicyRules.refused(direction))) {
            return Optional.of(verdict.equals(PolicyRules.refused(direction)));
        }
        Optional<Chain> ports = Chain.labelled(verdict.chain());
        if (ports.isEmpty()) {
            return Optional.empty();
        }
        byte[] key = Octets.port(connection.protocol(), connection.port()).bytes();
        boolean listed = connection.transport().isPresent()
                ? sets.verdict(NftSet.PORTS.id(ports.get().number()), key).isPresent()
                : ports.get().others();
        return listed ? Optional.of(false) : ports.get().decides() ? Optional.of(true) : Optional.empty();
    }
}
