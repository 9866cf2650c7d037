package jflannel.underlay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.lease.ConfigException;
import jflannel.linux.Sysctl;
import jflannel.names.Names;

/// Chooses the interfaces and addresses through which nodes reach each other.
///
/// ```
/// --iface …, --iface-regex …, --iface-can-reach   the first one that leads to a usable interface
/// or else --public-ip, --public-ipv6              the interface with that address
/// or else                                         the interface of the default route
/// or else                                         the interface that leads to the store
/// ```
///
/// An interface is usable if it has an address of every family of the network and an MTU, and does not lead to
/// pods. The choice depends only on the kernel's state, and changes nothing.
public final class InterfaceChoice {
    private final Interfaces interfaces;
    private final NodeFacts facts;
    private final DeviceRoles roles;
    private final Outward outward;
    private final AddressChoice addresses;
    private final UplinkChoice ways;
    private final Set<Family> families;

    /// @param ipv6Off true for the name of an interface on which the administrator has disabled IPv6
    InterfaceChoice(Interfaces interfaces, NodeFacts facts, Routing routing, Predicate<String> ipv6Off) {
        this.interfaces = interfaces;
        this.facts = facts;
        this.roles = new DeviceRoles(interfaces, facts.podNetworks());
        this.outward = new Outward(interfaces, roles, routing);
        this.addresses = new AddressChoice(interfaces, facts.former(), ipv6Off);
        this.families = new TreeSet<>(facts.families());
        this.ways = new UplinkChoice(interfaces, facts, roles, outward, addresses);
    }

    /// A choice among the kernel's current interfaces.
    public static InterfaceChoice from(Kernel kernel, NodeFacts facts) throws IOException {
        return new InterfaceChoice(Interfaces.of(kernel), facts, Routing.of(kernel), InterfaceChoice::isIpv6Off);
    }

    private static boolean isIpv6Off(String device) {
        try {
            return Sysctl.read("net/ipv6/conf/" + device + "/disable_ipv6")
                    .filter("1"::equals)
                    .isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Tries one flag.
    private interface Attempt {
        Map<Family, Uplink> uplinks() throws IOException, NotThereException;
    }

    /// @throws ConfigException if the flags can never lead to an interface
    public UnderlayChoice choose(InterfaceFlags flags) throws IOException {
        List<String> misses = new ArrayList<>();
        List<NotThereException> missing = new ArrayList<>();
        for (Attempt attempt : attempts(flags)) {
            try {
                Underlay underlay = new Underlay(attempt.uplinks());
                return new UnderlayChoice.Chosen(underlay, misses, stopgaps(underlay));
            } catch (ConfigException e) {
                misses.add(e.getMessage());
            } catch (NotThereException e) {
                misses.add(e.getMessage());
                missing.add(e);
            }
        }
        if (missing.isEmpty()) {
            throw new ConfigException(String.join("\n", misses) + "\n" + interfaces.words());
        }
        return new UnderlayChoice.Missing(
                String.join("; ", misses), missing.getFirst().remedy());
    }

    private List<Attempt> attempts(InterfaceFlags flags) {
        List<Attempt> attempts = new ArrayList<>();
        flags.names().forEach(name -> attempts.add(() -> byName(name.strip(), flags.publicIps())));
        flags.regexes().forEach(regex -> attempts.add(() -> byRegex(regex, flags.publicIps())));
        flags.canReach().ifPresent(ip -> attempts.add(() -> byRoute(ip, flags.publicIps())));
        return attempts.isEmpty() ? List.of(() -> byItself(flags.publicIps())) : attempts;
    }

    private static List<String> stopgaps(Underlay underlay) {
        return underlay.uplinks().values().stream()
                .filter(uplink -> uplink.publicIp().isLinkLocal())
                .map(uplink -> uplink.publicIp() + " on " + uplink.device()
                        + " is link-local: only nodes on the same link can send to it")
                .toList();
    }

    private Map<Family, Uplink> byName(String value, Map<Family, Ip> publicIps) throws IOException, NotThereException {
        Optional<Link> named = interfaces.named(value);
        if (named.isPresent()) {
            return ways.by(allowed(named.get(), "--iface=" + value), Map.of(), publicIps, false);
        }
        Optional<InterfaceAddress> held =
                address(value).isPresent() ? interfaces.holding(address(value).get()) : interfaces.labelled(value);
        if (held.isPresent()) {
            Ip ip = held.get().address().ip();
            Link holder = interfaces.numbered(held.get().address().ifIndex()).orElseThrow(() -> gone(value));
            return ways.by(allowed(holder, "--iface=" + value), Map.of(ip.family(), ip), publicIps, true);
        }
        if (address(value).isEmpty()) {
            CopiedName.explain(value, interfaces).ifPresent(why -> {
                throw new ConfigException("--iface=" + value + " cannot be used. " + why);
            });
        }
        throw gone(value);
    }

    private NotThereException gone(String value) {
        return new NotThereException(
                "--iface=" + value + ": no interface of this node has that "
                        + (address(value).isPresent() ? "address" : "name"),
                "flanneld waits for it. " + interfaces.words());
    }

    /// The administrator may name any interface, except a device that would then have to carry its own packets.
    private static Link allowed(Link link, String flag) {
        if (Names.isDevice(link.name(), link.kind())) {
            throw new ConfigException(flag + " cannot be used. " + link.name()
                    + " is flanneld's own device for the pods. Name the interface below it.");
        }
        return link;
    }

    /// Accepts zones and brackets too: `fe80::1%eth0`.
    private static Optional<Ip> address(String text) {
        try {
            return Optional.of(Ip.parse(text.replaceFirst("^\\[(.*)]$", "$1").replaceFirst("%.*", "")));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // the name of an interface
        }
    }

    private Map<Family, Uplink> byRegex(Pattern regex, Map<Family, Ip> publicIps)
            throws IOException, NotThereException {
        List<Link> outward = interfaces.links().stream()
                .filter(link ->
                        !Interfaces.isLoopback(link) && roles.objection(link).isEmpty())
                .toList();
        for (Link link : formerFirst(outward)) {
            Map<Family, Ip> matching = matching(regex, link);
            if (matching.size() == families.size()) {
                return ways.by(link, matching, publicIps, true);
            }
        }
        List<Link> named = outward.stream()
                .filter(link -> regex.matcher(link.name()).find()
                        || link.altNames().stream()
                                .anyMatch(name -> regex.matcher(name).find()))
                .toList();
        NotThereException first = null;
        for (Link link : formerFirst(named)) {
            try {
                return ways.by(link, Map.of(), publicIps, false);
            } catch (NotThereException e) {
                first = first == null ? e : first;
            }
        }
        throw first != null
                ? new NotThereException("--iface-regex=" + regex + ": " + first.getMessage(), first.remedy())
                : new NotThereException(
                        "--iface-regex=" + regex + " matches no address and no name of an interface that leads outside",
                        "flanneld waits for such an interface. " + interfaces.words());
    }

    /// The best matching addresses of an interface, by family.
    private Map<Family, Ip> matching(Pattern regex, Link link) throws IOException {
        Map<Family, Ip> matching = new EnumMap<>(Family.class);
        for (Family family : families) {
            if (interfaces.of(link, family).findAny().isEmpty()) {
                continue; // a node may have hundreds of these
            }
            addresses
                    .inOrder(link, family, outward.by(link, family))
                    .filter(ip -> regex.matcher(ip.toString()).find())
                    .findFirst()
                    .ifPresent(ip -> matching.put(family, ip));
        }
        return matching;
    }

    /// Puts interfaces first that have an address that other nodes already use for this node, and keeps the order
    /// of the rest.
    private List<Link> formerFirst(List<Link> links) {
        return links.stream()
                .sorted(Comparator.comparing(link -> !holdsFormer(link)))
                .toList();
    }

    private boolean holdsFormer(Link link) {
        return families.stream()
                .anyMatch(family -> addresses.former(link, family).isPresent());
    }

    private Map<Family, Uplink> byRoute(Ip destination, Map<Family, Ip> publicIps)
            throws IOException, NotThereException {
        try {
            Outward.Exit exit = outward.to(destination);
            boolean sure = exit.source() != null && destination.family() == Family.IPV4;
            return ways.by(
                    exit.link(), sure ? Map.of(destination.family(), exit.source()) : Map.of(), publicIps, false);
        } catch (NotThereException e) {
            throw new NotThereException("--iface-can-reach=" + destination + ": " + e.getMessage(), e.remedy());
        }
    }

    /// Without a flag, each family uses its own route; but a public address selects its interface for both.
    private Map<Family, Uplink> byItself(Map<Family, Ip> publicIps) throws IOException, NotThereException {
        Map<Family, Ip> given = new EnumMap<>(Family.class);
        publicIps.forEach((family, ip) -> {
            if (families.contains(family)) {
                given.put(family, ip);
            }
        });
        if (!given.isEmpty()) {
            Ip first = given.values().iterator().next();
            Link holder = interfaces
                    .holder(first)
                    .orElseThrow(() -> new NotThereException(
                            "no interface of this node has the public address " + first,
                            "flanneld waits for it. Behind NAT, name the interface as well: --iface=eth0."));
            String flag = (first.family() == Family.IPV4 ? "--public-ip=" : "--public-ipv6=") + first;
            return ways.by(allowed(holder, flag), Map.of(first.family(), first), publicIps, true);
        }
        return ways.ownWays();
    }
}
