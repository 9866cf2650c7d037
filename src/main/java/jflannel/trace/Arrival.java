package jflannel.trace;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import jflannel.foreign.Hook;
import jflannel.foreign.Packet;
import jflannel.ip.Ip;
import jflannel.kernel.Dummy;
import jflannel.kernel.Filter;
import jflannel.kernel.IpTunnel;
import jflannel.kernel.Link;
import jflannel.kernel.Path;
import jflannel.kernel.RouteQuery;
import jflannel.kernel.Vxlan;
import jflannel.kernel.Wireguard;

/// How a packet of another node's pod gets here: over the underlay and, with most backends, out of a tunnel.
final class Arrival {
    private static final int SOME_PORT = 49_152;

    private final Journey journey;
    private final RuleHops rules;

    Arrival(Journey journey, RuleHops rules) {
        this.journey = journey;
        this.rules = rules;
    }

    /// @return the device by which the packet itself arrives; empty if it does not
    Optional<Link> of(Cluster.Peer peer) throws IOException {
        Ip host = peer.subnet().publicIp();
        journey.add(journey.hop(Step.POD, "", "a pod there sends it")
                .because("lease: %s at %s".formatted(peer.subnet().cidr(), host))
                .on(host.toString()));
        Link way = device(journey.packet.source());
        Link underlay = device(host);
        if (way == null || underlay == null) {
            Ip missing = way == null ? journey.packet.source() : host;
            journey.add(journey.hop(Step.ROUTE, "", "the way back to " + missing)
                    .broken("the kernel has no route to " + missing, ""));
            return Optional.empty();
        }
        String inner = Journey.words(journey.packet);
        if (!TunnelHops.isTunnel(way)) {
            return journey.add(arrives(way, inner)) ? Optional.of(way) : Optional.empty();
        }
        return unwrapped(peer, way, underlay) ? Optional.of(way) : Optional.empty();
    }

    private Link device(Ip ip) throws IOException {
        Path path = journey.view.path(RouteQuery.to(ip)).object();
        return path == null ? null : journey.links.get(path.ifIndex());
    }

    private static Hop arrives(Link link, String headers) {
        Hop hop = Hop.of(Step.DEVICE, link.name(), headers, "it arrives by " + link.name());
        return Journey.judge(hop.because(Journey.words(link)), link);
    }

    private boolean unwrapped(Cluster.Peer peer, Link tunnel, Link underlay) throws IOException {
        Ip host = peer.subnet().publicIp();
        Path path = journey.view.path(RouteQuery.to(host)).object();
        if (tunnel.properties() instanceof Dummy) {
            return journey.add(arrives(underlay, "ESP [ %s ]".formatted(Journey.words(journey.packet))))
                    && IpsecHops.arrive(journey, tunnel, host);
        }
        Ip own = local(tunnel).orElse(path.source());
        Packet outer = outer(tunnel, underlay, host, own);
        String inner = Journey.words(journey.packet);
        String content = switch (tunnel.properties()) {
            case Vxlan vxlan -> "VXLAN %d [ %s ]".formatted(vxlan.vni(), inner);
            case Wireguard _ -> "WireGuard [ %s ]".formatted(inner);
            case Dummy _, IpTunnel _ -> inner;
            case null -> inner;
        };
        String headers = "%s [ %s ]".formatted(Journey.words(outer), content);
        if (!journey.add(arrives(underlay, headers))) {
            return false;
        }
        List<Filter> programs = journey.view.filters().stream()
                .filter(filter -> filter.ifIndex() == underlay.index() && filter.hook() == jflannel.kernel.Hook.INGRESS)
                .toList();
        boolean byDevice = tunnel.properties() != null;
        if (byDevice || programs.isEmpty()) {
            for (Hook hook : List.of(Hook.PREROUTING, Hook.INPUT)) {
                if (!rules.pass(hook, outer, underlay.name(), headers).goesOn()) {
                    return false;
                }
            }
        }
        return journey.add(unwrapping(tunnel, byDevice, programs));
    }

    /// The address that a device receives at, if it has one.
    private static Optional<Ip> local(Link tunnel) {
        return switch (tunnel.properties()) {
            case Vxlan vxlan -> Optional.ofNullable(vxlan.local());
            case IpTunnel device -> Optional.ofNullable(device.local());
            case Dummy _, Wireguard _ -> Optional.empty();
            case null -> Optional.empty();
        };
    }

    private Packet outer(Link tunnel, Link underlay, Ip from, Ip to) {
        if (tunnel.properties() instanceof IpTunnel) {
            int protocol = journey.packet.family().protocol();
            return new Packet(underlay.name(), "", from, to, protocol, 0, 0, false, true);
        }
        int port = tunnel.properties() instanceof Vxlan vxlan ? vxlan.port() : journey.cluster.tunnelPort();
        return new Packet(underlay.name(), "", from, to, Packet.UDP, SOME_PORT, port, false, true);
    }

    private Hop unwrapping(Link tunnel, boolean byDevice, List<Filter> programs) {
        Hop hop = journey.hop(Step.TUNNEL, tunnel.name(), tunnel.name() + " unwraps it")
                .because(Journey.words(tunnel));
        if (byDevice) {
            return Journey.judge(hop, tunnel);
        }
        if (!programs.isEmpty()) {
            return hop.because("a program in the kernel unwraps it before the firewall's hooks: filter %s, program %d"
                    .formatted(programs.getFirst().name(), programs.getFirst().program()));
        }
        return Journey.judge(hop.byDaemon(), tunnel);
    }
}
