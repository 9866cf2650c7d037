package jflannel.trace;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jflannel.foreign.Packet;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.FibRoute;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Link;
import jflannel.kernel.NextHop;
import jflannel.kernel.Path;
import jflannel.kernel.PolicyRule;
import jflannel.kernel.Route;
import jflannel.kernel.RouteQuery;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.linux.KernelReply;

/// The routing decision: the kernel's own answer, the rule of ip-rule(8) that led to it, and whether flannel wants
/// that route.
final class RouteHop {
    private static final int RTPROT_STATIC = 4;

    private final Journey journey;

    RouteHop(Journey journey) {
        this.journey = journey;
    }

    /// The decision.
    ///
    /// @param route as it is in its table; null if the kernel does not say
    record Decided(Path path, FibRoute route) {}

    /// Decides about a packet.
    ///
    /// @param arrival the device that it came by, or null for one that this node sends
    /// @param device for the hop, if the packet gets no further
    /// @return empty if it gets no further
    Optional<Decided> decide(Packet packet, Link arrival, String device, String headers) throws IOException {
        RouteQuery query = query(packet, arrival);
        KernelReply<Path> reply = journey.view.path(query);
        if (reply.object() == null) {
            Hop hop = Hop.of(Step.ROUTE, device, headers, "route to " + packet.destination());
            journey.add(refused(hop.because(reply.refusal().getMessage()), packet, arrival, reply.refusal()));
            return Optional.empty();
        }
        Path path = reply.object();
        FibRoute route = journey.view.route(query).object();
        Optional<PolicyRule> rule = rule(packet, arrival, path);
        String name = journey.name(path.ifIndex());
        Hop hop = Hop.of(Step.ROUTE, name, headers, what(packet, path, name))
                .because(rule.map(PolicyRule::toString).orElse(""), route == null ? "" : words(route));
        return journey.add(judged(hop, packet, path, route, rule))
                ? Optional.of(new Decided(path, route))
                : Optional.empty();
    }

    static RouteQuery query(Packet packet, Link arrival) {
        int port = packet.isEcho() ? 0 : packet.destinationPort();
        RouteQuery query = RouteQuery.to(packet.destination())
                .of(packet.protocol(), port)
                .marked(packet.mark().orElse(0L).intValue());
        RouteQuery from = packet.source().equals(Ip.any(packet.family())) ? query : query.from(packet.source());
        return arrival == null ? from : from.arriving(arrival);
    }

    private static String what(Packet packet, Path path, String name) {
        if (path.local()) {
            return packet.destination() + " is an address of this node";
        }
        return path.gateway() == null
                ? "the route leads out of " + name
                : "the route leads out of %s, next hop %s".formatted(name, path.gateway());
    }

    /// Which rule led to the table.
    private Optional<PolicyRule> rule(Packet packet, Link arrival, Path path) throws IOException {
        return rulesFor(packet, arrival).stream()
                .filter(rule -> rule.leadsToTable() && rule.table() == path.table())
                .findFirst();
    }

    /// The rules that may be for a packet, in the order in which they are asked.
    List<PolicyRule> rulesFor(Packet packet, Link arrival) throws IOException {
        String in = arrival == null ? "lo" : arrival.name();
        return journey.view.policyRules(packet.family()).stream()
                .filter(rule -> !rule.excludes(
                        packet.source(),
                        packet.destination(),
                        in,
                        packet.mark().orElse(0L).intValue(),
                        packet.protocol()))
                .toList();
    }

    private Hop judged(Hop hop, Packet packet, Path path, FibRoute route, Optional<PolicyRule> rule)
            throws IOException {
        Ip destination = packet.destination();
        if (path.local()) {
            return taken(hop, destination);
        }
        if (journey.cluster.isOwn(destination) || !journey.cluster.isAmongPods(destination)) {
            return hop;
        }
        Optional<Cluster.Peer> peer = journey.cluster.peerOf(destination);
        if (peer.isEmpty()) {
            return journey.cluster.unknown().isEmpty() ? hop.broken(noLease(destination), "") : hop;
        }
        if (!peer.get().ignored().isEmpty()) {
            return hop.broken(
                    "this node cannot use what the peer published: "
                            + peer.get().ignored(),
                    "Mend it on " + peer.get().subnet().publicIp());
        }
        Optional<Route> wanted = journey.cluster.wantedRoute(destination);
        return wanted.isEmpty() || isRight(wanted.get(), path, route)
                ? hop
                : hop.broken(why(wanted.get(), path, route, rule), remedy(wanted.get(), route, rule));
    }

    /// An address of this node that belongs to a pod of another.
    private Hop taken(Hop hop, Ip destination) throws IOException {
        Optional<Cluster.Peer> peer = journey.cluster.peerOf(destination);
        Optional<Address> address = journey.view.addresses().stream()
                .map(InterfaceAddress::address)
                .filter(it -> it.ip().equals(destination))
                .findFirst();
        return peer.isEmpty() || address.isEmpty()
                ? hop
                : hop.broken(
                        "this node has that address itself, and %s is the subnet of %s"
                                .formatted(
                                        peer.get().subnet().cidr(),
                                        peer.get().subnet().publicIp()),
                        "ip%s address del %s/%d dev %s"
                                .formatted(
                                        destination.family() == Family.IPV6 ? " -6" : "",
                                        destination,
                                        address.get().length(),
                                        journey.name(address.get().ifIndex())));
    }

    private static String noLease(Ip destination) {
        return "no node has leased the subnet of " + destination;
    }

    private static boolean isRight(Route wanted, Path path, FibRoute found) {
        return path.ifIndex() == wanted.ifIndex()
                && (path.gateway() == null
                        ? wanted.gateway() == null
                        : path.gateway().equals(wanted.gateway()))
                && (found == null
                        || found.destination().length() >= wanted.destination().length())
                && (found == null || wanted.encap() == null || encap(found, wanted));
    }

    private static boolean encap(FibRoute found, Route wanted) {
        return found.nextHops().stream()
                .anyMatch(hop -> hop.encap() != null
                        && wanted.encap().destination().equals(hop.encap().destination())
                        && wanted.encap().id() == hop.encap().id());
    }

    private String why(Route wanted, Path path, FibRoute found, Optional<PolicyRule> rule) {
        if (path.table() != wanted.table() && path.table() != 0) {
            return "a routing rule sends it elsewhere: %s, so it leaves by %s"
                    .formatted(
                            rule.map(PolicyRule::toString).orElse("table " + PolicyRule.tableName(path.table())),
                            journey.name(path.ifIndex()));
        }
        boolean missing = found != null
                && found.destination().length() < wanted.destination().length();
        return missing
                ? "the route to %s is missing, so it follows the route to %s"
                        .formatted(wanted.destination(), found.destination())
                : "the route to %s leads %s, and not %s"
                        .formatted(
                                wanted.destination(),
                                place(path.gateway(), path.ifIndex()),
                                place(wanted.gateway(), wanted.ifIndex()));
    }

    private String place(Ip gateway, int ifIndex) {
        return (gateway == null ? "" : "via " + gateway + " ") + "out of " + journey.name(ifIndex);
    }

    private String remedy(Route wanted, FibRoute found, Optional<PolicyRule> rule) {
        if (found != null && found.table() != wanted.table() && rule.isPresent()) {
            return "Remove that rule, or put one before it: ip%s rule add to %s lookup %s priority %d"
                    .formatted(
                            flag(wanted),
                            wanted.destination(),
                            PolicyRule.tableName(wanted.table()),
                            Math.max(1, rule.get().priority() - 1));
        }
        boolean covered = found != null
                && found.destination().length() > wanted.destination().length();
        String command = covered
                ? "ip%s route del %s".formatted(flag(wanted), found.destination())
                : "ip%s route replace %s".formatted(flag(wanted), words(wanted));
        return (journey.cluster.running()
                        ? "Wait for flanneld to put it right, see its log, or do: "
                        : "Start flanneld, or do: ")
                + command;
    }

    private static String flag(Route route) {
        return route.destination().family() == Family.IPV6 ? " -6" : "";
    }

    private Hop refused(Hop hop, Packet packet, Link arrival, KernelException refusal) throws IOException {
        Ip destination = packet.destination();
        if (arrival != null && refusal.is(Errno.EXDEV)) {
            return hop.broken(
                    "reverse path filtering drops it: the route back to %s does not lead out of %s"
                            .formatted(packet.source(), arrival.name()),
                    "sysctl -w net.ipv4.conf.%1$s.rp_filter=2 net.ipv4.conf.all.rp_filter=2".formatted(arrival.name()));
        }
        Optional<Hop> end = new DeadEnd(journey, this).find(hop, packet, arrival);
        if (end.isPresent()) {
            return end.get();
        }
        Optional<Route> wanted = journey.cluster.wantedRoute(destination);
        if (wanted.isPresent() && journey.cluster.peerOf(destination).isPresent()) {
            return hop.broken(
                    "the route to " + wanted.get().destination() + " is missing",
                    remedy(wanted.get(), null, Optional.empty()));
        }
        boolean pod = journey.cluster.isAmongPods(destination)
                && journey.cluster.peerOf(destination).isEmpty();
        return pod && journey.cluster.unknown().isEmpty()
                ? hop.broken(noLease(destination), "")
                : hop.broken("the kernel has no route to " + destination, "");
    }

    /// As ip(8) prints it.
    String words(FibRoute route) {
        List<String> words = new ArrayList<>();
        words.add(typeWord(route.type()) + destination(route));
        for (NextHop hop : route.nextHops()) {
            words.add((hop.encap() == null ? "" : hop.encap() + " ")
                    + (hop.gateway() == null ? "" : "via " + hop.gateway() + " ")
                    + "dev " + journey.name(hop.ifIndex())
                    + (hop.onlink() ? " onlink" : ""));
        }
        words.add(
                switch (route.protocol()) {
                    case Route.KERNEL -> "proto kernel";
                    case Route.BOOT -> "";
                    case RTPROT_STATIC -> "proto static";
                    default -> "proto " + route.protocol();
                });
        words.add(route.mtu() == 0 ? "" : "mtu " + route.mtu());
        words.add(
                route.table() == FibRoute.MAIN || route.table() == FibRoute.LOCAL
                        ? ""
                        : "table " + PolicyRule.tableName(route.table()));
        return String.join(" ", words.stream().filter(word -> !word.isEmpty()).toList());
    }

    private static String destination(FibRoute route) {
        return route.destination().length() == 0
                ? "default"
                : route.destination().length() == route.destination().family().bits()
                        ? route.destination().address().toString()
                        : route.destination().toString();
    }

    private static String typeWord(int type) {
        return switch (type) {
            case FibRoute.LOCAL_TYPE -> "local ";
            case Route.BLACKHOLE -> "blackhole ";
            case Route.UNREACHABLE -> "unreachable ";
            case Route.PROHIBIT -> "prohibit ";
            default -> "";
        };
    }

    private String words(Route route) {
        return route.destination()
                + (route.encap() == null ? "" : " " + route.encap())
                + (route.gateway() == null ? "" : " via " + route.gateway())
                + " dev " + journey.name(route.ifIndex())
                + (route.onlink() ? " onlink" : "")
                + (route.table() == FibRoute.MAIN ? "" : " table " + PolicyRule.tableName(route.table()))
                + " proto " + Route.OURS;
    }
}
