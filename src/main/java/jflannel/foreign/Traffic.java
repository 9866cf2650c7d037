package jflannel.foreign;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// What this node's network carries, as others' rules meet it.
///
/// @param networks the cluster's pod network, by family
/// @param subnets this node's part of it, in the same families
/// @param devices by which pods of other nodes are reached, by the pods' family
/// @param underlay the interface that leads to the other nodes
/// @param addresses of this node on it, by family
/// @param peers addresses of some other nodes: the tunnel's rules are looked at as their packets meet them
/// @param tunnelPort UDP port of the tunnel; empty if there is none
/// @param nftables our own rules are in nftables, where an accept does not overrule a drop in another table
public record Traffic(
        Map<Family, Cidr> networks,
        Map<Family, Cidr> subnets,
        Map<Family, String> devices,
        String underlay,
        Map<Family, Ip> addresses,
        List<Ip> peers,
        Optional<Integer> tunnelPort,
        boolean nftables) {
    public Traffic {
        networks = Map.copyOf(networks);
        subnets = Map.copyOf(subnets);
        devices = Map.copyOf(devices);
        addresses = Map.copyOf(addresses);
        peers = List.copyOf(peers);
    }
}
