package jflannel.underlay;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.FibRoute;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Link;
import jflannel.kernel.NextHop;
import jflannel.kernel.Path;
import jflannel.kernel.Route;
import jflannel.kernel.RouteQuery;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.linux.KernelReply;

/// A host in words, and a slow kernel that answers about its routes: the tables in the order of their numbers, in
/// each the longest prefix, then the lowest metric. The real one is met in the `*IT` classes.
///
/// ```
/// link eth0 1500 kind veth port-of cni0 alt enp0s3 down
/// addr 192.0.2.10/24 dev eth0 dynamic label eth0:1
/// route default via 192.0.2.1 dev eth0 metric 100 src 192.0.2.10 table 100 mtu 1400
/// ```
///
/// A word `down` means no carrier. An address brings its network's route along.
final class FakeHost implements Routing {
    final List<Link> links = new ArrayList<>();
    final List<InterfaceAddress> addresses = new ArrayList<>();
    final List<FibRoute> routes = new ArrayList<>();

    FakeHost(String text) {
        text.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(this::add);
    }

    private void add(String line) {
        Words words = new Words(line.split(" +"));
        switch (words.at(0)) {
            case "link" -> links.add(link(words));
            case "addr" -> addAddress(words);
            case "route" -> addRoute(words);
            default -> throw new IllegalArgumentException(line);
        }
    }

    private record Words(String[] words) {
        String at(int index) {
            return words[index];
        }

        boolean has(String word) {
            return List.of(words).contains(word);
        }

        String after(String word, String otherwise) {
            int at = List.of(words).indexOf(word);
            return at < 0 ? otherwise : words[at + 1];
        }

        int number(String word, int otherwise) {
            return (int) Long.parseLong(after(word, String.valueOf(otherwise)));
        }
    }

    private Link link(Words words) {
        String bridge = words.after("port-of", "");
        return new Link(
                links.size() + 1,
                words.at(1),
                words.after("kind", ""),
                Integer.parseInt(words.at(2)),
                null,
                !words.has("off"),
                bridge.isEmpty() ? 0 : named(bridge).index(),
                null,
                !words.has("down"),
                bridge.isEmpty() ? "" : named(bridge).kind(),
                Stream.of(words.after("alt", ""))
                        .filter(name -> !name.isEmpty())
                        .toList());
    }

    Link named(String name) {
        return links.stream()
                .filter(link -> link.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void addAddress(Words words) {
        String[] parts = words.at(1).split("/");
        Ip ip = Ip.parse(parts[0]);
        int length = Integer.parseInt(parts[1]);
        int flags = (words.has("dynamic") ? 0 : 0x80)
                | (words.has("temporary") || words.has("secondary") ? 0x01 : 0)
                | (words.has("tentative") ? 0x40 : 0)
                | (words.has("duplicate") ? 0x48 : 0);
        int scope = words.number("scope", ip.isLoopback() ? 254 : ip.isLinkLocal() ? 253 : 0);
        String device = words.after("dev", "");
        Address address = new Address(named(device).index(), ip, length);
        addresses.add(
                new InterfaceAddress(address, flags, !words.has("deprecated"), scope, words.after("label", device)));
        if (length < ip.family().bits() && !ip.isLoopback() && !words.has("noprefixroute")) {
            routes.add(route(
                    new Cidr(ip, length), Route.KERNEL, ip, List.of(new NextHop(null, address.ifIndex())), words));
        }
    }

    private void addRoute(Words words) {
        String gateway = words.after("via", null);
        Cidr destination = words.at(1).equals("default")
                ? Cidr.all(gateway == null || !gateway.contains(":") ? family(words) : Family.IPV6)
                : Cidr.parse(words.at(1));
        NextHop hop = new NextHop(
                gateway == null ? null : Ip.parse(gateway),
                named(words.after("dev", "")).index());
        String source = words.after("src", null);
        routes.add(route(
                destination,
                Route.BOOT,
                source == null ? null : Ip.parse(source),
                words.has("nexthop") ? both(hop, words) : List.of(hop),
                words));
    }

    private static Family family(Words words) {
        return words.has("-6") ? Family.IPV6 : Family.IPV4;
    }

    private List<NextHop> both(NextHop first, Words words) {
        String[] other = words.after("nexthop", "").split(",");
        return List.of(first, new NextHop(Ip.parse(other[0]), named(other[1]).index()));
    }

    private static FibRoute route(Cidr destination, int protocol, Ip source, List<NextHop> hops, Words words) {
        return new FibRoute(
                words.number("table", FibRoute.MAIN),
                destination,
                protocol,
                Route.UNICAST,
                words.number("metric", 0),
                source,
                words.number("mtu", 0),
                0,
                hops,
                false,
                false);
    }

    @Override
    public List<KernelReply<Path>> pathsOf(List<RouteQuery> queries) {
        return queries.stream().map(this::pathOf).toList();
    }

    private KernelReply<Path> pathOf(RouteQuery query) {
        if (addresses.stream().anyMatch(it -> it.address().ip().equals(query.destination()))) {
            return new KernelReply<>(new Path(null, 1, query.destination(), 255, Path.Kind.LOCAL, 0, false), null);
        }
        Optional<FibRoute> found = find(query);
        if (found.isEmpty()) {
            return query.device() == 0
                    ? refusal(query)
                    : new KernelReply<>(
                            new Path(
                                    null,
                                    query.device(),
                                    source(query.device(), null, query),
                                    0,
                                    Path.Kind.HOST,
                                    0,
                                    false),
                            null);
        }
        NextHop hop = found.get().nextHops().getFirst();
        Ip source = found.get().source() != null ? found.get().source() : source(hop.ifIndex(), hop.gateway(), query);
        return new KernelReply<>(
                new Path(
                        hop.gateway(),
                        hop.ifIndex(),
                        source,
                        found.get().table(),
                        Path.Kind.HOST,
                        found.get().mtu(),
                        false),
                null);
    }

    /// The address in the gateway's network, else the first one.
    private Ip source(int device, Ip gateway, RouteQuery query) {
        List<Address> there = addresses.stream()
                .map(InterfaceAddress::address)
                .filter(it -> it.ifIndex() == device)
                .filter(it -> it.ip().family() == query.destination().family())
                .toList();
        return there.stream()
                .filter(it -> gateway != null && new Cidr(it.ip(), it.length()).contains(gateway))
                .findFirst()
                .or(() -> there.stream().findFirst())
                .map(Address::ip)
                .orElse(null);
    }

    @Override
    public List<KernelReply<FibRoute>> routesFor(List<RouteQuery> queries) {
        return queries.stream()
                .map(query ->
                        find(query).map(route -> new KernelReply<>(route, null)).orElseGet(() -> refusal(query)))
                .toList();
    }

    private static <T> KernelReply<T> refusal(RouteQuery query) {
        return new KernelReply<>(
                null,
                new KernelException("find the route to " + query.destination(), Errno.ENETUNREACH.number(), null));
    }

    private Optional<FibRoute> find(RouteQuery query) {
        return routes.stream()
                .filter(route -> route.destination().contains(query.destination()))
                .filter(route -> query.device() == 0
                        || route.nextHops().stream().anyMatch(hop -> hop.ifIndex() == query.device()))
                .min(Comparator.comparingInt(FibRoute::table)
                        .thenComparing((one, other) -> one.isBetterThan(other) ? -1 : other.isBetterThan(one) ? 1 : 0));
    }
}
