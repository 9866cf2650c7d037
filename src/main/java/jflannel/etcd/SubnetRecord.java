package jflannel.etcd;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;
import jflannel.etcd.api.KeyValue;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Announcement;
import jflannel.lease.AnnouncementJson;
import jflannel.lease.Claim;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.SubnetKey;

/// A key below `<prefix>/subnets/`, as any node, person or program may have written it.
///
/// @param name the key without the directory
/// @param cidrs the blocks the name stands for; empty if it stands for none. Blocks with a broken value are taken
///     too.
/// @param announced empty if the value cannot be used
/// @param problem what cannot be used about name or value, in words fit for a log; "" if all can
/// @param etcdLease what the key lives by; 0 if it stays until it is deleted: a reservation
record SubnetRecord(
        String name,
        List<Cidr> cidrs,
        Optional<Announcement> announced,
        String problem,
        ByteString value,
        long etcdLease,
        long createRevision,
        long modRevision) {
    private static final int LONGEST_QUOTE = 200;

    static SubnetRecord of(String name, KeyValue entry) {
        List<Cidr> cidrs = List.of();
        Optional<Announcement> announced = Optional.empty();
        String problem = "";
        try {
            cidrs = SubnetKey.parse(name);
            announced = Optional.of(usable(entry.getValue()));
        } catch (IllegalArgumentException e) {
            problem = printable(e.getMessage());
        }
        return new SubnetRecord(
                name,
                cidrs,
                announced,
                problem,
                entry.getValue(),
                entry.getLease(),
                entry.getCreateRevision(),
                entry.getModRevision());
    }

    boolean isReservation() {
        return etcdLease == 0;
    }

    boolean overlaps(List<Cidr> others) {
        return cidrs.stream().anyMatch(mine -> others.stream().anyMatch(mine::overlaps));
    }

    /// The blocks of it that a node of the network may hold. A key such as `0.0.0.0-0` takes nothing.
    List<Cidr> within(NetworkConfig network) {
        return cidrs.stream()
                .filter(cidr -> network.pool(cidr.family())
                        .filter(pool -> pool.couldHold(cidr))
                        .isPresent())
                .toList();
    }

    /// Why it is no lease of the network's; empty if it is one, which may still be a bad one.
    String problem(NetworkConfig network) {
        return problem.isEmpty() && cidrsOf(network).isEmpty() ? "the network uses no address family of it" : problem;
    }

    /// The lease that it stands for, of the families that the network uses.
    Claim claim(NetworkConfig network) {
        return new Claim(name, holder(), createRevision, new Lease(cidrsOf(network), announced.orElseThrow()));
    }

    private List<Cidr> cidrsOf(NetworkConfig network) {
        return cidrs.stream()
                .filter(cidr -> network.pools().containsKey(cidr.family()))
                .toList();
    }

    /// True if the node that announces `node` wrote this. A node is known by its IPv4 address, or by its IPv6
    /// address if it has no other.
    boolean isOf(Announcement node) {
        Family family = node.publicIp(Family.IPV4).isPresent() ? Family.IPV4 : Family.IPV6;
        return announced.flatMap(it -> it.publicIp(family)).equals(node.publicIp(family));
    }

    /// Who holds it, for messages.
    String holder() {
        return announced
                .map(it -> it.publicIp(Family.IPV4)
                        .or(() -> it.publicIp(Family.IPV6))
                        .map(Ip::toString)
                        .orElse("?"))
                .orElse("an unknown node");
    }

    /// Text from the store made safe to log: on one line, and short.
    static String printable(String text) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= LONGEST_QUOTE ? line : line.substring(0, LONGEST_QUOTE) + "…";
    }

    private static Announcement usable(ByteString value) {
        if (!value.isValidUtf8()) {
            throw new IllegalArgumentException("the value is not text");
        }
        if (value.isEmpty()) {
            throw new IllegalArgumentException("the value is empty");
        }
        Announcement announced = AnnouncementJson.parse(value.toStringUtf8());
        if (announced.publicIps().isEmpty()) {
            throw new IllegalArgumentException("the value names no public address");
        }
        return announced;
    }
}
