package jflannel.lease;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.json.Json;
import jflannel.json.JsonException;

/// The rules for a single lease, which is untrusted input, and for pairs of leases. The [LeaseJudge] decides which
/// of two conflicting leases counts.
public final class LeaseRules {
    /// Longer names that others published are truncated, in characters.
    private static final int LONGEST = 64;

    private LeaseRules() {}

    /// Why nobody in the network can use the lease, phrased to follow its name; empty if it is fine.
    public static Optional<String> fault(NetworkConfig network, Lease lease) {
        for (Ip ip : lease.announced().publicIps().values()) {
            Optional<SpecialBlock> special = SpecialBlock.against(ip);
            if (special.isPresent()) {
                return Optional.of("its address %s is in %s and cannot receive packets".formatted(ip, special.get()));
            }
        }
        for (Cidr cidr : lease.cidrs()) {
            AddressPool pool = network.pool(cidr.family()).orElse(null);
            if (pool == null || !pool.network().contains(cidr)) {
                return Optional.of("%s is not part of the network".formatted(cidr));
            }
            if (!pool.couldHold(cidr)) {
                return Optional.of("%s is too large a part of the network %s, of which a node gets a /%d"
                        .formatted(cidr, pool.network(), pool.subnetLength()));
            }
            Optional<Ip> inside = lease.announced().publicIps().values().stream()
                    .filter(cidr::contains)
                    .findFirst();
            if (inside.isPresent()) {
                return Optional.of("its own subnet %s covers its address %s".formatted(cidr, inside.get()));
            }
        }
        return Optional.empty();
    }

    /// What is odd about a lease that is used nevertheless, since an earlier configuration may have allowed it.
    static Optional<String> doubt(NetworkConfig network, Lease lease) {
        for (Cidr cidr : lease.cidrs()) {
            AddressPool pool = network.pool(cidr.family()).orElseThrow();
            if (!pool.given() && !pool.offers(cidr) && !pool.forHosts().offers(cidr)) {
                return Optional.of(
                        "%s is not one of the subnets that the configuration hands out, each a /%d, from %s to %s"
                                .formatted(cidr, pool.subnetLength(), pool.min(), pool.max()));
            }
        }
        return Optional.empty();
    }

    /// Why the node with `own` cannot use another node's lease; empty if it can. Does not compare identities.
    public static Optional<String> faultBeside(Lease own, Lease lease) {
        if (lease.overlaps(own)) {
            return Optional.of("it overlaps this node's own subnet %s".formatted(own.words()));
        }
        for (Ip ip : lease.announced().publicIps().values()) {
            if (own.announced().publicIps().containsValue(ip)) {
                return Optional.of("it has this node's own address %s".formatted(ip));
            }
        }
        return overlap(own, "this node", lease);
    }

    /// Why two leases cannot both be used, phrased about the second; empty if they can.
    ///
    /// @param holder the node that holds the first, for the message
    public static Optional<String> conflict(Lease first, String holder, Lease second) {
        return overlap(first, holder, second).or(() -> impersonation(first, holder, second));
    }

    /// Why two leases cannot both be used even if they do not overlap: the second announces the first's identity.
    static Optional<String> impersonation(Lease first, String holder, Lease second) {
        return sharedIdentity(first, second).map(identity -> "it announces %s, as %s does".formatted(identity, holder));
    }

    private static Optional<String> overlap(Lease first, String holder, Lease second) {
        Optional<Cidr> overlapping = second.cidrs().stream()
                .filter(mine -> first.cidrs().stream().anyMatch(mine::overlaps))
                .findFirst();
        if (overlapping.isPresent()) {
            return Optional.of("%s overlaps %s of %s".formatted(overlapping.get(), first.words(), holder));
        }
        Optional<Ip> covered = addressWithin(first, second);
        if (covered.isPresent()) {
            return Optional.of("its subnet covers the address %s of %s".formatted(covered.get(), holder));
        }
        return addressWithin(second, first)
                .map(ip -> "its address %s lies in %s of %s".formatted(ip, first.words(), holder));
    }

    private static Optional<Ip> addressWithin(Lease addressed, Lease covering) {
        return addressed.announced().publicIps().values().stream()
                .filter(ip -> covering.cidrs().stream().anyMatch(cidr -> cidr.contains(ip)))
                .findFirst();
    }

    /// Two leases with the same address may share an identity: then one of them is a leftover.
    private static Optional<String> sharedIdentity(Lease first, Lease second) {
        if (!first.announced().backendType().equals(second.announced().backendType())) {
            return Optional.empty();
        }
        for (LeasedSubnet mine : second.subnets()) {
            Optional<LeasedSubnet> other = first.subnet(mine.cidr().family());
            Optional<String> identity = identity(second.announced().backendType(), mine);
            if (other.isPresent()
                    && identity.isPresent()
                    && identity.equals(identity(first.announced().backendType(), other.get()))
                    && !other.get().publicIp().equals(mine.publicIp())) {
                return identity;
            }
        }
        return Optional.empty();
    }

    /// What no two nodes may announce alike, each with its family.
    public static List<String> identities(Lease lease) {
        return lease.subnets().stream()
                .flatMap(subnet -> identity(lease.announced().backendType(), subnet)
                        .map(identity -> subnet.cidr().family() + " " + identity)
                        .stream())
                .toList();
    }

    /// What no two nodes may announce alike for one family, such as `VtepMAC 82:4b:b6:2f:54:4e`; empty if none.
    static Optional<String> identity(String backendType, LeasedSubnet subnet) {
        String field = BackendType.announcedAs(backendType)
                .map(type -> type.published().identity())
                .orElse("");
        return field.isEmpty() ? Optional.empty() : published(subnet, field).map(value -> field + " " + value);
    }

    private static Optional<String> published(LeasedSubnet subnet, String field) {
        if (subnet.backendData() == null) {
            return Optional.empty();
        }
        try {
            Object value = Json.object(subnet.backendData()).get(field);
            return Optional.ofNullable(value).map(LeaseRules::text);
        } catch (JsonException e) {
            return Optional.empty(); // reported by the backend
        }
    }

    /// MAC addresses are the same in capitals; keys in base64, which has no colons, are others.
    private static String text(Object value) {
        return cut(
                value instanceof String string
                        ? string.indexOf(':') < 0 ? string : string.toLowerCase(Locale.ROOT)
                        : Json.compact(value));
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }

    /// Why a backend cannot reach the node that holds a lease; empty if it can. The backend itself checks the data
    /// that the node published for it.
    public static Optional<String> faultOfBackend(NetworkConfig network, Lease lease) {
        BackendType ours = network.type();
        String theirs = lease.announced().backendType();
        boolean usable = theirs.equals(ours.title()) || isGoingOver(network, lease);
        return ours.published().name() && !usable
                ? Optional.of("its backend is \"%s\", and this node's is \"%s\"".formatted(cut(theirs), ours.title()))
                : Optional.empty();
    }

    /// True of a node on its way between vxlan and this node's backend: see [WireguardOptions#ACCEPT].
    private static boolean isGoingOver(NetworkConfig network, Lease lease) {
        return network.type() == BackendType.WIREGUARD
                && lease.announced().backendType().equals(BackendType.VXLAN.title())
                && (WireguardOptions.acceptsVxlan(network)
                        || lease.subnets().stream()
                                .anyMatch(it -> published(
                                                it,
                                                BackendType.WIREGUARD
                                                        .published()
                                                        .identity())
                                        .isPresent()));
    }

    /// True for a reservation whose node has not started yet, so that it announces no backend.
    public static boolean isUnclaimed(BackendType ours, Lease lease) {
        Announcement announced = lease.announced();
        return ours.published().name()
                && announced.backendType().isEmpty()
                && announced.backendData().isEmpty();
    }
}
