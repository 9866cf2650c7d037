package jflannel.foreign;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Sample packets that represent the network's traffic.
final class Samples {
    /// A port that no well-known program uses, and that is neither a node port of Kubernetes nor ephemeral.
    private static final int PORT = 24_837;

    private static final int OTHER_PORT = 24_839;
    /// Offset of the sample's pod in its subnet: not among the first addresses, for which there may be rules.
    private static final int POD = 77;

    private final Traffic traffic;
    private final LocalDevices node;

    /// A packet on one of the paths.
    record Sample(Way way, Packet packet) {}

    Samples(Traffic traffic, LocalDevices node) {
        this.traffic = traffic;
        this.node = node;
    }

    List<Sample> all() {
        List<Sample> samples = new ArrayList<>();
        for (Family family : Family.values()) {
            ofPods(family).ifPresent(samples::addAll);
        }
        traffic.tunnels().forEach(outer -> traffic.peers().forEach(peer -> samples.addAll(ofTunnel(peer, outer))));
        return samples;
    }

    private Optional<List<Sample>> ofPods(Family family) {
        Cidr own = traffic.subnets().get(family);
        Cidr network = traffic.networks().get(family);
        String device = traffic.devices().get(family);
        if (own == null || network == null || device == null) {
            return Optional.empty();
        }
        Ip here = pod(own);
        return Optional.ofNullable(traffic.others().get(family))
                .map(Samples::pod)
                .or(() -> remote(network, own))
                .map(there -> {
                    String bridge = node.bridges().get(family);
                    return List.of(
                            new Sample(
                                    Way.IN,
                                    new Packet(
                                            device, bridge, there, here, Packet.TCP, PORT, OTHER_PORT, false, false)),
                            new Sample(
                                    Way.OUT,
                                    new Packet(
                                            bridge, device, here, there, Packet.TCP, PORT, OTHER_PORT, false, false)));
                });
    }

    /// What a pod of this node sends to the outside: to 198.51.100.1 or 2001:db8::1, as rules for pods do not name
    /// those.
    Optional<Packet> outward(Family family) {
        Cidr own = traffic.subnets().get(family);
        String device = traffic.underlay().get(family);
        Ip outside = Ip.parse(family == Family.IPV4 ? "198.51.100.1" : "2001:db8::1");
        return own == null || device == null
                ? Optional.empty()
                : Optional.of(new Packet("", device, pod(own), outside, Packet.TCP, PORT, OTHER_PORT, false, false));
    }

    private static Ip pod(Cidr subnet) {
        int bits = subnet.family().bits() - subnet.length();
        return bits > 7 ? subnet.address().plus(POD) : subnet.last();
    }

    /// An address of the network outside this node's subnet: in the next subnet of that size, or else in the first.
    private static Optional<Ip> remote(Cidr network, Cidr own) {
        if (own.length() <= network.length()) {
            return Optional.empty();
        }
        Cidr next = own.next();
        Cidr first = new Cidr(network.address(), own.length());
        return Optional.of(network.contains(next) ? next : first)
                .filter(subnet -> !subnet.equals(own))
                .map(Samples::pod);
    }

    private List<Sample> ofTunnel(Ip peer, Traffic.Outer outer) {
        Ip own = traffic.addresses().get(peer.family());
        if (own == null) {
            return List.of();
        }
        String device = traffic.underlay().get(peer.family());
        int protocol = outer.protocol();
        int source = outer.hasPort() ? PORT : 0;
        int port = outer.port();
        return List.of(
                new Sample(Way.TUNNEL_IN, new Packet(device, "", peer, own, protocol, source, port, false, true)),
                new Sample(Way.TUNNEL_OUT, new Packet("", device, own, peer, protocol, source, port, true, false)));
    }
}
