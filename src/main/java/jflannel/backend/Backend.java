package jflannel.backend;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import jflannel.dataplane.UdpTunnel;
import jflannel.ipsec.IkeSettings;
import jflannel.kernel.Device;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Ownership;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;

/// One way of carrying pod traffic between nodes. A backend is pure functions: from this node's lease and
/// interfaces to devices and addresses, and from a peer's subnet to what it takes to reach it. [DesiredState]
/// combines the results. A backend changes nothing and asks nothing, so one can be created just to see what it
/// would do. A new one is created when the network configuration or the interface to the other nodes changes.
public sealed interface Backend
        permits AcceptingBackend,
                AllocBackend,
                ExtensionBackend,
                HostGwBackend,
                IpipBackend,
                IpsecBackend,
                UdpBackend,
                VxlanBackend,
                WireguardBackend {
    /// What other nodes must know to reach this one.
    Announcement announcement();

    /// The largest packet that a pod may send, in bytes including its IP header.
    int mtu();

    /// The devices that the kernel should have for it. A TUN device is not among them: it comes with the
    /// [#packetPath].
    default List<Device> devices() {
        return List.of();
    }

    /// The UDP port of the tunnel; empty if there is none.
    default Optional<Integer> port(Lease own) {
        return tunnel().flatMap(Tunnel::port).or(() -> packetPath(own).map(UdpTunnel.Settings::port));
    }

    /// The device whose packets pass through this process, and where they go; empty if the kernel carries all packets.
    default Optional<UdpTunnel.Settings> packetPath(Lease own) {
        return Optional.empty();
    }

    /// True if the kernel may carry packets of the [#packetPath] past this process.
    default boolean mayUseKernelPath() {
        return false;
    }

    /// The names of the devices by which received packets make detours, if they may: see [Detours].
    default List<String> detourDevices() {
        return List.of();
    }

    /// True if the configuration insists on that.
    default boolean requiresKernelPath() {
        return false;
    }

    /// True if it asks for [KernelFacts#paths].
    default boolean asksForPaths() {
        return false;
    }

    /// How keys are negotiated with the peers to which packets are encrypted; empty if they are not.
    default Optional<IkeSettings> ike() {
        return Optional.empty();
    }

    /// What the kernel should hold for this node itself, whoever its peers are.
    default List<KernelObject> objects(Lease own, KernelFacts kernel) {
        return List.of();
    }

    /// A peer's lease with the addresses at which this backend looks for it.
    default Lease asReached(Lease peer) {
        return peer;
    }

    /// What it takes to reach a peer's subnet.
    ///
    /// @param own this node's lease
    /// @throws IllegalArgumentException if what the peer published is unusable
    /// @throws ConfigException likewise
    Reach reach(LeasedSubnet peer, Lease own, KernelFacts kernel);

    /// How packets reach a peer for which the kernel should hold no route of ours.
    default PeerLink.Kind withoutRoutes() {
        return PeerLink.Kind.NONE;
    }

    /// Which of the kernel's objects are ours, so that those that are not wanted can be deleted.
    Ownership ownership(KernelFacts kernel);

    /// The tunnel whose packets the kernel unwraps no matter who sent them; empty without one.
    default Optional<Tunnel> tunnel() {
        return Optional.empty();
    }

    /// The names of all its devices.
    default Set<String> deviceNames() {
        return Set.of();
    }

    /// Where this process receives other nodes' packets: `192.0.2.1:8285`.
    default Set<String> sockets() {
        return Set.of();
    }
}
