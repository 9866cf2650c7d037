package jflannel.backend;

import java.util.Map;
import java.util.Optional;
import jflannel.ip.Ip;
import jflannel.underlay.PeerPath;

/// What a backend has to know of the kernel to say what it should hold.
///
/// @param devices the indexes of the backend's own devices, by name
/// @param underlay index of the interface that leads to the other nodes
/// @param paths how the kernel sends to the peers' hosts, by address; empty for backends that do not ask
public record KernelFacts(Map<String, Integer> devices, int underlay, Map<Ip, PeerPath> paths) {
    Optional<PeerPath> path(Ip host) {
        return Optional.ofNullable(paths.get(host));
    }
}
