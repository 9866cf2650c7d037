package jflannel.firewall;

import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;

/// From whom a network of this host is to be kept apart.
///
/// @param wanted false to remove what keeps it apart
/// @param networks its own, in each enabled family
/// @param subnets this node's part of it
/// @param arrivals the only devices by which packets of its other nodes' pods come; empty if any may
/// @param others of this host
/// @param complete false until all others are known. What an earlier run wrote then stays
public record Isolation(
        boolean wanted,
        Map<Family, Cidr> networks,
        Map<Family, Cidr> subnets,
        Set<String> arrivals,
        List<Other> others,
        boolean complete) {

    public Isolation {
        networks = Map.copyOf(networks);
        subnets = Map.copyOf(subnets);
        arrivals = Set.copyOf(arrivals);
        others = List.copyOf(others);
    }

    /// Another network.
    ///
    /// @param devices by which only its packets arrive: its tunnels and the bridges of its pods
    public record Other(Map<Family, Cidr> networks, Set<String> devices) {
        public Other {
            networks = Map.copyOf(networks);
            devices = Set.copyOf(devices);
        }
    }
}
