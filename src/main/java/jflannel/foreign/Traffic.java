package jflannel.foreign;

import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// This node's network traffic, as other programs' rules see it.
///
/// @param networks the cluster's pod network, by family
/// @param subnets this node's part of it, in the same families
/// @param others the subnet of a peer, in the same families; none without peers
/// @param devices that lead to pods of other nodes, by the pods' family
/// @param underlay the interface that leads to the other nodes, by family
/// @param addresses of this node on the underlay, by family
/// @param peers addresses of some other nodes, as senders of sample tunnel packets
/// @param tunnels what packets between nodes look like; empty if there is no tunnel
/// @param nftables our own rules are in nftables, where an accept does not override a drop in another table
/// @param masquerade our rules masquerade what pods send to the outside
/// @param forward our rules accept what is forwarded from and to pods
public record Traffic(
        Map<Family, Cidr> networks,
        Map<Family, Cidr> subnets,
        Map<Family, Cidr> others,
        Map<Family, String> devices,
        Map<Family, String> underlay,
        Map<Family, Ip> addresses,
        List<Ip> peers,
        List<Outer> tunnels,
        boolean nftables,
        boolean masquerade,
        boolean forward) {
    public Traffic {
        networks = Map.copyOf(networks);
        subnets = Map.copyOf(subnets);
        others = Map.copyOf(others);
        devices = Map.copyOf(devices);
        underlay = Map.copyOf(underlay);
        addresses = Map.copyOf(addresses);
        peers = List.copyOf(peers);
        tunnels = List.copyOf(tunnels);
    }

    /// The packets of a tunnel, as rules tell them from others.
    ///
    /// @param protocol of IP
    /// @param port at which nodes receive them; 0 for protocols without ports
    public record Outer(int protocol, int port) {
        public static Outer udp(int port) {
            return new Outer(Packet.UDP, port);
        }

        boolean hasPort() {
            return protocol == Packet.UDP;
        }
    }
}
