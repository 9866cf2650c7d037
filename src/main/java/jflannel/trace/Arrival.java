package jflannel.trace;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import jflannel.foreign.Hook;
import jflannel.foreign.Packet;
import jflannel.ip.Ip;
import jflannel.kernel.Filter;
import jflannel.kernel.Link;
import jflannel.kernel.Path;
import jflannel.kernel.RouteQuery;
import jflannel.kernel.Vxlan;

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
        Vxlan vxlan = tunnel.properties() instanceof Vxlan it ? it : null;
        Ip own = vxlan != null && vxlan.local() != null ? vxlan.local() : path.source();
        int port = vxlan == null ? journey.cluster.tunnelPort() : vxlan.port();
        Packet outer = new Packet(underlay.name(), "", host, own, Packet.UDP, SOME_PORT, port, false, true);
        String content = vxlan == null
                ? Journey.words(journey.packet)
                : "VXLAN %d [ %s ]".formatted(vxlan.vni(), Journey.words(journey.packet));
        String headers = "%s [ %s ]".formatted(Journey.words(outer), content);
        if (!journey.add(arrives(underlay, headers))) {
            return false;
        }
        List<Filter> programs = journey.view.filters().stream()
                .filter(filter -> filter.ifIndex() == underlay.index() && filter.hook() == jflannel.kernel.Hook.INGRESS)
                .toList();
        if (vxlan != null || programs.isEmpty()) {
            for (Hook hook : List.of(Hook.PREROUTING, Hook.INPUT)) {
                if (!rules.pass(hook, outer, underlay.name(), headers).goesOn()) {
                    return false;
                }
            }
        }
        return journey.add(unwrapping(tunnel, vxlan != null, programs));
    }

    private Hop unwrapping(Link tunnel, boolean vxlan, List<Filter> programs) {
        Hop hop = journey.hop(Step.TUNNEL, tunnel.name(), tunnel.name() + " unwraps it")
                .because(Journey.words(tunnel));
        if (vxlan) {
            return Journey.judge(hop, tunnel);
        }
        if (!programs.isEmpty()) {
            return hop.because("a program in the kernel unwraps it before the firewall's hooks: filter %s, program %d"
                    .formatted(programs.getFirst().name(), programs.getFirst().program()));
        }
        return Journey.judge(hop.byDaemon(), tunnel);
    }
}
