package jflannel.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.kernel.FibRoute;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.kernel.RoutingRule;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;

/// The routing table for the routes to peers. With one of their own, packets to pods are looked up there first:
///
///     ip rule                5000: from all to 10.5.0.0/16 lookup 100 proto 102
///     ip route show table 100
///         10.5.2.0/24 via 10.5.2.0 dev flannel.1 onlink proto 102
///         throw 10.5.1.0/24 proto 102            this node's own subnet: its bridge has a route in the main table
///
/// What is not found there is looked up in the main table, as before.
///
/// @param number unsigned; [FibRoute#MAIN] for none of their own
/// @param former the numbers of tables that have routes of earlier runs
public record RouteTable(int number, Set<Integer> former) {
    /// Behind the rules of VRFs (1000), and before those of VPNs (tailscaled takes 5210 and more, wg-quick 32764)
    /// and of the main table (32766).
    public static final int PRIORITY = 5000;

    /// The main table, and nothing left in others.
    public static final RouteTable MAIN = new RouteTable(FibRoute.MAIN, Set.of());

    public RouteTable {
        former = Set.copyOf(former);
    }

    /// Numbers of all tables that may have routes of this program.
    public Set<Integer> all() {
        Set<Integer> all = new TreeSet<>(former);
        all.add(number);
        all.add(FibRoute.MAIN);
        return all;
    }

    /// What is wanted whoever the peers are: the rules that lead to the table, and the way out of it for this
    /// node's own pods.
    List<KernelObject> base(NetworkConfig config, Lease own) {
        if (number == FibRoute.MAIN || !config.type().usesKernel()) {
            return List.of();
        }
        List<KernelObject> objects = new ArrayList<>();
        for (Cidr subnet : own.cidrs()) {
            objects.add(RoutingRule.to(config.network(subnet.family()), number, PRIORITY));
            objects.add(Route.skipping(subnet, number));
        }
        return objects;
    }

    /// The same objects, with the routes in this table.
    List<KernelObject> place(List<KernelObject> objects) {
        return number == FibRoute.MAIN
                ? objects
                : objects.stream().map(this::place).toList();
    }

    /// The same for a peer.
    Reach place(Reach reach) {
        return number == FibRoute.MAIN ? reach : new Reach(place(reach.objects()), reach.carried());
    }

    private KernelObject place(KernelObject object) {
        return object instanceof Route route && !leadsToGateway(route) ? route.inTable(number) : object;
    }

    /// What is ours: a backend's objects wherever the table was before, and the rules.
    public Ownership ownership(Ownership backends, NetworkConfig config) {
        return backends.withTables(all(), new Footprint(Set.of(), networks(config))::ownsInTables);
    }

    /// The kernel looks for gateways on a link in the main table, whatever table the route is for.
    private static boolean leadsToGateway(Route route) {
        return route.gateway() == null
                && route.destination().length() == route.destination().family().bits();
    }

    /// What of a former configuration's routes and rules the present one has no use for.
    public Ownership beyond(Footprint former, Footprint present) {
        Predicate<KernelObject> rules =
                object -> object instanceof RoutingRule rule && former.ruleBeyond(present, rule);
        return Ownership.ofRoutes(former.routesBeyond(present)).withTables(all(), rules);
    }

    private static Set<Cidr> networks(NetworkConfig config) {
        return config.pools().values().stream().map(pool -> pool.network()).collect(Collectors.toSet());
    }
}
