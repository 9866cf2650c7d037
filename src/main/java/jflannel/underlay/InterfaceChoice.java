package jflannel.underlay;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.Route;
import jflannel.lease.ConfigException;
import jflannel.options.Options;

/// Chooses the interface and the addresses by which the nodes reach each other.
///
/// ```
/// --iface …, --iface-regex …, --iface-can-reach   the first that leads to a usable interface
/// else --public-ip, --public-ipv6                 the interface that holds that address
/// else                                            the interface of the default route
/// ```
///
/// An interface is usable if it has an address of every family of the network and an MTU. A function of what the
/// kernel was seen to hold: nothing is changed, and nothing is asked but `reach`.
///
/// @param links all interfaces, in the kernel's order
/// @param addresses of all interfaces, in the kernel's order
/// @param routes of the main table
/// @param reach the kernel's way to an address
public record InterfaceChoice(
        List<Link> links, List<InterfaceAddress> addresses, List<Route> routes, Reachability reach) {
    private static final System.Logger LOG = System.getLogger(InterfaceChoice.class.getName());

    /// Addresses that others can use best come first; the kernel's order decides among equals.
    private static final Comparator<InterfaceAddress> BEST_FIRST = comparing(
                    (InterfaceAddress a) -> a.address().ip().isLinkLocal())
            .thenComparing(a -> !a.permanent())
            .thenComparing(InterfaceAddress::temporary);

    /// Asks the kernel for the way to an address, as [Kernel#routeTo] does.
    @FunctionalInterface
    public interface Reachability {
        /// @throws IOException if there is no way
        Kernel.Reach to(Ip destination) throws IOException;
    }

    /// A choice among what the kernel holds now.
    public static InterfaceChoice from(Kernel kernel) throws IOException {
        return new InterfaceChoice(kernel.links(), kernel.addresses(), kernel.routes(), kernel::routeTo);
    }

    /// @param wish the flags
    /// @param families those of the network
    /// @throws ConfigException if no interface is usable; the message lists what was considered
    public Underlay choose(Options.Interface wish, Set<Family> families) {
        return choose(wish, new TreeSet<>(families));
    }

    private Underlay choose(Options.Interface wish, TreeSet<Family> families) {
        Map<Family, Ip> publicIps = publicIps(wish, families);
        List<Attempt> attempts = new ArrayList<>();
        wish.names().forEach(name -> attempts.add(() -> byNameOrAddress("--iface", name, families, publicIps)));
        wish.regexes().forEach(regex -> attempts.add(() -> byRegex(regex, families, publicIps)));
        if (wish.canReach != null) {
            attempts.add(() -> byRoute(wish.canReach, families, publicIps));
        }
        if (attempts.isEmpty()) {
            return withoutFlags(families, publicIps);
        }
        List<String> misses = new ArrayList<>();
        for (Attempt attempt : attempts) {
            try {
                return attempt.underlay();
            } catch (ConfigException e) {
                LOG.log(System.Logger.Level.INFO, e.getMessage());
                misses.add(e.getMessage());
            }
        }
        throw new ConfigException(String.join("\n", misses) + "\n" + considered());
    }

    private interface Attempt {
        Underlay underlay();
    }

    private static Map<Family, Ip> publicIps(Options.Interface wish, Set<Family> families) {
        Map<Family, Ip> given = new EnumMap<>(Family.class);
        for (Family family : families) {
            Ip ip = family == Family.IPV4 ? wish.publicIp : wish.publicIpv6;
            if (ip != null) {
                given.put(family, ip);
            }
        }
        return given;
    }

    private Underlay withoutFlags(TreeSet<Family> families, Map<Family, Ip> publicIps) {
        try {
            if (publicIps.isEmpty()) {
                return byDefaultRoute(families);
            }
            Family selector = publicIps.keySet().iterator().next();
            return byNameOrAddress(flag(selector), publicIps.get(selector).toString(), families, publicIps);
        } catch (ConfigException e) {
            throw new ConfigException(e.getMessage() + "\n" + considered());
        }
    }

    private Underlay byNameOrAddress(String flag, String value, TreeSet<Family> families, Map<Family, Ip> publicIps) {
        Optional<Ip> ip = address(value);
        if (ip.isEmpty()) {
            Link link = links.stream()
                    .filter(l -> l.name().equals(value))
                    .findFirst()
                    .orElseThrow(() -> new ConfigException(flag, value, "No interface of this node has that name."));
            return underlay(flag, value, link, Map.of(), families, publicIps);
        }
        Link link = holderOf(ip.get())
                .orElseThrow(() -> new ConfigException(
                        flag,
                        value,
                        "No interface of this node has that address."
                                + (flag.equals("--iface")
                                        ? ""
                                        : " If it is that of a NAT, name the interface: " + flag + "=" + value
                                                + " --iface=eth0.")));
        Map<Family, Ip> fixed = new EnumMap<>(Family.class);
        if (families.size() == 2) {
            fixed.putAll(publicIpv6On(link, flag, publicIps));
        }
        fixed.put(ip.get().family(), ip.get());
        return underlay(flag, value, link, fixed, families, publicIps);
    }

    /// In dual stack an interface chosen by its address must hold the address of `--public-ipv6` too. Only one chosen
    /// in another way may stand behind a NAT for IPv6.
    private Map<Family, Ip> publicIpv6On(Link link, String flag, Map<Family, Ip> publicIps) {
        Ip ipv6 = publicIps.get(Family.IPV6);
        if (ipv6 == null) {
            return Map.of();
        }
        if (holderOf(ipv6).filter(link::equals).isEmpty()) {
            throw new ConfigException(
                    flag(Family.IPV6),
                    ipv6,
                    "It must be an address of %s, which %s has chosen; behind NAT choose that by name: --iface=%s."
                            .formatted(link.name(), flag, link.name()));
        }
        return Map.of(Family.IPV6, ipv6);
    }

    private Underlay byRegex(Pattern regex, TreeSet<Family> families, Map<Family, Ip> publicIps) {
        List<Link> outward = links.stream().filter(link -> !isLoopback(link)).toList();
        for (Link link : outward) {
            Map<Family, Ip> matching = new EnumMap<>(Family.class);
            for (Family family : families) {
                candidates(link, family)
                        .filter(ip -> regex.matcher(ip.toString()).find())
                        .findFirst()
                        .ifPresent(ip -> matching.put(family, ip));
            }
            if (matching.size() == families.size()) {
                return underlay("--iface-regex", regex, link, matching, families, publicIps);
            }
        }
        List<Link> named = outward.stream()
                .filter(link -> regex.matcher(link.name()).find())
                .toList();
        if (named.isEmpty()) {
            throw new ConfigException("--iface-regex", regex, "It is found in no address and no name of an interface.");
        }
        Link usable = named.stream()
                .filter(link -> families.stream()
                        .allMatch(f -> candidates(link, f).findAny().isPresent()))
                .findFirst()
                .orElse(named.getFirst());
        return underlay("--iface-regex", regex, usable, Map.of(), families, publicIps);
    }

    private Underlay byRoute(Ip destination, TreeSet<Family> families, Map<Family, Ip> publicIps) {
        Kernel.Reach way;
        try {
            way = reach.to(destination);
        } catch (IOException e) {
            throw new ConfigException(
                    "--iface-can-reach", destination, "This node has no route to it: " + e.getMessage() + ".");
        }
        Link link = byIndex(way.ifIndex())
                .orElseThrow(() -> new ConfigException(
                        "--iface-can-reach", destination, "The kernel's route to it names no interface."));
        if (isLoopback(link)) {
            throw new ConfigException(
                    "--iface-can-reach", destination, "It is this node itself: give an address of another node.");
        }
        Map<Family, Ip> fixed = way.source() == null ? Map.of() : Map.of(destination.family(), way.source());
        return underlay("--iface-can-reach", destination, link, fixed, families, publicIps);
    }

    private Underlay byDefaultRoute(TreeSet<Family> families) {
        Map<Family, Link> found = new EnumMap<>(Family.class);
        for (Family family : families) {
            found.put(family, defaultInterface(family));
        }
        Link link = found.values().iterator().next();
        if (!found.values().stream().allMatch(link::equals)) {
            throw new ConfigException(
                    "the default routes of IPv4 and IPv6",
                    found.values().stream().map(Link::name).collect(Collectors.joining(" and ")),
                    "They must leave by the same interface; or name one with --iface.");
        }
        return underlay("the interface of the default route", link.name(), link, Map.of(), families, Map.of());
    }

    private Link defaultInterface(Family family) {
        return routes.stream()
                .filter(route -> route.destination().family() == family
                        && route.destination().length() == 0
                        && route.type() == Route.UNICAST)
                .sorted(comparingInt(Route::metric))
                .flatMap(route -> byIndex(route.ifIndex()).stream())
                .filter(link -> !isLoopback(link))
                .findFirst()
                .orElseThrow(() -> new ConfigException(
                        "this node has no %s default route. Name the interface that carries traffic between nodes:"
                                        .formatted(words(family))
                                + " --iface=eth0."));
    }

    /// @param fixed the addresses that the selection itself decided, by family; others of no use here are left out
    private Underlay underlay(
            String flag,
            Object value,
            Link link,
            Map<Family, Ip> fixed,
            TreeSet<Family> families,
            Map<Family, Ip> publicIps) {
        Map<Family, Ip> own = new EnumMap<>(Family.class);
        for (Family family : families) {
            own.put(
                    family,
                    Optional.ofNullable(fixed.get(family))
                            .or(() -> candidates(link, family).findFirst())
                            .orElseThrow(() -> new ConfigException(
                                    flag,
                                    value,
                                    "%s has no usable %s address.".formatted(link.name(), words(family)))));
        }
        if (link.mtu() <= 0) {
            throw new ConfigException(flag, value, link.name() + " has no MTU.");
        }
        Map<Family, Ip> published = new EnumMap<>(own);
        published.putAll(publicIps);
        return new Underlay(link.name(), link.mtu(), own, published);
    }

    /// The addresses of an interface that other nodes could send to, the best first.
    private Stream<Ip> candidates(Link link, Family family) {
        return addresses.stream()
                .filter(a -> a.address().ifIndex() == link.index() && !a.deprecated())
                .filter(a -> a.address().ip().family() == family
                        && isUnicast(a.address().ip()))
                .sorted(BEST_FIRST)
                .map(a -> a.address().ip());
    }

    private static boolean isUnicast(Ip ip) {
        boolean broadcast = ip.family() == Family.IPV4 && ip.low() == 0xffffffffL;
        return !ip.isAny() && !ip.isLoopback() && !ip.isMulticast() && !broadcast;
    }

    private Optional<Link> holderOf(Ip ip) {
        return addresses.stream()
                .filter(a -> a.address().ip().equals(ip))
                .flatMap(a -> byIndex(a.address().ifIndex()).stream())
                .findFirst();
    }

    private Optional<Link> byIndex(int index) {
        return links.stream().filter(link -> link.index() == index).findFirst();
    }

    /// The kernel gives every namespace one loopback device, and no other may have its name.
    private static boolean isLoopback(Link link) {
        return link.name().equals("lo");
    }

    private static Optional<Ip> address(String text) {
        try {
            return Optional.of(Ip.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // then it is the name of an interface
        }
    }

    private String considered() {
        return links.stream()
                .map(link -> link.name() + " ("
                        + addresses.stream()
                                .filter(a -> a.address().ifIndex() == link.index())
                                .map(a -> a.address().ip() + (a.deprecated() ? " deprecated" : ""))
                                .collect(Collectors.joining(", "))
                        + ")")
                .collect(Collectors.joining(", ", "Interfaces of this node: ", "."));
    }

    private static String flag(Family family) {
        return family == Family.IPV4 ? "--public-ip" : "--public-ipv6";
    }

    private static String words(Family family) {
        return family == Family.IPV4 ? "IPv4" : "IPv6";
    }
}
