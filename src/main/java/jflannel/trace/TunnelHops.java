package jflannel.trace;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import jflannel.foreign.Packet;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.DeviceNames;
import jflannel.kernel.Dummy;
import jflannel.kernel.Encap;
import jflannel.kernel.Filter;
import jflannel.kernel.ForwardingEntry;
import jflannel.kernel.Hook;
import jflannel.kernel.IpTunnel;
import jflannel.kernel.Link;
import jflannel.kernel.Neighbor;
import jflannel.kernel.NeighborEntry;
import jflannel.kernel.NextHop;
import jflannel.kernel.Vxlan;
import jflannel.kernel.Wireguard;
import jflannel.names.Names;

/// How the packet becomes the content of another one: by a vxlan or IP-in-IP device, or by the udp backend.
final class TunnelHops {
    /// The source ports of tunnel packets are hashes; any will do.
    private static final int SOME_PORT = 49_152;

    private static final int UDP_BYTES = 8;
    private static final int VXLAN_BYTES = 8;
    private static final int ETHERNET_BYTES = 14;
    private static final Mac ALL_OTHERS = Mac.parse("00:00:00:00:00:00");

    private final Journey journey;
    private final UnderlayHops underlay;

    TunnelHops(Journey journey, UnderlayHops underlay) {
        this.journey = journey;
        this.underlay = underlay;
    }

    static boolean isTunnel(Link link) {
        return link.properties() != null || Names.isDevice(link.name(), link.kind());
    }

    boolean pass(Link link, RouteHop.Decided decided) throws IOException {
        return switch (link.properties()) {
            case Vxlan vxlan -> vxlan(link, vxlan, decided);
            case IpTunnel tunnel -> inIp(link, tunnel, decided);
            case Dummy _ -> new IpsecHops(journey, underlay).pass(link);
            case Wireguard _ -> new WireguardHops(journey, underlay).pass(link);
            case null -> udp(link);
        };
    }

    private boolean vxlan(Link link, Vxlan vxlan, RouteHop.Decided decided) throws IOException {
        Hop device = journey.hop(Step.DEVICE, link.name(), "the vxlan device")
                .because(Journey.words(link), vxlan.words(DeviceNames.of(List.copyOf(journey.links.values()))));
        if (!journey.add(Journey.judge(device, link))) {
            return false;
        }
        Ip next = decided.path().gateway() == null
                ? journey.packet.destination()
                : decided.path().gateway();
        Optional<Mac> mac = neighbor(link, next);
        if (mac.isEmpty()) {
            return false;
        }
        Optional<Encap> encap = encap(decided);
        Optional<Ip> end = encap.map(Encap::destination);
        if (end.isEmpty()) {
            end = forwarding(link, mac.get());
        }
        Ip source = encap.map(Encap::source).orElse(vxlan.local());
        long vni = encap.map(Encap::id).orElse((long) vxlan.vni());
        return end.isPresent()
                && underlay.passTunnel(new UnderlayHops.Outer(
                        source,
                        end.get(),
                        Packet.UDP,
                        SOME_PORT,
                        vxlan.port(),
                        "VXLAN " + vni,
                        link,
                        overhead(end.get()) + VXLAN_BYTES + ETHERNET_BYTES,
                        true,
                        ""));
    }

    private static Optional<Encap> encap(RouteHop.Decided decided) {
        return decided.route() == null
                ? Optional.empty()
                : decided.route().nextHops().stream()
                        .map(NextHop::encap)
                        .filter(it -> it != null && it.destination() != null)
                        .findFirst();
    }

    private static int overhead(Ip outer) {
        return UDP_BYTES + outer.family().headerBytes();
    }

    private boolean inIp(Link link, IpTunnel tunnel, RouteHop.Decided decided) throws IOException {
        Hop device = journey.hop(Step.DEVICE, link.name(), "the tunnel device")
                .because(Journey.words(link), tunnel.words(DeviceNames.of(List.copyOf(journey.links.values()))));
        if (!journey.add(Journey.judge(device, link))) {
            return false;
        }
        Optional<Encap> encap = encap(decided);
        Optional<Ip> end =
                encap.map(Encap::destination).or(() -> tunnel.end(decided.path().gateway()));
        if (end.isEmpty()) {
            journey.add(journey.hop(Step.TUNNEL, link.name(), "it wraps the packet")
                    .broken("the route names no host at the other end of the tunnel", "See what made that route"));
            return false;
        }
        return underlay.passTunnel(new UnderlayHops.Outer(
                encap.map(Encap::source).orElse(tunnel.local()),
                end.get(),
                journey.packet.family().protocol(),
                0,
                0,
                "",
                link,
                end.get().family().headerBytes(),
                true,
                ""));
    }

    /// The MAC address that the frame goes to; empty if that is where the way ends.
    private Optional<Mac> neighbor(Link link, Ip next) throws IOException {
        Optional<NeighborEntry> found = journey.view.neighbors(next).stream()
                .filter(entry -> entry.ifIndex() == link.index())
                .findFirst();
        Optional<Neighbor> wanted = journey.cluster
                .wantedNeighbors(journey.packet.destination(), false)
                .filter(neighbor -> neighbor.ip().equals(next))
                .findFirst();
        Hop hop = journey.hop(Step.NEIGHBOR, link.name(), "the MAC address of the peer's device")
                .because(found.map(entry -> LocalPods.words(entry, link.name())).orElse(""));
        String command = wanted.map(neighbor -> remedy("ip neigh replace %s lladdr %s dev %s nud permanent"
                        .formatted(neighbor.ip(), neighbor.mac(), link.name())))
                .orElse("");
        Optional<Mac> mac =
                found.map(NeighborEntry::mac).filter(it -> !found.get().failed());
        if (mac.isEmpty()) {
            journey.add(hop.broken(
                    "there is no neighbor entry for %s on %s, and nobody answers there".formatted(next, link.name()),
                    command));
            return Optional.empty();
        }
        if (wanted.isPresent() && !wanted.get().mac().equals(mac.get())) {
            journey.add(hop.broken(
                    "the neighbor entry for %s holds %s, but the peer announced %s"
                            .formatted(next, mac.get(), wanted.get().mac()),
                    command));
            return Optional.empty();
        }
        journey.add(hop);
        return mac;
    }

    private String remedy(String command) {
        return (journey.cluster.running()
                        ? "Wait for flanneld to put it right, see its log, or do: "
                        : "Start flanneld, or do: ")
                + command;
    }

    /// The host that frames for a MAC address go to.
    private Optional<Ip> forwarding(Link link, Mac mac) throws IOException {
        List<ForwardingEntry> entries = journey.view.forwarding(link.index(), mac);
        Optional<Ip> found = destination(entries);
        Optional<Neighbor> wanted = journey.cluster
                .wantedNeighbors(journey.packet.destination(), true)
                .filter(neighbor -> neighbor.mac().equals(mac))
                .findFirst();
        Hop hop = journey.hop(Step.FDB, link.name(), "the host behind that MAC address")
                .because(found.map(ip -> "%s dst %s dev %s".formatted(mac, ip, link.name()))
                        .orElse(""));
        String command = wanted.map(entry -> remedy(
                        "bridge fdb replace %s dev %s dst %s self permanent".formatted(mac, link.name(), entry.ip())))
                .orElse("");
        if (found.isEmpty()) {
            found = destination(journey.view.forwarding(link.index(), ALL_OTHERS));
            hop = hop.because(found.map(ip -> "default dst %s dev %s".formatted(ip, link.name()))
                    .orElse(""));
        }
        if (found.isEmpty()) {
            journey.add(hop.broken(
                    "there is no forwarding entry for %s on %s, so %s drops the frame"
                            .formatted(mac, link.name(), link.name()),
                    command));
            return Optional.empty();
        }
        if (wanted.isPresent() && !wanted.get().ip().equals(found.get())) {
            journey.add(hop.broken(
                    "frames for %s go to %s, but that node is at %s"
                            .formatted(mac, found.get(), wanted.get().ip()),
                    command));
            return Optional.empty();
        }
        journey.add(hop);
        return found;
    }

    private static Optional<Ip> destination(List<ForwardingEntry> entries) {
        return entries.stream()
                .map(ForwardingEntry::destination)
                .filter(ip -> ip != null)
                .findFirst();
    }

    private boolean udp(Link link) throws IOException {
        Optional<Cluster.Peer> peer = journey.cluster.peerOf(journey.packet.destination());
        List<Filter> programs = journey.view.filters().stream()
                .filter(filter -> filter.ifIndex() == link.index() && filter.hook() == Hook.EGRESS)
                .toList();
        boolean byKernel =
                !programs.isEmpty() && peer.filter(Cluster.Peer::kernelPackets).isPresent();
        Hop device = journey.hop(Step.DEVICE, link.name(), carrier(byKernel, programs.isEmpty(), peer))
                .because(Journey.words(link))
                .because(programs.stream()
                        .map(filter -> "filter %s, program %d, at the egress of %s"
                                .formatted(filter.name(), filter.program(), link.name()))
                        .toList());
        if (!byKernel) {
            device = device.byDaemon();
        }
        if (!journey.add(judgeTun(device, link, byKernel))) {
            return false;
        }
        if (peer.isEmpty()) {
            journey.add(journey.hop(Step.TUNNEL, link.name(), "flanneld looks up the peer")
                    .byDaemon()
                    .unknown(
                            "the udp backend's table of peers is flanneld's, and its leases are not known here: "
                                    + journey.cluster.unknown(),
                            ""));
            return false;
        }
        Ip end = peer.get().subnet().publicIp();
        return underlay.passTunnel(new UnderlayHops.Outer(
                null,
                end,
                Packet.UDP,
                journey.cluster.tunnelPort(),
                journey.cluster.tunnelPort(),
                "",
                link,
                overhead(end),
                byKernel,
                byKernel ? "the program sends it past the firewall's hooks" : ""));
    }

    private static String carrier(boolean byKernel, boolean nothingAttached, Optional<Cluster.Peer> peer) {
        if (byKernel) {
            return "a program in the kernel takes it, as the peer takes packets that a kernel made";
        }
        String why = nothingAttached
                ? "no program of flannel's is attached in the kernel"
                : peer.isEmpty() ? "its peer is not known" : "the peer does not announce that it takes others";
        return "flanneld reads it from the TUN device: " + why;
    }

    private static Hop judgeTun(Hop hop, Link link, boolean byKernel) {
        if (!link.up()) {
            return Journey.judge(hop, link);
        }
        return byKernel || link.carrier()
                ? hop
                : hop.broken("no process has %s open: flanneld does not run".formatted(link.name()), "Start flanneld");
    }
}
