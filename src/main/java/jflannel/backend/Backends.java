package jflannel.backend;

import java.util.List;
import java.util.Optional;
import jflannel.kernel.Link;
import jflannel.lease.Announcement;
import jflannel.lease.ConfigException;
import jflannel.lease.NetworkConfig;
import jflannel.names.Names;
import jflannel.underlay.Underlay;

/// All backends: the one place that makes them.
public final class Backends {
    private Backends() {}

    /// @param names of what the network makes on this node
    /// @param underlay how this node is attached to the other nodes
    /// @param links the kernel's devices; that of the underlay is among them
    /// @param before what this node announced when it ran before, if that is known: peers may go by it still
    /// @throws ConfigException if there is no such backend, or its options or this node's addresses do not suit it
    public static Backend create(
            NetworkConfig config, Names names, Underlay underlay, List<Link> links, Optional<Announcement> before) {
        return switch (config.backendType()) {
            case "vxlan" -> new VxlanBackend(config, names, underlay, links, before);
            case "host-gw" -> new HostGwBackend(config, underlay);
            case "udp" -> new UdpBackend(config, names, underlay);
            case "alloc" -> new AllocBackend(config, underlay);
            default ->
                throw new ConfigException(
                        config.where() + ": Backend: Type",
                        config.backendType(),
                        "Give one of vxlan, host-gw, udp, alloc, as in {\"Backend\":{\"Type\":\"vxlan\"}}.");
        };
    }

    /// True if pods' packets pass through this process, instead of staying in the kernel.
    public static boolean movesPackets(NetworkConfig config) {
        return config.backendType().equals("udp");
    }
}
