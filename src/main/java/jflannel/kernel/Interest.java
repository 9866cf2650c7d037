package jflannel.kernel;

import java.util.Set;
import java.util.function.Predicate;
import jflannel.ip.Cidr;

/// Which of the kernel's notifications matter.
///
/// @param own names of the devices that this program makes: everything that happens to them and on them matters
/// @param underlay names of the devices that lead to other nodes: their properties, addresses and routes matter, but
///     not their neighbors
/// @param networks where its routes lead: addresses there and routes to subnets there matter, whatever device they use;
///     routes to single hosts do not, as they are pods that come and go
/// @param sets names of the nftables tables whose sets matter, and not only their rules: those of others change all
///     day
/// @param tables numbers of the routing tables that its routes are in, or others' routes that win over them
/// @param policies true if IPsec policies matter
/// @param holdsNodes true for a network with another node's host in it, or a server that this one needs: any route
///     there matters, of whatever table. Asked on the thread that listens
public record Interest(
        Set<String> own,
        Set<String> underlay,
        Set<Cidr> networks,
        Set<String> sets,
        Set<Integer> tables,
        boolean policies,
        Predicate<Cidr> holdsNodes) {
    /// With routes in the main table, and without those to other nodes.
    public Interest(Set<String> own, Set<String> underlay, Set<Cidr> networks, Set<String> sets) {
        this(own, underlay, networks, sets, Set.of(FibRoute.MAIN), false, _ -> false);
    }

    public Interest {
        own = Set.copyOf(own);
        underlay = Set.copyOf(underlay);
        networks = Set.copyOf(networks);
        sets = Set.copyOf(sets);
        tables = Set.copyOf(tables);
    }
}
