package jflannel.control;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import jflannel.backend.Backend;
import jflannel.backend.Backends;
import jflannel.backend.Footprint;
import jflannel.backend.WireguardIdentity;
import jflannel.firewall.FirewallConfig;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.names.Names;
import jflannel.options.Options;
import jflannel.underlay.OuterMtu;
import jflannel.underlay.Underlay;

/// The network as this node takes part in it: a configuration, the interface that leads to the other nodes, and the
/// backend that follows from both. It is immutable; when something has to change, a successor replaces it.
///
/// @param publicIps the addresses that an administrator wrote into the store for this node, by family
/// @param external the interfaces of the underlay, by family
public record Overlay(
        NetworkConfig network,
        Map<Family, Ip> publicIps,
        Underlay underlay,
        Map<Family, Link> external,
        Backend backend) {

    /// The overlay on these interfaces as they are now. Looks at the kernel, and changes nothing.
    ///
    /// @param names of what the network makes on this node
    /// @param before what this node announced before, as far as that is known
    /// @param identity this node's, for backends that need one
    /// @throws ConfigException if this node cannot use the configuration; the message says why
    /// @throws IOException if an interface is gone
    public static Overlay of(
            NetworkConfig network,
            Map<Family, Ip> publicIps,
            Underlay underlay,
            Names names,
            Kernel kernel,
            Optional<Announcement> before,
            Supplier<WireguardIdentity> identity)
            throws IOException {
        List<Link> links = kernel.links();
        Map<Family, Link> external = underlay.links(kernel);
        Underlay now = underlay.asOfNow(kernel);
        return new Overlay(
                network, publicIps, now, external, Backends.create(network, names, now, links, before, identity));
    }

    /// The masquerade and forward rules that it asks for.
    public FirewallConfig firewall(Lease own, Options options) {
        Map<Family, Cidr> subnets = PodTraffic.subnets(own);
        Map<Family, Cidr> networks = PodTraffic.networks(network);
        networks.keySet().retainAll(subnets.keySet()); // Kubernetes may give a node a part of one of two networks
        return new FirewallConfig(
                network.nftables(),
                networks,
                subnets,
                options.firewall.masquerade,
                options.firewall.forward,
                !options.firewall.plainPorts);
    }

    /// What this node publishes.
    public Announcement announcement() {
        return backend.announcement().withMtu(underlay.mtu());
    }

    /// How large packets between the hosts may be. An MTU that was configured for all nodes counts for those that
    /// publish none.
    public OuterMtu outerMtu() {
        int configured = network.mtu();
        int own = configured == 0 ? underlay.mtu() : Math.min(configured, underlay.mtu());
        return new OuterMtu(own, configured == 0 ? Announcement.USUAL_MTU : own);
    }

    /// What it leaves in the kernel.
    public Footprint footprint() {
        return Footprint.of(network, backend);
    }

    /// The devices by which packets of other nodes' pods arrive.
    Set<String> arrivals() {
        Set<String> devices = new TreeSet<>(backend.deviceNames());
        boolean past = backend.tunnel().filter(tunnel -> !tunnel.onlyWay()).isPresent();
        if (devices.isEmpty() || past) {
            devices.addAll(underlay.devices());
        }
        return devices;
    }

    /// True if this lease has a subnet of each family of this network.
    boolean couldHold(Lease lease) {
        return isWithin(lease) && network.pools().keySet().equals(families(lease));
    }

    /// True if this lease's subnets are of this network.
    public boolean isWithin(Lease lease) {
        return lease.cidrs().stream()
                .allMatch(cidr -> network.pool(cidr.family())
                        .filter(pool -> pool.couldHold(cidr))
                        .isPresent());
    }

    private static Set<Family> families(Lease lease) {
        return lease.cidrs().stream().map(Cidr::family).collect(Collectors.toSet());
    }
}
