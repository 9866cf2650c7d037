package jflannel.backend;

import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Devices;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.OnlinkGateways;
import jflannel.kernel.Outcome;
import jflannel.kernelpath.Carrier;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.names.Names;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.PeerPath;
import jflannel.underlay.Underlay;

/// A backend and a kernel that is made to match what it wants.
final class Rig {
    final Kernel kernel;
    private final NetworkConfig config;
    private final Underlay underlay;
    private Optional<Announcement> before = Optional.empty();
    private DesiredState last;
    /// How the kernel is said to send to peers.
    Map<Ip, PeerPath> paths = Map.of();
    HostNetworks host = HostNetworks.NONE;
    OnlinkGateways gateways = OnlinkGateways.NONE;

    Rig(NetworkConfig config, Underlay underlay, Kernel kernel) {
        this.config = config;
        this.underlay = underlay;
        this.kernel = kernel;
    }

    /// @param announced what other nodes know about this one
    Rig(NetworkConfig config, Underlay underlay, Kernel kernel, Announcement announced) {
        this(config, underlay, kernel);
        this.before = Optional.of(announced);
    }

    Backend backend() throws IOException {
        Underlay now = underlay.asOfNow(kernel);
        Backend backend = Backends.create(config, Names.DEFAULT, now, kernel.links(), before);
        before = Optional.of(backend.announcement());
        return backend;
    }

    /// Makes the devices, and returns what the other nodes must know of them.
    Announcement announce() throws IOException {
        devices(backend());
        return backend().announcement();
    }

    Outcome reconcile(Lease own, Peers peers) throws IOException {
        Backend backend = backend();
        KernelFacts facts = facts(devices(backend));
        last = new DesiredState(backend, RouteTable.MAIN, config, underlay, own, peers);
        last.rebuild(facts);
        return kernel.converge(backend.ownership(facts), last.objects());
    }

    /// Why peers of the last pass are out of reach.
    Map<Object, String> ignored() {
        return last.ignored();
    }

    private Map<String, Link> devices(Backend backend) throws IOException {
        Set<String> others = kernel.links().stream()
                .map(Link::name)
                .filter(name ->
                        name.startsWith("flannel") && !backend.deviceNames().contains(name))
                .collect(Collectors.toSet());
        return new Devices(kernel, others).converge(backend.devices());
    }

    private KernelFacts facts(Map<String, Link> devices) throws IOException {
        Map<String, Integer> indexes = new HashMap<>();
        devices.forEach((name, link) -> indexes.put(name, link.index()));
        Map<Family, Integer> external = new EnumMap<>(Family.class);
        underlay.links(kernel).forEach((family, link) -> external.put(family, link.index()));
        return new KernelFacts(indexes, external, paths, host, gateways, Carrier.none(""));
    }
}
