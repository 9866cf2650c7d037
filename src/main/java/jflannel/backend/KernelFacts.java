package jflannel.backend;

import java.util.Map;
import java.util.Optional;
import jflannel.ip.Ip;
import jflannel.kernel.OnlinkGateways;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.PeerPath;

/// What a backend has to know of the kernel to say what it should hold.
///
/// @param devices the indexes of the backend's own devices, by name
/// @param underlay index of the interface that leads to the other nodes
/// @param paths how the kernel sends to the peers' hosts, by address; empty for backends that do not ask
/// @param host what no route to pods may take away
/// @param gateways which of the tunnel's gateways need routes of their own
public record KernelFacts(
        Map<String, Integer> devices,
        int underlay,
        Map<Ip, PeerPath> paths,
        HostNetworks host,
        OnlinkGateways gateways) {
    Optional<PeerPath> path(Ip host) {
        return Optional.ofNullable(paths.get(host));
    }
}
