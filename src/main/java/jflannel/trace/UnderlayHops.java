package jflannel.trace;

import java.io.IOException;
import java.util.Optional;
import jflannel.foreign.Hook;
import jflannel.foreign.Packet;
import jflannel.ip.Ip;
import jflannel.kernel.Link;
import jflannel.kernel.NeighborEntry;
import jflannel.kernel.Path;

/// The way over the network that connects the nodes, of tunnel packets and of those that need no tunnel, and what the
/// other end will do.
final class UnderlayHops {
    private final Journey journey;
    private final RuleHops rules;
    private final RouteHop routes;

    UnderlayHops(Journey journey, RuleHops rules, RouteHop routes) {
        this.journey = journey;
        this.rules = rules;
        this.routes = routes;
    }

    /// A tunnel packet.
    ///
    /// @param source null if the route decides
    /// @param protocol of IP; those without ports have 0 for each
    /// @param header between it and the inner packet, such as `VXLAN 1`; or empty
    /// @param device that wraps packets
    /// @param overhead bytes that are added to the inner packet
    /// @param byKernel false if flanneld wraps it
    /// @param past why it meets no firewall rules; empty if it does
    record Outer(
            Ip source,
            Ip destination,
            int protocol,
            int sourcePort,
            int port,
            String header,
            Link device,
            int overhead,
            boolean byKernel,
            String past) {
        boolean isUdp() {
            return protocol == Packet.UDP;
        }
    }

    boolean passTunnel(Outer outer) throws IOException {
        Packet asked = packet(
                outer, outer.source() == null ? Ip.any(outer.destination().family()) : outer.source(), "");
        String inner = Journey.words(journey.packet);
        Path first = journey.view.path(RouteHop.query(asked, null)).object();
        Ip source = outer.source() != null ? outer.source() : first == null ? asked.source() : first.source();
        String out = first == null ? "" : journey.name(first.ifIndex());
        Packet packet = packet(outer, source, out);
        String headers = headers(packet, outer, inner);
        Hop wrap = Hop.of(Step.TUNNEL, outer.device().name(), headers, wrapping(outer));
        journey.add(outer.byKernel() ? wrap : wrap.byDaemon());
        Optional<RouteHop.Decided> decided =
                routes.decide(packet, null, outer.device().name(), headers);
        if (decided.isEmpty()) {
            return false;
        }
        Link link = journey.links.get(decided.get().path().ifIndex());
        if (link == null || decided.get().path().local()) {
            journey.add(Hop.of(Step.DEVICE, "", headers, "the tunnel's other end")
                    .broken(outer.destination() + " is this node itself", ""));
            return false;
        }
        if (outer.past().isEmpty()) {
            for (Hook hook : new Hook[] {Hook.OUTPUT, Hook.POSTROUTING}) {
                RuleHops.Passed passed = rules.pass(hook, packet, link.name(), headers);
                if (!passed.goesOn()) {
                    return false;
                }
                packet = passed.packet();
            }
        }
        return journey.add(device(link, decided.get().path(), outer, headers))
                && nextHop(decided.get().path(), link, outer.destination(), headers)
                && atPeer(outer.destination(), inner, headers);
    }

    private static Packet packet(Outer outer, Ip source, String out) {
        return new Packet(
                "", out, source, outer.destination(), outer.protocol(), outer.sourcePort(), outer.port(), true, false);
    }

    private static String headers(Packet packet, Outer outer, String inner) {
        String header = outer.header().isEmpty() ? "" : outer.header() + " [ ";
        return "%s [ %s%s ]%s".formatted(Journey.words(packet), header, inner, header.isEmpty() ? "" : " ]");
    }

    private String wrapping(Outer outer) {
        return "%s wraps the packet in %s %s%s"
                .formatted(
                        outer.byKernel() ? "it" : "flanneld",
                        outer.isUdp() ? "a UDP datagram to port " + outer.port() + " of" : "an IP packet to",
                        outer.destination(),
                        outer.past().isEmpty() ? "" : "; " + outer.past());
    }

    /// The interface to the other nodes, and whether full-size packets fit through.
    private Hop device(Link link, Path path, Outer outer, String headers) {
        Hop hop = Journey.judge(
                Hop.of(Step.DEVICE, link.name(), headers, "it leaves by " + link.name())
                        .because(Journey.words(link), path.routeMtu() == 0 ? "" : "route MTU " + path.routeMtu()),
                link);
        int fits = path.routeMtu() == 0 ? link.mtu() : Math.min(path.routeMtu(), link.mtu());
        int full = outer.device().mtu() + outer.overhead();
        return hop.verdict() != Verdict.OK || full <= fits
                ? hop
                : hop.broken(
                        ("a full-size packet of %d bytes becomes one of %d, and %d fit through: one that must not be"
                                        + " fragmented is lost")
                                .formatted(outer.device().mtu(), full, fits),
                        "Raise the MTU of %s to %d%s"
                                .formatted(
                                        link.name(),
                                        full,
                                        outer.isUdp()
                                                ? ", or set the MTU option in the network's configuration to "
                                                        + (fits - outer.overhead())
                                                : ""));
    }

    /// A packet that leaves this node as it is.
    boolean passPlain(Path path, Link link) throws IOException {
        Hop hop = journey.hop(Step.DEVICE, link.name(), "it leaves by " + link.name() + ", without a tunnel")
                .because(Journey.words(link), path.routeMtu() == 0 ? "" : "route MTU " + path.routeMtu());
        Ip destination = journey.packet.destination();
        String headers = Journey.words(journey.packet);
        if (!journey.add(Journey.judge(hop, link)) || !nextHop(path, link, destination, headers)) {
            return false;
        }
        Optional<Cluster.Peer> peer = journey.cluster.peerOf(destination);
        if (peer.isPresent()) {
            return atPeer(peer.get().subnet().publicIp(), headers, headers);
        }
        boolean node = journey.cluster.peerAt(destination).isPresent();
        Hop end = journey.hop(
                Step.DELIVERY, "", node ? "the other node receives it" : "it has left this node for the world outside");
        return journey.add(sourceIsKnownOutside() || node ? end.on(destination.toString()) : strange(end, destination));
    }

    private boolean sourceIsKnownOutside() {
        return !journey.cluster.isAmongPods(journey.packet.source());
    }

    private Hop strange(Hop end, Ip destination) {
        return end.on(destination.toString())
                .unknown(
                        "it leaves with the pod's own address %s, to which the world outside has no route as far as is"
                                        .formatted(journey.packet.source())
                                + " known, so that no answer would come",
                        "Start flanneld with --ip-masq");
    }

    private boolean nextHop(Path path, Link link, Ip destination, String headers) throws IOException {
        Ip next = path.gateway() == null ? destination : path.gateway();
        if (link.mac() == null) {
            return true; // a device without a link layer
        }
        Optional<NeighborEntry> entry = journey.view.neighbors(next).stream()
                .filter(it -> it.ifIndex() == link.index())
                .findFirst();
        Hop hop = Hop.of(Step.NEIGHBOR, link.name(), headers, "the next hop on the link, " + next)
                .because(entry.map(it -> LocalPods.words(it, link.name()))
                        .orElse("not asked for yet; the kernel asks when it sends"));
        return journey.add(
                entry.filter(NeighborEntry::failed).isPresent()
                        ? hop.broken(
                                "%s does not answer on %s".formatted(next, link.name()),
                                "See whether that host is up, and on the same link")
                        : hop);
    }

    /// What the other node will do, as its lease says.
    private boolean atPeer(Ip host, String inner, String headers) {
        Ip destination = journey.packet.destination();
        Optional<Cluster.Peer> peer = journey.cluster.peerOf(destination);
        if (peer.isEmpty()) {
            String why = journey.cluster.unknown();
            Hop hop = Hop.of(Step.PEER, "", headers, "the other end").on(host.toString());
            return journey.add(hop.unknown(
                    "this node knows no lease for %s%s".formatted(destination, why.isEmpty() ? "" : ": " + why), ""));
        }
        Hop receive = Hop.of(
                        Step.PEER,
                        "",
                        inner,
                        headers.equals(inner) ? "it forwards the packet" : "it unwraps the packet")
                .because("lease: %s at %s".formatted(peer.get().subnet().cidr(), host))
                .on(host.toString());
        if (peer.get().held()) {
            receive = receive.unknown(
                    "the store has lost the lease of %s; this node keeps its routes for a while"
                            .formatted(peer.get().subnet().cidr()),
                    "See whether flanneld runs on " + host);
        }
        return journey.add(receive)
                && journey.add(Hop.of(Step.DELIVERY, "", inner, "its bridge hands the packet to the pod " + destination)
                        .on(host.toString()));
    }
}
