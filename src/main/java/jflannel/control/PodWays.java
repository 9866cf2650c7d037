package jflannel.control;

import static java.util.stream.Collectors.toMap;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.FibRoute;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelEntries;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Path;
import jflannel.kernel.PolicyRule;
import jflannel.kernel.Route;
import jflannel.kernel.RouteQuery;
import jflannel.lease.Lease;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.linux.KernelReply;
import jflannel.underlay.HostNetworks;

/// Asks the kernel how it forwards what pods send to other nodes, and how it sends what this node answers to pods from
/// its own address. Routes that are there as they should be may not count: rules of ip-rule(8) can send packets to
/// other tables, or nowhere, before the main table is asked. For one thread.
public final class PodWays {
    /// How many of the routes to ask about at a time; whoever makes such a rule means the whole network.
    private static final int MOST = 16;

    private final Kernel kernel;
    private int first;

    /// What happens to packets instead of what a route says.
    ///
    /// @param words for an operator
    /// @param remedy a command that ends it; empty if there is no single one
    public record Detour(String words, String remedy) {}

    /// A packet's destination, and the route that it should take.
    private record Target(Ip ip, Route route) {}

    public PodWays(Kernel kernel) {
        this.kernel = kernel;
    }

    /// What happens to packets for pods instead of what the routes say; empty if nothing does.
    ///
    /// @param addresses from which this node answers other nodes' pods, by family
    /// @param others networks of routes in other tables, which may be asked first
    public Optional<Detour> detour(
            Collection<KernelObject> desired,
            Lease own,
            Map<Family, Ip> addresses,
            Collection<HostNetworks.Routed> others)
            throws IOException {
        List<Route> all = routes(desired);
        Optional<Detour> single = ofOthers(all, others);
        return single.isPresent() ? single : ofAll(sample(all), own, addresses);
    }

    /// What routes in other tables do to parts of peers' subnets.
    private Optional<Detour> ofOthers(List<Route> all, Collection<HostNetworks.Routed> others) throws IOException {
        List<HostNetworks.Routed> inside = new ArrayList<>();
        List<Target> targets = new ArrayList<>();
        for (HostNetworks.Routed other : others) {
            Optional<Route> around = all.stream()
                    .filter(route -> route.destination().contains(other.network()))
                    .findFirst();
            if (around.isPresent() && targets.size() < MOST) {
                inside.add(other);
                targets.add(new Target(other.network().last(), around.get()));
            }
        }
        List<KernelReply<Path>> replies = kernel.pathsOf(
                targets.stream().map(target -> RouteQuery.to(target.ip)).toList());
        return IntStream.range(0, targets.size())
                .filter(i -> replies.get(i).object() != null
                        && (replies.get(i).object().local()
                                || leadsElsewhere(replies.get(i).object(), targets.get(i).route)))
                .mapToObj(i -> ofOther(inside.get(i), replies.get(i).object()))
                .findFirst();
    }

    private static Detour ofOther(HostNetworks.Routed other, Path path) {
        String table = PolicyRule.tableName(other.table());
        return new Detour(
                "another program made the route to %s in the table %s: %s"
                        .formatted(
                                other.network(),
                                table,
                                path.local()
                                        ? "this node takes packets for pods there itself"
                                        : "packets for pods there do not go to their node"),
                "ip route delete %s%s table %s".formatted(path.local() ? "local " : "", other.network(), table));
    }

    private Optional<Detour> ofAll(List<Route> routes, Lease own, Map<Family, Ip> addresses) throws IOException {
        Map<Integer, Link> links = kernel.links().stream().collect(toMap(Link::index, Function.identity()));
        Map<Family, RouteQuery> beginnings = beginnings(own, links, routes);
        List<RouteQuery> queries = new ArrayList<>();
        routes.forEach(route -> queries.add(query(route, beginnings)));
        List<Route> answered = routes.stream()
                .filter(route -> addresses.containsKey(route.destination().family()))
                .toList();
        answered.forEach(route -> queries.add(RouteQuery.to(target(route))
                .from(addresses.get(route.destination().family()))));
        List<KernelReply<Path>> replies = kernel.pathsOf(queries);
        for (int i = 0; i < routes.size(); i++) {
            KernelReply<Path> reply = replies.get(i);
            Optional<Detour> end = ended(routes.get(i), queries.get(i), reply, links);
            Optional<Detour> found = end.isPresent() ? end : detour(routes.get(i), reply, links);
            if (found.isPresent()) {
                return found;
            }
        }
        int count = routes.size();
        return IntStream.range(0, answered.size())
                .mapToObj(i -> detourOfAnswer(answered.get(i), queries.get(count + i), replies.get(count + i), links))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /// A rule that says blackhole. The kernel's answer is then that the question was wrong, as for a source
    /// address that the device may not have.
    private static Optional<Detour> ended(
            Route route, RouteQuery query, KernelReply<Path> reply, Map<Integer, Link> links) throws IOException {
        if (query.arrival() == 0 || reply.refusal() == null || !reply.refusal().is(Errno.EINVAL)) {
            return Optional.empty();
        }
        String arrival = links.get(query.arrival()).name();
        try (KernelEntries entries = new KernelEntries()) {
            return entries.policyRules(query.destination().family()).stream()
                    .filter(rule -> rule.refuses() && rule.others().isEmpty())
                    .filter(rule -> !rule.excludes(query.source(), query.destination(), arrival, 0, 0))
                    .findFirst()
                    .map(rule -> new Detour(
                            "a rule ends pods' packets to %s: %s".formatted(route.destination(), rule),
                            "ip%s rule delete priority %s"
                                    .formatted(
                                            query.destination().family() == Family.IPV6 ? " -6" : "",
                                            Integer.toUnsignedString(rule.priority()))));
        }
    }

    private static List<Route> routes(Collection<KernelObject> desired) {
        return desired.stream()
                .filter(Route.class::isInstance)
                .map(Route.class::cast)
                .filter(route -> route.type() == Route.UNICAST && route.ifIndex() != 0)
                .toList();
    }

    /// Some of the routes, others at each call.
    private List<Route> sample(List<Route> all) {
        int count = Math.min(MOST, all.size());
        first = all.isEmpty() ? 0 : (first + 1) % all.size();
        return IntStream.range(0, count)
                .mapToObj(i -> all.get((int) ((first + (long) i * all.size() / count) % all.size())))
                .toList();
    }

    /// How a pod's packet begins, by family: it arrives from the bridge of pods, with the address of one. A family
    /// without such a bridge is not in it.
    private Map<Family, RouteQuery> beginnings(Lease own, Map<Integer, Link> links, List<Route> routes)
            throws IOException {
        Set<Integer> ways = routes.stream().map(Route::ifIndex).collect(Collectors.toSet());
        return kernel.addresses().stream()
                .map(it -> it.address())
                .filter(it -> !ways.contains(it.ifIndex())
                        && links.containsKey(it.ifIndex())
                        && links.get(it.ifIndex()).up()
                        && isIn(own.cidrs(), it.ip())
                        && isIn(own.cidrs(), it.ip().plus(1)))
                .collect(toMap(
                        it -> it.ip().family(),
                        it -> RouteQuery.to(it.ip()).from(it.ip().plus(1)).arriving(links.get(it.ifIndex())),
                        (one, _) -> one));
    }

    private static boolean isIn(Collection<Cidr> subnets, Ip ip) {
        return subnets.stream().anyMatch(subnet -> subnet.contains(ip));
    }

    private static RouteQuery query(Route route, Map<Family, RouteQuery> beginnings) {
        RouteQuery beginning = beginnings.get(route.destination().family());
        return beginning == null ? RouteQuery.to(target(route)) : beginning.towards(target(route));
    }

    private static Ip target(Route route) {
        return route.destination().last();
    }

    /// @param forwarded the answer for a pod's packet
    private Optional<Detour> detour(Route route, KernelReply<Path> forwarded, Map<Integer, Link> links)
            throws IOException {
        Path path = forwarded.object();
        if (path == null) {
            return isCertain(forwarded.refusal()) || !isSent(route)
                    ? Optional.of(new Detour(
                            "the kernel does not forward packets to %s: %s (see \"ip rule\", and the sysctls"
                                            .formatted(route.destination(), words(forwarded.refusal()))
                                    + " net.ipv4.conf.*.forwarding)",
                            ""))
                    : Optional.empty();
        }
        return leadsElsewhere(path, route)
                ? Optional.of(new Detour("packets of pods to " + words(route, path, links), remedy(path)))
                : Optional.empty();
    }

    /// True if the kernel has a way for a packet of this node's own.
    private boolean isSent(Route route) throws IOException {
        return kernel.pathsOf(List.of(RouteQuery.to(target(route)))).getFirst().object() != null;
    }

    private static Optional<Detour> detourOfAnswer(
            Route route, RouteQuery query, KernelReply<Path> reply, Map<Integer, Link> links) {
        Path path = reply.object();
        if (path == null) {
            return isCertain(reply.refusal())
                    ? Optional.of(new Detour(
                            "the kernel does not send this node's answers, from %s to %s: %s (see \"ip rule\")"
                                    .formatted(query.source(), route.destination(), words(reply.refusal())),
                            ""))
                    : Optional.empty();
        }
        return leadsElsewhere(path, route)
                ? Optional.of(new Detour(
                        "this node's answers to pods, from %s to %s"
                                .formatted(query.source(), words(route, path, links)),
                        remedy(path)))
                : Optional.empty();
    }

    private static String remedy(Path path) {
        return path.table() == FibRoute.MAIN
                ? ""
                : "ip rule show; ip rule delete table " + PolicyRule.tableName(path.table());
    }

    private static boolean leadsElsewhere(Path path, Route route) {
        return !path.local() && !(path.ifIndex() == route.ifIndex() && Objects.equals(path.gateway(), route.gateway()));
    }

    private static String words(Route route, Path path, Map<Integer, Link> links) {
        return "%s leave by %s, not by %s, because of %s"
                .formatted(
                        route.destination(),
                        way(path.ifIndex(), path.gateway(), path.ifIndex() == route.ifIndex(), links),
                        way(route.ifIndex(), route.gateway(), path.ifIndex() == route.ifIndex(), links),
                        path.table() == FibRoute.MAIN
                                ? "another route"
                                : "a rule for the table " + Integer.toUnsignedString(path.table()));
    }

    /// True unless the question may have been the wrong one: the kernel finds fault with the source address.
    private static boolean isCertain(KernelException refusal) {
        return refusal.is(Errno.ENETUNREACH) || refusal.is(Errno.EHOSTUNREACH) || refusal.is(Errno.EACCES);
    }

    private static String words(KernelException refusal) {
        return Errno.words(refusal.errno());
    }

    private static String way(int index, Ip gateway, boolean inFull, Map<Integer, Link> links) {
        String device = links.containsKey(index) ? links.get(index).name() : "device " + index;
        return device + (inFull && gateway != null ? " via " + gateway : "");
    }
}
