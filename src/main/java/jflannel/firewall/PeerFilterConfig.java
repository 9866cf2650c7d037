package jflannel.firewall;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Whose tunnel packets the peer filter is to let in.
///
/// @param port UDP port of the tunnel
/// @param vni VXLAN network identifier: the filter is for packets of this network alone
/// @param devices where unwrapped packets appear: the name of the tunnel device by the pods' family
/// @param networks the cluster's pod network in each family of `devices`
/// @param subnets this node's part of it, in those of the families that its pods have
/// @param onlyWay pods of other nodes are reached through the devices and by no other way
/// @param peers public addresses of other nodes
/// @param all `peers` are all there are; else those that are let in already may be nodes too
/// @param door where other nodes' tunnel packets arrive; empty for anywhere (`--listen-on-underlay=false`)
public record PeerFilterConfig(
        int port,
        int vni,
        Map<Family, String> devices,
        Map<Family, Cidr> networks,
        Map<Family, Cidr> subnets,
        boolean onlyWay,
        Set<Ip> peers,
        boolean all,
        Optional<Door> door)
        implements PeerFilterWish {
    public PeerFilterConfig {
        devices = Map.copyOf(devices);
        networks = Map.copyOf(networks);
        subnets = Map.copyOf(subnets);
        peers = Set.copyOf(peers);
    }

    /// Where this node can be reached by others.
    ///
    /// @param devices that lead to other nodes; by another one, packets come in only from nodes that it leads to
    /// @param addresses of this node that others send to: its own, and those that it announces
    public record Door(Set<String> devices, Set<Ip> addresses) {
        public Door {
            devices = Set.copyOf(devices);
            addresses = Set.copyOf(addresses);
        }
    }

    /// The same rules for other peers.
    PeerFilterConfig withPeers(Set<Ip> others) {
        return new PeerFilterConfig(port, vni, devices, networks, subnets, onlyWay, others, all, door);
    }
}
