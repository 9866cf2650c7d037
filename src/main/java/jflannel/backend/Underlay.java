package jflannel.backend;

import java.util.Map;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// The network between the nodes, as this node is attached to it.
///
/// @param device name of the interface that carries traffic between nodes
/// @param mtu of that interface at start, in bytes
/// @param addresses the interface's own addresses, by family
/// @param publicIps the addresses other nodes send to, by family; differ from `addresses` behind NAT
public record Underlay(String device, int mtu, Map<Family, Ip> addresses, Map<Family, Ip> publicIps) {
    public Underlay {
        addresses = Map.copyOf(addresses);
        publicIps = Map.copyOf(publicIps);
    }
}
