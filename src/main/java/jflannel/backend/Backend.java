package jflannel.backend;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import jflannel.dataplane.UdpTunnel;
import jflannel.kernel.Device;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.Peers;

/// One way of carrying pod traffic between nodes, as a function: from this node's place in the network and its peers
/// to what the kernel should hold. It changes nothing and asks nothing, so one can be created just to see what it
/// would do. A new one is created when the network configuration or the interface to the other nodes changes.
public sealed interface Backend permits AllocBackend, HostGwBackend, UdpBackend, VxlanBackend {
    /// What other nodes must know to reach this one.
    Announcement announcement();

    /// The largest packet that a pod may send, in bytes including its IP header.
    int mtu();

    /// The devices that the kernel should have for it.
    List<Device> devices();

    /// The device whose packets pass through this process, and where they go; empty if the kernel carries all packets.
    default Optional<UdpTunnel.Settings> packetPath(Lease own) {
        return Optional.empty();
    }

    /// True if it asks for [KernelFacts#paths].
    default boolean asksForPaths() {
        return false;
    }

    /// What the kernel should hold for `own` and each of `peers`, and what of ours it must not hold beyond that.
    Desired desired(Lease own, Peers peers, KernelFacts kernel);

    /// The tunnel whose packets the kernel unwraps no matter who sent them; empty without one.
    default Optional<Tunnel> tunnel() {
        return Optional.empty();
    }

    /// The names of all its devices.
    Set<String> deviceNames();

    /// Where this process receives other nodes' packets: `192.0.2.1:8285`.
    default Set<String> sockets() {
        return Set.of();
    }
}
