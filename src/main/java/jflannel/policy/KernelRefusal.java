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
    private record Lookup(NetlinkSocket socket, PolicyTable table) implements TableWalk.Sets {
        Optional<NftElements.Counted> find(NftSet.Id set, byte[] key) throws KernelException {
            return table.read(socket, set).stream()
                    .filter(it -> matches(it.element(), key))
                    .findFirst();
        }

        @Override
        public Optional<NftVerdict> verdict(NftSet.Id set, byte[] key) throws KernelException {
            return find(set, key).map(it -> it.element().verdict());
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
                Lookup lookup = new Lookup(socket, new PolicyTable(names, false, false));
                for (Direction direction : List.of(Direction.EGRESS, Direction.INGRESS)) {
                    if (TableWalk.refuses(lookup, connection, direction)) {
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
}
