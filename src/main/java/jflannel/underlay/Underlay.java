package jflannel.underlay;

import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;

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

    /// The same, of an interface with another MTU, in bytes.
    public Underlay withMtu(int other) {
        return new Underlay(device, other, addresses, publicIps);
    }

    /// For the log: `eth0 (MTU 1500), 192.0.2.1 known to others as 203.0.113.1`.
    public String words() {
        return Stream.of(Family.values())
                .filter(publicIps::containsKey)
                .map(this::words)
                .collect(Collectors.joining(", ", device + " (MTU " + mtu + "), ", ""));
    }

    private String words(Family family) {
        Ip own = addresses.get(family);
        Ip published = publicIps.get(family);
        return published.equals(own) ? own.toString() : own + " known to others as " + published;
    }

    /// The interface as it is now: it may have been replaced since the start.
    ///
    /// @throws IOException if it is gone
    public Link link(Kernel kernel) throws IOException {
        return kernel.link(device)
                .orElseThrow(() -> new IOException("the external interface " + device
                        + " is gone; waiting for one of that name (if it was renamed, restart flanneld)"));
    }
}
