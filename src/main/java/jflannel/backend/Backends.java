package jflannel.backend;

import java.util.Optional;
import jflannel.kernel.Kernel;
import jflannel.lease.Announcement;
import jflannel.lease.ConfigException;
import jflannel.lease.NetworkConfig;
import jflannel.underlay.Underlay;

/// All backends: the one place that knows their names.
public final class Backends {
    private Backends() {}

    /// @param before what this node announced when it ran before, if that is known
    /// @throws ConfigException if there is no such backend, or its options or this node's addresses do not suit it
    public static Backend create(
            NetworkConfig config, Underlay underlay, Kernel kernel, Optional<Announcement> before) {
        return switch (config.backendType()) {
            case "vxlan" -> new VxlanBackend(config, underlay, kernel, before);
            case "host-gw" -> new HostGwBackend(config, underlay, kernel);
            case "udp" -> new UdpBackend(config, underlay, kernel);
            case "alloc" -> new AllocBackend(config, underlay, kernel);
            default ->
                throw new ConfigException(
                        config.where() + ": Backend: Type",
                        config.backendType(),
                        "Give one of vxlan, host-gw, udp, alloc, as in {\"Backend\":{\"Type\":\"vxlan\"}}.");
        };
    }

    /// True if pods' packets pass through this process, instead of staying in the kernel.
    public static boolean carriesPackets(NetworkConfig config) {
        return config.backendType().equals("udp");
    }
}
