package jflannel.cloud;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import jflannel.cloud.CloudRoute.State;
import jflannel.ip.Cidr;

/// What has to change in a cloud's tables: pure, from what is there and what should be.
///
/// @param create what this node lacks
/// @param replace routes to this node's subnets that lead elsewhere, or nowhere
/// @param former routes to this node for subnets that it does not have; only once all leases are known
/// @param dead routes to nowhere for subnets that nobody has; likewise
/// @param strange routes to other nodes for subnets that nobody has; likewise, and whose they are is not known
/// @param overriding routes to this node's subnets or parts of them that lead elsewhere, and win
/// @param unrouted how many nodes' subnets are in none of the tables, this one's among them
record CloudPlan(
        List<Create> create,
        List<CloudRoute> replace,
        List<CloudRoute> former,
        List<CloudRoute> dead,
        List<CloudRoute> strange,
        List<CloudRoute> overriding,
        int unrouted) {

    record Create(CloudTable table, Cidr subnet) {}

    /// @param leased the subnets of all other nodes
    /// @param known true if the store has listed all of them
    static CloudPlan of(DesiredCloudRoutes wanted, List<CloudTable> tables, Collection<Cidr> leased, boolean known) {
        CloudPlan plan = new CloudPlan(
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                unrouted(wanted, tables, leased));
        for (CloudTable table : tables) {
            if (!wanted.withdrawn()) {
                wanted.subnets().stream().sorted().forEach(subnet -> plan.want(table, subnet));
            }
            table.routes().forEach(route -> plan.sort(route, wanted, leased, known));
        }
        return plan;
    }

    private void want(CloudTable table, Cidr subnet) {
        Optional<CloudRoute> there = table.routes().stream()
                .filter(route ->
                        route.state() != State.FOREIGN && route.destination().equals(subnet))
                .findFirst();
        if (there.isEmpty()) {
            create.add(new Create(table, subnet));
        } else if (!there.get().here() || there.get().state() == State.DEAD) {
            replace.add(there.get());
        }
    }

    private void sort(CloudRoute route, DesiredCloudRoutes wanted, Collection<Cidr> leased, boolean known) {
        boolean foreign = route.state() == State.FOREIGN;
        if (wanted.subnets().contains(route.destination()) && !foreign) {
            if (wanted.withdrawn() && route.here()) {
                former.add(route);
            }
        } else if (wanted.subnets().stream().anyMatch(own -> own.contains(route.destination()))) {
            if (!route.here()) {
                overriding.add(route);
            }
        } else if (!foreign && isFree(route.destination(), wanted, leased, known)) {
            List<CloudRoute> kind = route.here() ? former : route.state() == State.DEAD ? dead : strange;
            kind.add(route);
        }
    }

    private static boolean isFree(Cidr destination, DesiredCloudRoutes wanted, Collection<Cidr> leased, boolean known) {
        return known && wanted.looksLikeSubnet(destination) && leased.stream().noneMatch(destination::overlaps);
    }

    private static int unrouted(DesiredCloudRoutes wanted, List<CloudTable> tables, Collection<Cidr> leased) {
        List<Cidr> there = tables.stream()
                .flatMap(table -> table.routes().stream())
                .map(CloudRoute::destination)
                .toList();
        List<Cidr> all = new ArrayList<>(leased);
        all.addAll(wanted.subnets());
        all.removeAll(there);
        return all.size();
    }

    /// True if this node's routes are as they should be.
    boolean isFulfilled() {
        return create.isEmpty() && replace.isEmpty();
    }
}
