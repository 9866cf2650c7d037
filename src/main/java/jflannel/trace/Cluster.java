package jflannel.trace;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.backend.UdpData;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Neighbor;
import jflannel.kernel.Route;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;

/// What this node knows of its network and of the other nodes.
///
/// @param networks the pods' networks, by family; empty if unknown
/// @param own this node's subnets
/// @param peers the other nodes
/// @param base what the kernel should hold whoever the peers are
/// @param tunnelPort UDP port of the tunnel; 0 if there is none
/// @param running flanneld runs here
/// @param unknown why leases are missing; empty if they are all known
/// @param uncompared why it is not known what the kernel should hold, though the leases are; empty if it is
public record Cluster(
        Map<Family, Cidr> networks,
        List<LeasedSubnet> own,
        Collection<Peer> peers,
        Collection<KernelObject> base,
        int tunnelPort,
        boolean running,
        String unknown,
        String uncompared) {
    /// Another node's subnet.
    ///
    /// @param kernelPackets it takes the datagrams that a kernel makes by itself
    /// @param held the store has lost its lease
    /// @param ignored why it cannot be reached because of what it published, or ""
    /// @param wanted what the kernel should hold for it
    public record Peer(
            LeasedSubnet subnet, boolean kernelPackets, boolean held, String ignored, Collection<KernelObject> wanted) {
        /// One for each subnet of a lease.
        public static List<Peer> of(Lease lease, boolean held, String ignored, Collection<KernelObject> wanted) {
            return lease.subnets().stream()
                    .map(subnet ->
                            new Peer(subnet, UdpData.parse(subnet.backendData()).kernel(), held, ignored, wanted))
                    .toList();
        }
    }

    /// Nothing is known.
    public static Cluster unknown(String why) {
        return new Cluster(Map.of(), List.of(), List.of(), List.of(), 0, false, why, "");
    }

    boolean isAmongPods(Ip ip) {
        Cidr network = networks.get(ip.family());
        return network != null && network.contains(ip);
    }

    /// True for an address of this node's own subnets.
    public boolean isOwn(Ip ip) {
        return own.stream().anyMatch(subnet -> subnet.cidr().contains(ip));
    }

    /// The peer that has leased an address.
    public Optional<Peer> peerOf(Ip ip) {
        return peers.stream().filter(peer -> peer.subnet().cidr().contains(ip)).findFirst();
    }

    /// The peer whose host has an address.
    public Optional<Peer> peerAt(Ip host) {
        return peers.stream()
                .filter(peer -> host.equals(peer.subnet().publicIp()))
                .findFirst();
    }

    /// The route that should lead to an address, if flannel wants one.
    Optional<Route> wantedRoute(Ip ip) {
        Stream<KernelObject> wanted =
                Stream.concat(base.stream(), peerOf(ip).stream().flatMap(peer -> peer.wanted().stream()));
        return wanted.filter(Route.class::isInstance)
                .map(Route.class::cast)
                .filter(route -> route.destination().contains(ip))
                .max(Comparator.comparingInt(route -> route.destination().length()));
    }

    /// The neighbor entries that should be there for packets to a pod of a peer.
    ///
    /// @param forwarding true for those of the fdb
    Stream<Neighbor> wantedNeighbors(Ip pod, boolean forwarding) {
        return peerOf(pod).stream()
                .flatMap(peer -> peer.wanted().stream())
                .filter(Neighbor.class::isInstance)
                .map(Neighbor.class::cast)
                .filter(neighbor -> neighbor.forwarding() == forwarding);
    }
}
