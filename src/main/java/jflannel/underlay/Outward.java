package jflannel.underlay;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.FibRoute;
import jflannel.kernel.Link;
import jflannel.kernel.Path;
import jflannel.kernel.RouteQuery;
import jflannel.linux.KernelReply;

/// The interfaces through which the kernel sends packets out of this node, without those that lead to pods.
final class Outward {
    /// Distant addresses to look up instead of "the default route", which the kernel cannot be asked for, since
    /// rules, tables and metrics decide about it. Four, because one may have a route of its own. They are the root
    /// name servers a, f, k and m; nothing is ever sent there.
    private static final Map<Family, List<Ip>> FAR = Map.of(
            Family.IPV4,
                    Stream.of("198.41.0.4", "192.5.5.241", "193.0.14.129", "202.12.27.33")
                            .map(Ip::parse)
                            .toList(),
            Family.IPV6,
                    Stream.of("2001:503:ba3e::2:30", "2001:500:2f::f", "2001:7fd::1", "2001:dc3::35")
                            .map(Ip::parse)
                            .toList());

    private final Interfaces interfaces;
    private final DeviceRoles roles;
    private final Routing routing;

    Outward(Interfaces interfaces, DeviceRoles roles, Routing routing) {
        this.interfaces = interfaces;
        this.roles = roles;
        this.routing = routing;
    }

    /// An interface through which packets leave.
    ///
    /// @param source the address that the kernel sends from, or null
    /// @param decided true if the route determines the source: it names the address, or its gateway is in the same
    ///     network. Otherwise IPv6 chooses by destination, and prefers temporary addresses
    record Exit(Link link, Ip source, boolean decided) {}

    /// The interfaces through which packets leave for addresses outside all of this node's networks, the best
    /// first: the kernel's choice, then those with other default routes. Interfaces without a carrier come last.
    List<Exit> outside(Family family) throws IOException {
        List<Ip> far = FAR.get(family);
        List<KernelReply<FibRoute>> routes =
                routing.routesFor(far.stream().map(RouteQuery::to).toList());
        List<KernelReply<Path>> paths =
                routing.pathsOf(far.stream().map(RouteQuery::to).toList());
        Map<Integer, Exit> exits = new LinkedHashMap<>();
        IntStream.range(0, far.size())
                .filter(i -> isDefault(routes.get(i)) && paths.get(i).object() != null)
                .forEach(i -> exit(paths.get(i).object(), routes.get(i).object())
                        .ifPresent(exit -> exits.putIfAbsent(exit.link().index(), exit)));
        for (Exit exit : detours(far.getFirst(), Outward::shorterFirst)) {
            exits.putIfAbsent(exit.link().index(), exit);
        }
        return exits.values().stream()
                .sorted(Comparator.comparing(exit -> !exit.link().carrier()))
                .toList();
    }

    private static boolean isDefault(KernelReply<FibRoute> reply) {
        return reply.object() != null && reply.object().destination().length() == 0;
    }

    /// The interface through which packets leave for an address: the kernel's choice, or the best one that does not
    /// lead to pods.
    ///
    /// @throws NotThereException if there is none
    Exit to(Ip destination) throws IOException, NotThereException {
        KernelReply<Path> reply =
                routing.pathsOf(List.of(RouteQuery.to(destination))).getFirst();
        if (reply.object() != null && reply.object().local()) {
            return holder(destination);
        }
        Optional<Exit> taken = Optional.ofNullable(reply.object()).flatMap(path -> exit(path, null));
        if (taken.isPresent()) {
            return taken.get();
        }
        return detours(destination, Outward::longerFirst).stream()
                .findFirst()
                .orElseThrow(() -> new NotThereException(
                        "this node has no route to " + destination + why(reply),
                        "flanneld waits for a route; or name the interface: --iface=eth0."));
    }

    private String why(KernelReply<Path> reply) {
        return reply.object() == null
                ? ": " + reply.refusal().getMessage()
                : interfaces
                        .numbered(reply.object().ifIndex())
                        .map(link -> " except through " + link.name() + ", which "
                                + roles.objection(link).orElse("is gone"))
                        .orElse("");
    }

    /// For this node's own address. An address that several nodes share, such as a control plane's, is on the
    /// interface that leads to the others.
    private Exit holder(Ip own) throws NotThereException {
        return interfaces
                .holder(own)
                .filter(link ->
                        !Interfaces.isLoopback(link) && roles.objection(link).isEmpty())
                .map(link -> new Exit(link, null, false))
                .orElseThrow(
                        () -> new NotThereException(own + " is this node itself", "Give an address of another node."));
    }

    private Optional<Exit> exit(Path path, FibRoute route) {
        return interfaces.numbered(path.ifIndex()).filter(this::isFit).map(link -> exit(link, path, route));
    }

    private static Exit exit(Link link, Path path, FibRoute route) {
        boolean named = route != null && route.source() != null;
        boolean near = path.gateway() != null && path.gateway().family() == Family.IPV4;
        return new Exit(link, named ? route.source() : path.source(), named || near);
    }

    private boolean isFit(Link link) {
        return !Interfaces.isLoopback(link) && roles.objection(link).isEmpty();
    }

    /// The interfaces with a route to an address, even if the kernel prefers another route.
    private List<Exit> detours(Ip destination, Comparator<FibRoute> order) throws IOException {
        List<Link> links = interfaces.links().stream()
                .filter(link -> isFit(link) && !link.portKind().equals("vrf"))
                .filter(link ->
                        interfaces.of(link, destination.family()).findAny().isPresent())
                .toList();
        List<RouteQuery> queries =
                links.stream().map(RouteQuery.to(destination)::by).toList();
        List<KernelReply<FibRoute>> routes = routing.routesFor(queries);
        List<KernelReply<Path>> paths = routing.pathsOf(queries);
        List<Integer> found = IntStream.range(0, links.size())
                .filter(i -> routes.get(i).object() != null && paths.get(i).object() != null)
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> routes.get(i).object(), order))
                .toList();
        List<Exit> exits = new ArrayList<>();
        for (int i : found) {
            exit(paths.get(i).object(), routes.get(i).object()).ifPresent(exits::add);
        }
        return exits;
    }

    /// Puts default routes before the two halves into which a VPN may have split the address space.
    private static int shorterFirst(FibRoute one, FibRoute other) {
        int length =
                Integer.compare(one.destination().length(), other.destination().length());
        return length != 0 ? length : Integer.compareUnsigned(one.metric(), other.metric());
    }

    private static int longerFirst(FibRoute one, FibRoute other) {
        return one.isBetterThan(other) ? -1 : other.isBetterThan(one) ? 1 : 0;
    }

    /// How a given interface sends to the outside; empty if it has no route there.
    Optional<Exit> by(Link link, Family family) throws IOException {
        List<RouteQuery> query =
                List.of(RouteQuery.to(FAR.get(family).getFirst()).by(link));
        FibRoute route = routing.routesFor(query).getFirst().object();
        Path path = routing.pathsOf(query).getFirst().object();
        return route == null || path == null ? Optional.empty() : Optional.of(exit(link, path, route));
    }
}
