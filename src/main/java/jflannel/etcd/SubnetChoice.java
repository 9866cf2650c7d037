package jflannel.etcd;

import static java.util.Comparator.comparing;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.lease.AddressPool;
import jflannel.lease.NetworkConfig;
import jflannel.lease.NotYetException;
import jflannel.lease.SubnetAllocator;

/// Decides which subnets a node should take, given what the store holds. Pure: the caller tries to take them, and
/// asks again if another node was faster.
///
/// @param kept the node's own lease, if it has a usable one
/// @param cidrs the subnets
/// @param dropped other leases of this node, to be deleted when this one is taken
record SubnetChoice(Optional<SubnetRecord> kept, List<Cidr> cidrs, List<SubnetRecord> dropped) {
    private static final int HOLDERS_NAMED = 10;

    /// Tries, in this order: a lease that this node already has, the subnets it had before, free subnets.
    ///
    /// @param cut the network as it is divided for nodes like this one
    /// @param unusable matches subnets that this host cannot have
    /// @throws NotYetException if no subnet is left
    static SubnetChoice of(
            NetworkConfig network,
            NetworkConfig cut,
            Predicate<SubnetRecord> isOwn,
            Predicate<Cidr> unusable,
            List<Cidr> previous,
            List<SubnetRecord> records,
            RandomGenerator random) {
        List<SubnetRecord> own = records.stream().filter(isOwn).toList();
        List<SubnetRecord> others = records.stream().filter(isOwn.negate()).toList();
        Optional<SubnetRecord> kept = own.stream()
                .filter(it -> fits(cut, it.cidrs()) && it.cidrs().stream().noneMatch(unusable))
                .filter(it -> !isLate(network, it, others))
                .min(comparing((SubnetRecord it) -> !it.isReservation())
                        .thenComparing(it -> !it.cidrs().equals(previous))
                        .thenComparing(SubnetRecord::createRevision)
                        .thenComparing(SubnetRecord::name));
        // a node that has kept its subnets has lost nothing: another lease at its address is another node's
        boolean unchanged = kept.isPresent() && kept.get().cidrs().equals(previous);
        // a second usable reservation is left for the administrator to delete
        List<SubnetRecord> dropped = own.stream()
                .filter(it -> it != kept.orElse(null))
                .filter(it -> !fits(network, it.cidrs()) || !it.isReservation() && !unchanged)
                .toList();
        if (kept.isPresent()) {
            return new SubnetChoice(kept, kept.get().cidrs(), dropped);
        }
        List<SubnetRecord> holding =
                records.stream().filter(it -> !dropped.contains(it)).toList();
        return new SubnetChoice(Optional.empty(), pick(cut, unusable, previous, holding, random), dropped);
    }

    /// True if a node may hold exactly these subnets.
    static boolean fits(NetworkConfig network, List<Cidr> cidrs) {
        return cidrs.stream()
                        .map(Cidr::family)
                        .collect(Collectors.toSet())
                        .equals(network.pools().keySet())
                && cidrs.stream()
                        .allMatch(cidr ->
                                network.pool(cidr.family()).orElseThrow().offers(cidr));
    }

    /// True if another node had any of these blocks first.
    static boolean isLate(NetworkConfig network, SubnetRecord own, Collection<SubnetRecord> others) {
        return others.stream()
                .filter(it -> it.createRevision() < own.createRevision())
                .flatMap(it -> it.within(network).stream())
                .anyMatch(cidr -> own.cidrs().stream().anyMatch(cidr::overlaps));
    }

    private static List<Cidr> pick(
            NetworkConfig network,
            Predicate<Cidr> unusable,
            List<Cidr> previous,
            List<SubnetRecord> holding,
            RandomGenerator random) {
        List<Cidr> taken =
                holding.stream().flatMap(it -> it.within(network).stream()).toList();
        List<Cidr> picked = new ArrayList<>();
        for (Family family : Family.values()) {
            AddressPool pool = network.pool(family).orElse(null);
            if (pool != null) {
                picked.add(previous.stream()
                        .filter(cidr -> pool.offers(cidr) && !unusable.test(cidr))
                        .filter(cidr -> taken.stream().noneMatch(cidr::overlaps))
                        .findFirst()
                        .or(() -> SubnetAllocator.pick(pool, taken, unusable, random))
                        .orElseThrow(() -> SubnetAllocator.pick(pool, taken, _ -> false, random)
                                        .isPresent()
                                ? nothingForThisHost(network, pool)
                                : outOfSubnets(network, pool, holding)));
            }
        }
        return picked;
    }

    private static NotYetException nothingForThisHost(NetworkConfig network, AddressPool pool) {
        return new NotYetException(
                network.where() + ": " + key(pool),
                pool.network(),
                "Every free /%d from %s to %s overlaps an address or network of this host. Give another network."
                        .formatted(pool.subnetLength(), pool.min(), pool.max()));
    }

    private static String key(AddressPool pool) {
        return pool.network().family() == Family.IPV6 ? "IPv6Network" : "Network";
    }

    private static NotYetException outOfSubnets(NetworkConfig network, AddressPool pool, List<SubnetRecord> records) {
        List<SubnetRecord> holders = records.stream()
                .filter(it -> it.within(network).stream().anyMatch(cidr -> cidr.overlaps(pool.network())))
                .toList();
        String named = holders.stream()
                .limit(HOLDERS_NAMED)
                .map(it -> it.name() + " by " + it.holder() + (it.isReservation() ? " (reserved)" : ""))
                .collect(Collectors.joining(", "));
        String prefix = pool.network().family() == Family.IPV6 ? "IPv6" : "";
        return new NotYetException(
                network.where() + ": " + key(pool),
                pool.network(),
                ("It is out of subnets: every /%d from %s to %s is taken, by %d leases: %s%s. Delete leases of"
                                + " nodes that are gone, or use a larger %sSubnetMax or network.")
                        .formatted(
                                pool.subnetLength(),
                                pool.min(),
                                pool.max(),
                                holders.size(),
                                named,
                                holders.size() > HOLDERS_NAMED ? ", …" : "",
                                prefix));
    }
}
