package jflannel.backend;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import jflannel.dataplane.Endpoint;
import jflannel.dataplane.UdpTunnel;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.Clsact;
import jflannel.kernel.Filter;
import jflannel.kernel.Hook;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.kernelpath.Carrier;
import jflannel.kernelpath.KernelPeer;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.lease.UdpKeys;
import jflannel.names.Names;
import jflannel.underlay.PeerPath;
import jflannel.underlay.Underlay;

/// Carries packets through this process: the kernel hands them over through a TUN device, they travel as the
/// payload of UDP datagrams, and the peer's process hands them to its kernel. Needs nothing from the kernel except
/// TUN. Where the kernel can, it makes the same datagrams by itself, for peers that announce that they take those.
final class UdpBackend implements Backend {
    private static final int QUEUES = UdpTunnel.queuesFor(Runtime.getRuntime().availableProcessors());

    private final NetworkConfig config;
    private final Underlay underlay;
    private final String device;
    private final List<String> detourDevices;
    private final int port;
    private final boolean sourceCheck;
    private final int mtu;

    UdpBackend(NetworkConfig config, Names names, Underlay underlay) {
        this.config = config;
        this.underlay = underlay;
        this.device = names.tun();
        this.detourDevices = names.detourDevices();
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
        Map<Family, String> data = new EnumMap<>(Family.class);
        if (mayUseKernelPath()) {
            config.pools().keySet().forEach(family -> data.put(family, UdpData.TAKES_KERNEL_PACKETS));
        }
        return new Announcement(underlay.publicIps(), "", data);
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

    @Override
    public boolean mayUseKernelPath() {
        return config.option(UdpKeys.DATA_PATH) != UdpKeys.DataPath.DAEMON;
    }

    @Override
    public List<String> detourDevices() {
        return detourDevices;
    }

    @Override
    public boolean requiresKernelPath() {
        return config.option(UdpKeys.DATA_PATH) == UdpKeys.DataPath.KERNEL;
    }

    @Override
    public boolean asksForPaths() {
        return true;
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
        objects.addAll(filters(index, kernel.carrier()));
        return objects;
    }

    /// What brings the kernel's programs to the packets. They all have the name of the device.
    private List<KernelObject> filters(int index, Carrier carrier) {
        if (!carrier.works()) {
            return List.of();
        }
        List<KernelObject> filters = new ArrayList<>();
        filters.add(new Clsact(index));
        filters.add(filter(index, Hook.EGRESS, carrier.egress()));
        carrier.exits().forEach((exit, program) -> {
            filters.add(new Clsact(exit));
            filters.add(filter(exit, Hook.INGRESS, program));
        });
        for (int uplink : new TreeSet<>(carrier.uplinks().values())) {
            filters.add(new Clsact(uplink));
            filters.add(filter(uplink, Hook.INGRESS, carrier.ingress()));
        }
        return filters;
    }

    private Filter filter(int ifIndex, Hook hook, Carrier.Program program) {
        return new Filter(ifIndex, hook, port, device, program.id(), program.fd());
    }

    @Override
    public Reach reach(LeasedSubnet peer, Lease own, KernelFacts kernel) {
        if (!underlay.addresses().containsKey(peer.publicIp().family())) {
            throw new IllegalArgumentException("this node has no address to send to " + peer.publicIp() + " from");
        }
        boolean sent = isAllPods(config.network(peer.cidr().family()), kernel);
        return new Reach(
                sent ? List.of() : List.of(Route.through(peer.cidr(), index(kernel))),
                Optional.of(carried(peer, kernel)));
    }

    private Reach.Carried carried(LeasedSubnet peer, KernelFacts kernel) {
        Ip host = peer.publicIp();
        Optional<PeerPath> path = kernel.path(host);
        String obstacle = obstacle(peer, path, kernel.carrier());
        int inner = path.filter(it -> !it.path().local())
                .map(it -> UdpTunnel.innerMtu(it.mtu(), host.family()))
                .orElse(0);
        return new Reach.Carried(new Endpoint(host, port), new KernelPeer(host, inner, obstacle.isEmpty()), obstacle);
    }

    /// Why the kernel does not carry the packets to a peer; empty if it does.
    private static String obstacle(LeasedSubnet peer, Optional<PeerPath> path, Carrier carrier) {
        if (!carrier.works()) {
            return carrier.obstacle();
        }
        if (!UdpData.parse(peer.backendData()).kernel()) {
            return "the node does not announce that it takes the kernel's packets";
        }
        Integer uplink = carrier.uplinks().get(peer.publicIp().family());
        return path.filter(it -> !it.path().local()
                                && Integer.valueOf(it.link().index()).equals(uplink))
                        .isPresent()
                ? ""
                : peer.publicIp() + " is not reached by the interface that the kernel's program sends by";
    }

    private static boolean isAllPods(Cidr network, KernelFacts kernel) {
        return kernel.host().conflict(network).isEmpty();
    }

    @Override
    public Ownership ownership(KernelFacts kernel) {
        int index = index(kernel);
        return Ownership.of(
                Set.of(index),
                GatewayRoutes.marked(config).or(route -> route.ifIndex() == index && route.protocol() != Route.KERNEL),
                device);
    }

    private int index(KernelFacts kernel) {
        return kernel.devices().get(device);
    }

    @Override
    public Set<String> deviceNames() {
        Set<String> names = new LinkedHashSet<>(List.of(device));
        if (mayUseKernelPath()) {
            names.addAll(detourDevices);
        }
        return names;
    }

    @Override
    public Set<String> sockets() {
        return underlay.addresses().values().stream()
                .map(address -> address.family() == Family.IPV4 ? address + ":" + port : "[" + address + "]:" + port)
                .collect(Collectors.toSet());
    }
}
