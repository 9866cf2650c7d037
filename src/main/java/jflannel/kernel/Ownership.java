package jflannel.kernel;

import java.util.Set;
import java.util.function.Predicate;
import jflannel.ip.Family;

/// Which of the kernel's addresses, neighbors, fdb entries and routes belong to this program, so that those beyond
/// the desired ones may be deleted.
///
/// @param devices indexes of the devices whose addresses, neighbors and fdb entries can be ours, which saves reading
///     those of all others
/// @param claims true for what is ours
public record Ownership(Set<Integer> devices, Predicate<KernelObject> claims) {
    public Ownership {
        devices = Set.copyOf(devices);
    }

    /// Everything on the given devices except the link-local IPv6 addresses that the kernel assigns, and the routes
    /// of the main table that `routes` claims.
    public static Ownership of(Set<Integer> devices, Predicate<Route> routes) {
        return new Ownership(devices, object -> switch (object) {
            case Address address -> devices.contains(address.ifIndex()) && !isKernels(address);
            case Neighbor neighbor -> devices.contains(neighbor.ifIndex());
            case Route route -> routes.test(route);
        });
    }

    /// Routes alone.
    public static Ownership ofRoutes(Predicate<Route> routes) {
        return of(Set.of(), routes);
    }

    /// The same tables to read, but nothing to delete.
    public Ownership withoutDeletion() {
        return new Ownership(devices, _ -> false);
    }

    private static boolean isKernels(Address address) {
        return address.ip().family() == Family.IPV6 && address.ip().isLinkLocal();
    }
}
