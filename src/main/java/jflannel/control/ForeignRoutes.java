package jflannel.control;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.kernel.DeviceNames;
import jflannel.kernel.Kernel;
import jflannel.kernel.Route;
import jflannel.lease.Lease;
import jflannel.status.Board;
import jflannel.status.Condition;

/// Shows which routes of other programs win over those to peers. For one thread.
final class ForeignRoutes {
    private final Kernel kernel;
    private final Board board;
    private List<Cidr> own = List.of();

    ForeignRoutes(Kernel kernel, Board board) {
        this.kernel = kernel;
        this.board = board;
    }

    /// @param lease of this node, whose pods may well have routes of their own
    void show(Set<Route> overriding, Lease lease) throws IOException {
        own = lease.cidrs();
        show(overriding);
    }

    void show(Set<Route> overriding) throws IOException {
        List<Route> routes = overriding.stream()
                .filter(route -> own.stream().noneMatch(cidr -> cidr.contains(route.destination())))
                .toList();
        board.set(Condition.ROUTES_OVERRIDDEN, routes.isEmpty() ? "" : words(routes));
    }

    private String words(List<Route> routes) throws IOException {
        String others = routes.size() == 1 ? "" : ", and " + (routes.size() - 1) + " more";
        String first = DeviceNames.of(kernel.links()).in(routes.getFirst().toString());
        return "another program made the %s%s: packets for pods there do not go to their node".formatted(first, others);
    }
}
