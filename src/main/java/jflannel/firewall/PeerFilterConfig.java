package jflannel.firewall;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.TunnelPackets;

/// Whose tunnel packets the peer filter should accept.
///
/// @param packets to which the filter applies: the tunnel's
/// @param devices where unwrapped packets appear: the name of the tunnel device, by the pods' family
/// @param networks the cluster's pod network in each family of `devices`
/// @param subnets this node's part of it, in the families of its pods
/// @param onlyWay pods of other nodes are reached only through these devices
/// @param peers public addresses of other nodes
/// @param all `peers` is complete; otherwise addresses that are already accepted may be nodes too
/// @param door where tunnel packets of other nodes arrive; empty for anywhere (`--listen-on-underlay=false`)
public record PeerFilterConfig(
        TunnelPackets packets,
        Map<Family, String> devices,
        Map<Family, Cidr> networks,
        Map<Family, Cidr> subnets,
        boolean onlyWay,
        Set<Ip> peers,
        boolean all,
        Optional<Door> door)
        implements DesiredPeerFilter {
    public PeerFilterConfig {
        devices = Map.copyOf(devices);
        networks = Map.copyOf(networks);
        subnets = Map.copyOf(subnets);
        peers = Set.copyOf(peers);
    }

    /// Where other nodes reach this one.
    ///
    /// @param devices that lead to other nodes; other devices accept packets only from nodes that they lead to
    /// @param addresses that others send to: the underlay's own, and those announced
    public record Door(Set<String> devices, Set<Ip> addresses) {
        public Door {
            devices = Set.copyOf(devices);
            addresses = Set.copyOf(addresses);
        }
    }

    /// The same rules with other peers.
    PeerFilterConfig withPeers(Set<Ip> others) {
        return new PeerFilterConfig(packets, devices, networks, subnets, onlyWay, others, all, door);
    }
}
