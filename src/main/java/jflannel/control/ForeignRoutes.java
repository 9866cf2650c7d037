package jflannel.control;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.kernel.DeviceNames;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Route;
import jflannel.lease.Lease;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.underlay.HostNetworks;

/// Shows which routes and rules of other programs win over the routes to peers. For one thread.
public final class ForeignRoutes {
    private final Kernel kernel;
    private final Board board;
    private final PodWays ways;
    private List<Cidr> own = List.of();
    private Optional<PodWays.Detour> detour = Optional.empty();

    ForeignRoutes(Kernel kernel, Board board) {
        this.kernel = kernel;
        this.board = board;
        this.ways = new PodWays(kernel);
    }

    /// @param lease of this node, whose pods may well have routes of their own
    void show(Set<Route> overriding, Lease lease) throws IOException {
        own = lease.cidrs();
        show(overriding);
    }

    /// Finds out whether the routes count at all.
    ///
    /// @param desired what the kernel holds of ours
    /// @param host what else it holds
    void look(Collection<KernelObject> desired, Lease lease, Overlay overlay, HostNetworks host) throws IOException {
        detour = ways.detour(desired, lease, overlay.underlay().addresses(), host.inOtherTables());
    }

    void show(Set<Route> overriding) throws IOException {
        List<Route> routes = among(overriding, own);
        board.set(
                Condition.ROUTES_OVERRIDDEN,
                routes.isEmpty()
                        ? detour.map(PodWays.Detour::words).orElse("")
                        : words(routes, DeviceNames.of(kernel.links())));
    }

    /// Those that matter: routes to this node's own pods are none of ours.
    ///
    /// @param own this node's subnets
    public static List<Route> among(Set<Route> overriding, List<Cidr> own) {
        return overriding.stream()
                .filter(route -> own.stream().noneMatch(cidr -> cidr.contains(route.destination())))
                .toList();
    }

    /// @param routes at least one
    public static String words(List<Route> routes, DeviceNames names) {
        String others = routes.size() == 1 ? "" : ", and " + (routes.size() - 1) + " more";
        String first = names.in(routes.getFirst().toString());
        return "another program made the %s%s: packets for pods there do not go to their node".formatted(first, others);
    }
}
