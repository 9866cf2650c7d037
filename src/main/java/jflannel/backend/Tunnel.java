package jflannel.backend;

import java.util.Map;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.kernel.TunnelPackets;

/// A tunnel through which the kernel carries pods' packets, as the peer filter sees it.
///
/// @param packets what arrives from other nodes
/// @param devices where unwrapped packets appear: the name of the device by the pods' family
/// @param onlyWay packets between pods of different nodes always take it; otherwise some nodes are reached without it
public record Tunnel(TunnelPackets packets, Map<Family, String> devices, boolean onlyWay) {
    public Tunnel {
        devices = Map.copyOf(devices);
    }

    /// The same where other nodes are reached without it.
    Tunnel besideOthers() {
        return new Tunnel(packets, devices, false);
    }

    /// UDP port at which every node receives the tunnel's packets; empty if they are not UDP.
    public Optional<Integer> port() {
        return packets instanceof TunnelPackets.Vxlan vxlan ? Optional.of(vxlan.port()) : Optional.empty();
    }
}
