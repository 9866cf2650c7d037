package jflannel.backend;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import jflannel.kernel.Link;
import jflannel.lease.Announcement;
import jflannel.lease.NetworkConfig;
import jflannel.lease.WireguardOptions;
import jflannel.names.Names;
import jflannel.underlay.Underlay;

/// The one place that creates backends.
public final class Backends {
    private Backends() {}

    /// As the other one, to see what a backend would do; it does not know this node's keys.
    public static Backend create(
            NetworkConfig config, Names names, Underlay underlay, List<Link> links, Optional<Announcement> before) {
        return create(config, names, underlay, links, before, () -> WireguardIdentity.UNKNOWN);
    }

    /// @param names of what the network makes on this node
    /// @param underlay how this node is attached to the other nodes
    /// @param links the kernel's devices; that of the underlay is among them
    /// @param before what this node announced when it last ran, if that is known: peers may still use it
    /// @param identity this node's, for backends that need one
    /// @throws ConfigException if the backend cannot work with this node's addresses
    public static Backend create(
            NetworkConfig config,
            Names names,
            Underlay underlay,
            List<Link> links,
            Optional<Announcement> before,
            Supplier<WireguardIdentity> identity) {
        return switch (config.type()) {
            case VXLAN -> new VxlanBackend(config, names, underlay, links, before);
            case WIREGUARD -> {
                WireguardBackend wireguard = new WireguardBackend(config, names, underlay, identity.get());
                yield WireguardOptions.acceptsVxlan(config)
                        ? new AcceptingBackend(wireguard, new VxlanBackend(config, names, underlay, links, before))
                        : wireguard;
            }
            case HOST_GW -> new HostGwBackend(config, underlay);
            case IPIP -> new IpipBackend(config, names, underlay);
            case UDP -> new UdpBackend(config, names, underlay);
            case EXTENSION -> new ExtensionBackend(config, underlay, before);
            case IPSEC -> new IpsecBackend(config, names, underlay);
            case ALLOC, AWS_VPC, GCE, TENCENT_VPC, ALI_VPC -> new AllocBackend(config, underlay);
        };
    }
}
