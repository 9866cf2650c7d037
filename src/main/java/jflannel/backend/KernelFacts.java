package jflannel.backend;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Link;
import jflannel.kernel.OnlinkGateways;
import jflannel.kernelpath.Carrier;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.PeerPath;

/// What a backend has to know of the kernel to say what it should hold.
///
/// @param devices the indexes of the backend's own devices, by name
/// @param underlay indexes of the interfaces that lead to the other nodes, by family
/// @param paths how the kernel sends to the peers' hosts, by address; empty for backends that do not ask
/// @param host what no route to pods may take away
/// @param gateways which of the tunnel's gateways need routes of their own
/// @param carrier what lets the kernel carry packets past this process, for backends that use that
public record KernelFacts(
        Map<String, Integer> devices,
        Map<Family, Integer> underlay,
        Map<Ip, PeerPath> paths,
        HostNetworks host,
        OnlinkGateways gateways,
        Carrier carrier) {
    /// The facts beside these networks of the host.
    ///
    /// @param devices the indexes of the backend's own devices, by name
    /// @param external the interfaces of the underlay
    public static KernelFacts of(
            Map<String, Integer> devices,
            Map<Family, Link> external,
            Map<Ip, PeerPath> paths,
            HostNetworks host,
            Carrier carrier) {
        Map<Family, Integer> underlay = new EnumMap<>(Family.class);
        external.forEach((family, link) -> underlay.put(family, link.index()));
        return new KernelFacts(devices, underlay, paths, host, OnlinkGateways.beside(host.prefixes()), carrier);
    }

    /// Index of the interface that packets of a family leave by; 0 if there is none.
    int underlay(Family family) {
        return underlay.getOrDefault(family, 0);
    }

    Optional<PeerPath> path(Ip host) {
        return Optional.ofNullable(paths.get(host));
    }
}
