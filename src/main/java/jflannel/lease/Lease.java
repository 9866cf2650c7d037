package jflannel.lease;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// A node's claim to one subnet of each family in use, and the node's announcement.
///
/// @param cidrs one or two blocks, at most one per family, IPv4 first
/// @param announced names at least one public address
public record Lease(List<Cidr> cidrs, Announcement announced) {
    public Lease {
        cidrs = List.copyOf(cidrs);
        if (cidrs.isEmpty() || announced.publicIps().isEmpty()) {
            throw new IllegalArgumentException("a lease needs a subnet and a public address");
        }
    }

    /// True if it has room for a node's own address alone, and none for pods.
    public boolean isOfHost() {
        return cidrs.stream().allMatch(cidr -> cidr.length() >= cidr.family().bits() - 1);
    }

    /// Two leases with equal keys are versions of the same lease.
    public Object key() {
        return cidrs;
    }

    public List<LeasedSubnet> subnets() {
        return cidrs.stream().map(this::leased).toList();
    }

    public Optional<LeasedSubnet> subnet(Family family) {
        return cidrs.stream()
                .filter(cidr -> cidr.family() == family)
                .findFirst()
                .map(this::leased);
    }

    /// True if any block of this lease overlaps any block of the other.
    public boolean overlaps(Lease other) {
        return cidrs.stream().anyMatch(mine -> other.cidrs.stream().anyMatch(mine::overlaps));
    }

    private LeasedSubnet leased(Cidr cidr) {
        Ip publicIp = announced
                .publicIp(cidr.family())
                .orElseGet(() -> announced.publicIps().values().iterator().next());
        return new LeasedSubnet(cidr, publicIp, announced.backendData().get(cidr.family()));
    }

    /// The subnets for logs: `10.5.2.0/24` or `10.5.2.0/24 and fd00:5:2::/64`.
    public String words() {
        return cidrs.stream().map(Cidr::toString).collect(Collectors.joining(" and "));
    }
}
