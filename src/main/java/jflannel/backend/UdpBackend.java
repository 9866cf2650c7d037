package jflannel.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.dataplane.Endpoint;
import jflannel.dataplane.UdpTunnel;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.lease.UdpKeys;
import jflannel.names.Names;
import jflannel.underlay.Underlay;

/// Carries packets through this process: the kernel hands them over through a TUN device, they travel as the
/// payload of UDP datagrams, and the peer's process hands them to its kernel. Needs nothing from the kernel except
/// TUN.
final class UdpBackend implements Backend {
    private static final int QUEUES = UdpTunnel.queuesFor(Runtime.getRuntime().availableProcessors());

    private final NetworkConfig config;
    private final Underlay underlay;
    private final String device;
    private final int port;
    private final boolean sourceCheck;
    private final int mtu;

    UdpBackend(NetworkConfig config, Names names, Underlay underlay) {
        this.config = config;
        this.underlay = underlay;
        this.device = names.tun();
        this.port = config.option(UdpKeys.PORT);
        this.sourceCheck = config.option(UdpKeys.SOURCE_CHECK);
        this.mtu = TunnelMtu.require(
                underlay.uplinks().entrySet().stream()
                        .mapToInt(it -> UdpTunnel.innerMtu(it.getValue().mtu(), it.getKey()))
                        .min()
                        .orElseThrow(),
                config,
                underlay);
    }

    @Override
    public Announcement announcement() {
        return new Announcement(underlay.publicIps(), "", Map.of());
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public Optional<UdpTunnel.Settings> packetPath(Lease own) {
        Map<Family, Ip> sources = own.cidrs().stream().collect(Collectors.toMap(Cidr::family, Cidr::address));
        List<Ip> local = underlay.addresses().values().stream().sorted().toList();
        return Optional.of(new UdpTunnel.Settings(device, local, port, sources, sourceCheck, true, QUEUES));
    }

    /// The network's packets go to the device, as there is always a peer for them, or nobody. Where the host has
    /// something in that network, only those for peers do.
    @Override
    public List<KernelObject> objects(Lease own, KernelFacts kernel) {
        int index = index(kernel);
        List<KernelObject> objects = new ArrayList<>();
        for (LeasedSubnet subnet : own.subnets()) {
            Family family = subnet.cidr().family();
            objects.add(new Address(index, subnet.cidr().address(), family.bits()));
            if (isAllPods(config.network(family), kernel)) {
                objects.add(Route.through(config.network(family), index));
            }
        }
        return objects;
    }

    @Override
    public Reach reach(LeasedSubnet peer, KernelFacts kernel) {
        if (!underlay.addresses().containsKey(peer.publicIp().family())) {
            throw new IllegalArgumentException("this node has no address to send to " + peer.publicIp() + " from");
        }
        boolean sent = isAllPods(config.network(peer.cidr().family()), kernel);
        return new Reach(
                sent ? List.of() : List.of(Route.through(peer.cidr(), index(kernel))),
                Optional.of(new Endpoint(peer.publicIp(), port)));
    }

    private static boolean isAllPods(Cidr network, KernelFacts kernel) {
        return kernel.host().conflict(network).isEmpty();
    }

    @Override
    public Ownership ownership(KernelFacts kernel) {
        int index = index(kernel);
        return Ownership.of(
                Set.of(index),
                GatewayRoutes.marked(config).or(route -> route.ifIndex() == index && route.protocol() != Route.KERNEL));
    }

    private int index(KernelFacts kernel) {
        return kernel.devices().get(device);
    }

    @Override
    public Set<String> deviceNames() {
        return Set.of(device);
    }

    @Override
    public Set<String> sockets() {
        return underlay.addresses().values().stream()
                .map(address -> address.family() == Family.IPV4 ? address + ":" + port : "[" + address + "]:" + port)
                .collect(Collectors.toSet());
    }
}
