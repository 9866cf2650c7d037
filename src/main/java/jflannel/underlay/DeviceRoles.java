package jflannel.underlay;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Link;

/// Recognizes the interfaces that lead to this node's pods, and therefore to no other node: flannel's own devices,
/// bridges of pods and containers, and their ports. A default route through one of them, perhaps from a DHCP
/// client, is a mistake.
///
/// @param interfaces of the node
/// @param podNetworks where pods live
record DeviceRoles(Interfaces interfaces, Set<Cidr> podNetworks) {
    /// Names that container runtimes and CNI plugins give to their bridges.
    private static final Set<String> USUAL_BRIDGES = Set.of(
            "cni0",
            "cbr0",
            "docker0",
            "br-flannel",
            "docker_gwbridge",
            "podman0",
            "cni-podman0",
            "kube-bridge",
            "lxcbr0",
            "lxdbr0",
            "virbr0");
    /// Devices on which kube-proxy and the node's DNS cache keep the addresses of services.
    private static final Set<String> OF_SERVICES = Set.of("kube-ipvs0", "nodelocaldns");

    private static final String DOCKER_NETWORK = "br-[0-9a-f]{12}";

    /// Why an interface cannot lead to other nodes, phrased to follow its name; empty if it may.
    Optional<String> objection(Link link) {
        if (isFlannels(link)) {
            return Optional.of("is flannel's own device");
        }
        if (isPodBridge(link)) {
            return Optional.of("is a bridge of pods or containers");
        }
        if (OF_SERVICES.contains(link.name())) {
            return Optional.of("holds the addresses of services");
        }
        if (isPort(link)) {
            String bridge = interfaces.numbered(link.master()).map(Link::name).orElse("another device");
            return Optional.of("is a port of " + bridge + ", not an interface of this node");
        }
        return isPodEnd(link) ? Optional.of("leads to a pod") : Optional.empty();
    }

    boolean isFlannels(Link link) {
        return link.name().startsWith("flannel") && !link.kind().isEmpty();
    }

    /// A bridge with an address in the pods' networks, or a typical name. One that has a physical interface among
    /// its ports leads outside, whatever its address.
    private boolean isPodBridge(Link link) {
        return isUsualBridge(link) || link.kind().equals("bridge") && hasPodAddress(link) && !hasOutwardPort(link);
    }

    static boolean isUsualBridge(Link link) {
        return USUAL_BRIDGES.contains(link.name()) || link.name().matches(DOCKER_NETWORK);
    }

    boolean hasOutwardPort(Link bridge) {
        return interfaces.links().stream()
                .filter(port -> port.master() == bridge.index())
                .anyMatch(port -> !port.kind().equals("veth") && !port.kind().equals("tun"));
    }

    /// Interfaces in a VRF do not count: they still have addresses of their own.
    private static boolean isPort(Link link) {
        return !link.portKind().isEmpty() && !link.portKind().equals("vrf");
    }

    /// A veth outside any bridge, with a single address in the pods' networks, as their gateway.
    private boolean isPodEnd(Link link) {
        return link.kind().equals("veth")
                && podAddresses(link)
                        .anyMatch(cidr -> cidr.length() == cidr.family().bits());
    }

    private boolean hasPodAddress(Link link) {
        return podAddresses(link).findAny().isPresent();
    }

    /// The link's addresses in the pods' networks, with their prefix lengths.
    private Stream<Cidr> podAddresses(Link link) {
        return Stream.of(Family.values())
                .flatMap(family -> interfaces.of(link, family))
                .filter(it -> isOfPods(it.address().ip()))
                .map(it -> new Cidr(it.address().ip(), it.address().length()));
    }

    private boolean isOfPods(Ip ip) {
        return podNetworks.stream().anyMatch(network -> network.contains(ip));
    }
}
