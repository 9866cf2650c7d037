package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import jflannel.firewall.Isolation;
import jflannel.firewall.RuleKeeper;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.lease.BackendType;
import jflannel.lease.Lease;

/// Keeps one of several networks of this daemon apart from the others, and tells them what they must know of it.
///
/// @param name of the network
/// @param isolate false if packets may pass
record IsolationKeeper(
        String name, boolean isolate, HostedNetworks hosted, Kernel kernel, RuleKeeper<Isolation> rules) {
    private static final Logger LOG = System.getLogger(IsolationKeeper.class.getName());

    void keep(Overlay overlay, Lease own) {
        Map<Family, Cidr> networks = overlay.network().networks();
        Set<String> devices = new HashSet<>(overlay.backend().deviceNames());
        devices.addAll(bridges(own.cidrs(), devices));
        devices.removeAll(overlay.underlay().devices());
        hosted.put(name, new Isolation.Other(networks, devices));
        rules.keep(new Isolation(
                isolate, networks, PodTraffic.subnets(own), arrivals(overlay), hosted.others(name), hosted.areKnown()));
    }

    /// Where packets of other nodes' pods come in. Nobody knows the devices that commands make.
    private static Set<String> arrivals(Overlay overlay) {
        if (overlay.network().type() == BackendType.EXTENSION) {
            return Set.of();
        }
        Set<String> devices = new HashSet<>(overlay.footprint().devices());
        devices.addAll(overlay.backend().deviceNames());
        devices.addAll(overlay.underlay().devices());
        return devices;
    }

    /// The devices by which this node's own pods are reached.
    private Set<String> bridges(Collection<Cidr> subnets, Set<String> tunnels) {
        Set<String> bridges = new HashSet<>();
        try {
            Map<Integer, String> names = new HashMap<>();
            kernel.links().forEach(link -> names.put(link.index(), link.name()));
            kernel.addresses().stream()
                    .map(InterfaceAddress::address)
                    .filter(address -> subnets.stream().anyMatch(subnet -> subnet.contains(address.ip())))
                    .map(address -> names.get(address.ifIndex()))
                    .filter(device -> device != null && !tunnels.contains(device))
                    .forEach(bridges::add);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the bridges of pods are not known", e);
        }
        return bridges;
    }
}
