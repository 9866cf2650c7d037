package jflannel.policy;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.names.Names;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Rtnetlink;
import jflannel.nftables.NftElement;
import jflannel.nftables.NftElements;
import jflannel.nftables.NftVerdict;

/// Why the tables on this host refuse a new connection. Reads the tables themselves, whether their daemon runs or not,
/// so this is what the kernel does, and not what it should do.
///
/// @param subject the pod of this node that is isolated
/// @param table that refuses
/// @param packets how many of its packets, in that direction, were refused since the table was made
public record KernelRefusal(Direction direction, Ip subject, String table, long packets) {
    /// What an address, or a protocol and a port, is found with in a set.
    private record Lookup(NetlinkSocket socket, PolicyTable table) {
        Optional<NftElements.Counted> find(NftSet.Id set, byte[] key) throws KernelException {
            return table.read(socket, set).stream()
                    .filter(it -> matches(it.element(), key))
                    .findFirst();
        }

        NftVerdict verdict(NftSet.Id map, byte[] key) throws KernelException {
            return find(map, key).map(it -> it.element().verdict()).orElse(NftVerdict.NONE);
        }

        /// The keys of ranges begin with the family.
        private static boolean matches(NftElement element, byte[] key) {
            int front = element.key().length - key.length;
            byte[] from = Arrays.copyOfRange(element.key(), front, element.key().length);
            byte[] to =
                    element.end().length == 0 ? from : Arrays.copyOfRange(element.end(), front, element.end().length);
            return Arrays.compareUnsigned(from, key) <= 0 && Arrays.compareUnsigned(key, to) <= 0;
        }
    }

    /// Empty if it may begin.
    public static Optional<KernelRefusal> of(Connection connection) throws KernelException {
        if (connection.source().equals(connection.destination())) {
            return Optional.empty();
        }
        try (NetlinkSocket socket = new NetlinkSocket(Rtnetlink.NETLINK_NETFILTER)) {
            for (Names names : PolicyKeeper.installed()) {
                Lookup lookup = new Lookup(socket, new PolicyTable(names, false));
                for (Direction direction : List.of(Direction.EGRESS, Direction.INGRESS)) {
                    if (refuses(lookup, connection, direction)) {
                        Ip subject = connection.subjectOf(direction);
                        NftSet.Id counted =
                                NftSet.refused(direction, subject.family()).id();
                        long packets = lookup.find(counted, subject.bytes())
                                .map(NftElements.Counted::packets)
                                .orElse(0L);
                        return Optional.of(
                                new KernelRefusal(direction, subject, "inet " + names.policyTable(), packets));
                    }
                }
            }
        }
        return Optional.empty();
    }

    /// As the chains of [PolicyRules] do.
    private static boolean refuses(Lookup lookup, Connection connection, Direction direction) throws KernelException {
        byte[] subject = connection.subjectOf(direction).bytes();
        byte[] peer = connection.peerOf(direction).bytes();
        var family = connection.source().family();
        if (lookup.find(NftSet.isolated(direction, family).id(), subject).isEmpty()) {
            return false;
        }
        for (NftSet groups : List.of(NftSet.pods(direction, family), NftSet.blocks(direction, family))) {
            Optional<Chain> group =
                    Chain.labelled(lookup.verdict(groups.id(), peer).chain());
            if (group.isPresent()) {
                NftSet.Id allowed =
                        NftSet.allowed(direction, family).id(group.get().number());
                Optional<Boolean> verdict = verdict(lookup, lookup.verdict(allowed, subject), connection, direction);
                if (verdict.isPresent()) {
                    return verdict.get();
                }
            }
        }
        NftVerdict everybody = lookup.verdict(NftSet.allowed(direction, family).id(), subject);
        return verdict(lookup, everybody, connection, direction).orElse(true);
    }

    /// True for refused; empty if something else decides.
    private static Optional<Boolean> verdict(
            Lookup lookup, NftVerdict verdict, Connection connection, Direction direction) throws KernelException {
        if (verdict.equals(PolicyRules.allowed(direction)) || verdict.equals(PolicyRules.refused(direction))) {
            return Optional.of(verdict.equals(PolicyRules.refused(direction)));
        }
        Optional<Chain> ports = Chain.labelled(verdict.chain());
        if (ports.isEmpty()) {
            return Optional.empty();
        }
        byte[] key = Octets.port(connection.protocol(), connection.port()).bytes();
        boolean listed = connection.transport().isPresent()
                ? lookup.find(NftSet.PORTS.id(ports.get().number()), key).isPresent()
                : ports.get().others();
        return listed ? Optional.of(false) : ports.get().decides() ? Optional.of(true) : Optional.empty();
    }
}
