package jflannel.trace;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.foreign.Packet;
import jflannel.ip.Ip;
import jflannel.kernel.Link;

/// A packet on its way: where it is, what it looks like, and the hops behind it. For one thread.
final class Journey {
    final View view;
    final Cluster cluster;
    /// The packet itself, without what it is wrapped in.
    Packet packet;
    /// The devices of this node, by index.
    final Map<Integer, Link> links = new LinkedHashMap<>();

    private final List<Hop> hops = new ArrayList<>();
    private final Set<Ip> local;

    Journey(View view, Cluster cluster) throws IOException {
        this.view = view;
        this.cluster = cluster;
        view.links().forEach(link -> links.put(link.index(), link));
        this.local =
                view.addresses().stream().map(address -> address.address().ip()).collect(Collectors.toSet());
    }

    boolean isHere(Ip ip) {
        return local.contains(ip);
    }

    /// @return true if the packet passes
    boolean add(Hop hop) {
        hops.add(hop);
        return hop.verdict() != Verdict.BROKEN;
    }

    List<Hop> hops() {
        return hops;
    }

    /// The packet as it is now.
    Question end() {
        return new Question(packet.source(), packet.destination(), packet.protocol(), packet.destinationPort());
    }

    /// A device's name; its number if it is gone.
    String name(int index) {
        Link link = links.get(index);
        return link == null ? "device number " + index : link.name();
    }

    /// A hop on this node of the packet as it is now.
    Hop hop(Step step, String device, String what) {
        return Hop.of(step, device, words(packet), what);
    }

    /// A packet's header in tcpdump's style: `ICMP 100.96.1.2 > 100.96.2.3`.
    static String words(Packet packet) {
        boolean hasPorts = packet.protocol() == Packet.TCP || packet.protocol() == Packet.UDP;
        String ports = hasPorts ? ":" + packet.destinationPort() : "";
        String protocol = switch (packet.protocol()) {
            case Packet.TCP -> "TCP";
            case Packet.UDP -> "UDP";
            case Packet.ICMP, Packet.ICMPV6 -> "ICMP";
            default -> "protocol " + packet.protocol();
        };
        return "%s %s > %s%s".formatted(protocol, packet.source(), packet.destination(), ports);
    }

    /// Whether a device can pass packets.
    static Hop judge(Hop hop, Link link) {
        if (!link.up()) {
            return hop.broken(link.name() + " is down", "ip link set " + link.name() + " up");
        }
        if (!link.carrier() && link.kind().equals("bridge")) {
            return hop.broken("no port of " + link.name() + " is up", "Look at ip link show master " + link.name());
        }
        return link.carrier()
                ? hop
                : hop.broken(
                        link.name() + " has no carrier: nothing is connected to it",
                        "Look at what is at its other end");
    }

    static String words(Link link) {
        return "%s: %smtu %d%s"
                .formatted(
                        link.name(),
                        link.kind().isEmpty() ? "" : link.kind() + ", ",
                        link.mtu(),
                        link.mac() == null ? "" : ", link/ether " + link.mac());
    }
}
