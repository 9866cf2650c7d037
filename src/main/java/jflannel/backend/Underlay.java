package jflannel.backend;

import java.io.IOException;
import java.util.Map;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.netlink.Kernel;
import jflannel.netlink.Link;

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

    /// The interface as it is now: it may have been replaced since the start.
    ///
    /// @throws IOException if it is gone
    Link link(Kernel kernel) throws IOException {
        return kernel.link(device)
                .orElseThrow(() ->
                        new IOException("the external interface " + device + " is gone; waiting for it to come back"));
    }
}
