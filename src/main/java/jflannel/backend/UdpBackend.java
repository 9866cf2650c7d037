package jflannel.backend;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.dataplane.Counter;
import jflannel.dataplane.Endpoint;
import jflannel.dataplane.PeerTable;
import jflannel.dataplane.UdpTunnel;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Outcome;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.underlay.Underlay;

/// Carries packets through this process: the kernel hands them over by a TUN device, they travel as the payload of UDP
/// datagrams, and the peer's process hands them to its kernel. Needs nothing of the kernel but TUN.
final class UdpBackend implements Backend {
    static final String DEVICE = "flannel0";

    private static final int QUEUES = UdpTunnel.queuesFor(Runtime.getRuntime().availableProcessors());

    private final NetworkConfig config;
    private final Underlay underlay;
    private final Kernel kernel;
    private final int port;
    private final boolean sourceCheck;
    private final List<Ip> local;
    private final Complaints complaints = new Complaints(System.getLogger(UdpBackend.class.getName()));
    private final PeerSubnets peerSubnets;
    private volatile UdpTunnel tunnel; // only the control thread writes it
    private Map<Cidr, Endpoint> known = Map.of();

    UdpBackend(NetworkConfig config, Underlay underlay, Kernel kernel) {
        this.config = config;
        this.underlay = underlay;
        this.kernel = kernel;
        this.port = config.backend().integer("Port", 8285, 1, 65535);
        this.sourceCheck = config.backend().bool("SourceCheck", true);
        this.local = List.copyOf(underlay.addresses().values());
        this.peerSubnets = new PeerSubnets(config, underlay, PeerSubnets.ANY_TYPE, complaints);
    }

    @Override
    public Announcement announce() {
        return new Announcement(underlay.publicIps(), "", Map.of());
    }

    @Override
    public int mtu() {
        return underlay.addresses().keySet().stream()
                .mapToInt(outer -> UdpTunnel.innerMtu(underlay.mtu(), outer))
                .min()
                .orElseThrow();
    }

    @Override
    public Outcome reconcile(Lease own, Peers peers) throws IOException {
        Link device = device(own);
        Map<Cidr, Endpoint> endpoints = endpoints(own, peers);
        if (!endpoints.equals(known)) {
            tunnel.peers(PeerTable.of(endpoints));
            known = endpoints;
        }
        List<KernelObject> desired = new ArrayList<>();
        for (LeasedSubnet subnet : own.subnets()) {
            Family family = subnet.cidr().family();
            desired.add(new Address(device.index(), subnet.cidr().address(), family.bits()));
            desired.add(Route.through(config.network(family), device.index()));
        }
        return kernel.converge(
                Ownership.of(
                        Set.of(device.index()),
                        GatewayRoutes.marked(config)
                                .or(route -> route.ifIndex() == device.index() && route.protocol() != Route.KERNEL)),
                desired);
    }

    /// The TUN device as it should be: made anew if it was deleted or renamed, or if this node has other subnets now.
    private Link device(Lease own) throws IOException {
        Map<Family, Ip> sources = own.cidrs().stream().collect(Collectors.toMap(Cidr::family, Cidr::address));
        // without the name it is of no use, even if it is there under another
        if (tunnel != null
                && (tunnel.broken()
                        || !tunnel.settings().sources().equals(sources)
                        || kernel.link(DEVICE).isEmpty())) {
            close();
        }
        if (tunnel == null) {
            tunnel = UdpTunnel.open(new UdpTunnel.Settings(DEVICE, local, port, sources, sourceCheck, true, QUEUES));
            known = Map.of();
            tunnel.start();
        }
        Link link = kernel.link(DEVICE).orElseThrow(() -> new IOException("the TUN device " + DEVICE + " is gone"));
        if (link.mtu() != mtu()) {
            kernel.setMtu(link, mtu());
        }
        if (!link.up()) {
            kernel.setUp(link);
        }
        return link;
    }

    private Map<Cidr, Endpoint> endpoints(Lease own, Peers peers) {
        Map<Cidr, Endpoint> endpoints = new HashMap<>();
        for (LeasedSubnet peer : peerSubnets.of(peers, own)) {
            if (underlay.addresses().containsKey(peer.publicIp().family())) {
                endpoints.put(peer.cidr(), new Endpoint(peer.publicIp(), port));
            } else {
                complaints.about(
                        peer.cidr(),
                        "ignoring %s: this node has no address to send to %s from"
                                .formatted(peer.cidr(), peer.publicIp()));
            }
        }
        complaints.endOfRound();
        return endpoints;
    }

    /// What the packet loops have counted since the tunnel was last opened, each count from 0; empty before. Any
    /// thread may ask, even while the tunnel is closed.
    @Override
    public Map<Counter, Long> counters() {
        UdpTunnel current = tunnel;
        return current == null ? Map.of() : current.counters();
    }

    @Override
    public Set<Object> ignored() {
        return complaints.subjects();
    }

    @Override
    public Set<String> devices() {
        return Set.of(DEVICE);
    }

    @Override
    public void close() {
        if (tunnel != null) {
            tunnel.close();
            tunnel = null;
        }
    }
}
