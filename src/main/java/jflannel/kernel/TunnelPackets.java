package jflannel.kernel;

import java.util.Set;
import java.util.TreeSet;

/// How packets that a tunnel device of the kernel unwraps are recognized on their way to this host.
public sealed interface TunnelPackets {
    /// VXLAN in UDP.
    ///
    /// @param port at which every node receives them
    /// @param vni the network's identifier in them
    record Vxlan(int port, int vni) implements TunnelPackets {}

    /// Packets right behind an IP header, which names no network and no port.
    ///
    /// @param protocols 4 for IPv4 (RFC 2003), 41 for IPv6 (RFC 2473)
    record InIp(Set<Integer> protocols) implements TunnelPackets {
        public InIp {
            protocols = new TreeSet<>(protocols);
        }
    }
}
