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
import jflannel.work.Printable;

/// A key below `<prefix>/subnets/`. Untrusted: any node, person or program may have written it.
///
/// @param name the key without the directory
/// @param cidrs the blocks that the name stands for; empty if none. They count as taken even if the value is broken
/// @param announced empty if the value is unusable
/// @param problem what is wrong with the name or value, safe to log; "" if nothing is
/// @param etcdLease that the key is attached to; 0 for a reservation, which stays until it is deleted
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

    /// Those of its blocks that a node of the network may hold. A key such as `0.0.0.0-0` takes nothing.
    List<Cidr> within(NetworkConfig network) {
        return cidrs.stream()
                .filter(cidr -> network.pool(cidr.family())
                        .filter(pool -> pool.couldHold(cidr))
                        .isPresent())
                .toList();
    }

    /// Why it is not a lease of the network; empty if it is one, even a bad one.
    String problem(NetworkConfig network) {
        return problem.isEmpty() && cidrsOf(network).isEmpty()
                ? "the network uses none of its address families"
                : problem;
    }

    /// The lease that it stands for, in the families that the network uses.
    Claim claim(NetworkConfig network) {
        return new Claim(name, holder(), createRevision, new Lease(cidrsOf(network), announced.orElseThrow()));
    }

    private List<Cidr> cidrsOf(NetworkConfig network) {
        return cidrs.stream()
                .filter(cidr -> network.pools().containsKey(cidr.family()))
                .toList();
    }

    /// True if it belongs to the node that announces `node`. A node is identified by its IPv4 address, or by its
    /// IPv6 address if it has no IPv4 address.
    boolean isOf(Announcement node) {
        Family family = node.publicIp(Family.IPV4).isPresent() ? Family.IPV4 : Family.IPV6;
        return announced.flatMap(it -> it.publicIp(family)).equals(node.publicIp(family));
    }

    /// The holder, for messages.
    String holder() {
        return announced
                .map(it -> it.publicIp(Family.IPV4)
                        .or(() -> it.publicIp(Family.IPV6))
                        .map(Ip::toString)
                        .orElse("?"))
                .orElse("an unknown node");
    }

    /// Makes text from the store safe to log: one short line.
    static String printable(String text) {
        return Printable.line(text, LONGEST_QUOTE);
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
