package jflannel.kernel;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import jflannel.ip.Family;

/// Which of the kernel's addresses, neighbors, fdb entries and routes belong to this program, so that those beyond
/// the desired ones may be deleted.
///
/// @param devices indexes of the devices whose addresses, neighbors and fdb entries can be ours, which saves reading
///     those of all others
/// @param tables numbers of the tables, beside the main one, whose routes can be ours
/// @param filters the name of those filters that are ours, on whatever device; empty if there never are any, which
///     saves reading those of all devices
/// @param wireguard indexes of those of the devices that are WireGuard's, whose peers are ours
/// @param policies true if IPsec policies can be ours; else they are not read
/// @param claims true for what is ours
public record Ownership(
        Set<Integer> devices,
        Set<Integer> tables,
        String filters,
        Set<Integer> wireguard,
        boolean policies,
        Predicate<KernelObject> claims) {
    public static final Ownership NONE = new Ownership(Set.of(), Set.of(), "", Set.of(), false, _ -> false);

    public Ownership {
        wireguard = Set.copyOf(wireguard);
        tables = Set.copyOf(tables);
        devices = Set.copyOf(devices);
    }

    /// Everything on the given devices except the link-local IPv6 addresses that the kernel assigns, and the routes
    /// that `routes` claims; of the main table, unless there are [more][#withTables].
    public static Ownership of(Set<Integer> devices, Predicate<Route> routes) {
        return of(devices, routes, "");
    }

    /// The same, and the filters of that name.
    public static Ownership of(Set<Integer> devices, Predicate<Route> routes, String filters) {
        return new Ownership(devices, Set.of(), filters, Set.of(), false, object -> switch (object) {
            case Address address -> devices.contains(address.ifIndex()) && !isKernels(address);
            case Clsact _ -> false;
            case Filter filter -> filter.name().equals(filters);
            case Neighbor neighbor -> devices.contains(neighbor.ifIndex());
            case Route route -> routes.test(route);
            case RoutingRule _, XfrmPolicy _ -> false;
            case WireguardPeer peer -> devices.contains(peer.ifIndex());
        });
    }

    /// Routes alone.
    public static Ownership ofRoutes(Predicate<Route> routes) {
        return of(Set.of(), routes);
    }

    /// The same, where these devices are WireGuard's.
    public Ownership withWireguard(Set<Integer> which) {
        return new Ownership(devices, tables, filters, which, policies, claims);
    }

    /// The same, and the routes of more tables: by the same claims, and by others.
    public Ownership withTables(Set<Integer> more, Predicate<KernelObject> others) {
        return new Ownership(devices, more, filters, wireguard, policies, claims.or(others));
    }

    /// The same, and the IPsec policies that `ours` claims.
    public Ownership withPolicies(Predicate<XfrmPolicy> ours) {
        return new Ownership(
                devices,
                tables,
                filters,
                wireguard,
                true,
                claims.or(object -> object instanceof XfrmPolicy policy && ours.test(policy)));
    }

    /// The same tables to read, but nothing to delete.
    public Ownership withoutDeletion() {
        return new Ownership(devices, tables, filters, wireguard, policies, _ -> false);
    }

    /// Indexes of the devices whose tables matter if these objects are wanted.
    Set<Integer> devices(Collection<? extends KernelObject> desired) {
        Set<Integer> all = new TreeSet<>(devices);
        for (KernelObject object : desired) {
            switch (object) {
                case Address address -> all.add(address.ifIndex());
                case Neighbor neighbor -> all.add(neighbor.ifIndex());
                case Clsact _, Filter _, Route _, RoutingRule _, WireguardPeer _, XfrmPolicy _ -> {}
            }
        }
        return all;
    }

    /// Numbers of the tables that matter then, beside the main one.
    Set<Integer> tables(Collection<? extends KernelObject> desired) {
        Set<Integer> all = new TreeSet<>(tables);
        for (KernelObject object : desired) {
            if (object instanceof Route route) {
                all.add(route.table());
            }
        }
        all.remove(FibRoute.MAIN);
        return all;
    }

    private static boolean isKernels(Address address) {
        return address.ip().family() == Family.IPV6 && address.ip().isLinkLocal();
    }
}
