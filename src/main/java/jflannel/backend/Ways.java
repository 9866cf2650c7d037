package jflannel.backend;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import jflannel.ip.Ip;

/// What a backend has to know of the kernel to say what it should hold.
///
/// @param devices the indexes of the backend's own devices, by name
/// @param underlay index of the interface that leads to the other nodes
/// @param direct the interface by which a host on one of the node's own links is reached; empty for others
public record Ways(Map<String, Integer> devices, int underlay, Function<Ip, Optional<Integer>> direct) {}
