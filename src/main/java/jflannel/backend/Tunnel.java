package jflannel.backend;

import java.util.Map;
import jflannel.ip.Family;

/// A tunnel through which the kernel carries pods' packets, as the peer filter sees it.
///
/// @param port UDP port at which every node receives the tunnel's packets
/// @param vni VXLAN network identifier in them
/// @param devices where unwrapped packets appear: the name of the device by the pods' family
/// @param onlyWay packets between pods of different nodes always take it; otherwise some nodes are reached without it
public record Tunnel(int port, int vni, Map<Family, String> devices, boolean onlyWay) {
    public Tunnel {
        devices = Map.copyOf(devices);
    }
}
