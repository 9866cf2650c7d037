package jflannel.backend;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Outcome;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.lease.Announcement;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.underlay.Underlay;

/// Routes each peer's subnet to the peer's host. Nothing is wrapped and no packet enters this process; the price is
/// that all hosts must share one layer-2 network.
final class HostGwBackend implements Backend {
    static final String TYPE = "host-gw";

    private final NetworkConfig config;
    private final Underlay underlay;
    private final Kernel kernel;
    private final Complaints complaints = new Complaints(System.getLogger(HostGwBackend.class.getName()));
    private final PeerSubnets peerSubnets;
    private int mtu;

    HostGwBackend(NetworkConfig config, Underlay underlay, Kernel kernel) {
        this.config = config;
        this.underlay = underlay;
        this.kernel = kernel;
        this.mtu = underlay.mtu();
        this.peerSubnets = new PeerSubnets(config, underlay, TYPE, complaints);
        for (Map.Entry<Family, Ip> published : underlay.publicIps().entrySet()) {
            Ip local = underlay.addresses().get(published.getKey());
            if (!published.getValue().equals(local)) {
                throw new ConfigException(
                        published.getKey() == Family.IPV4 ? "--public-ip" : "--public-ipv6",
                        published.getValue(),
                        "host-gw sends to the host itself, so it cannot work behind NAT: leave the flag out to publish %s, or use vxlan."
                                .formatted(local));
            }
        }
    }

    @Override
    public Announcement announce() {
        return new Announcement(underlay.publicIps(), TYPE, Map.of());
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public Outcome reconcile(Lease own, Peers peers) throws IOException {
        Link external = underlay.link(kernel);
        mtu = external.mtu();
        List<KernelObject> desired = routes(own, peers, external);
        complaints.endOfRound();
        return kernel.converge(Ownership.ofRoutes(GatewayRoutes.ours(config, external.index(), true)), desired);
    }

    @Override
    public Outcome welcome(Lease own, Peers newcomers) throws IOException {
        return kernel.add(routes(own, newcomers, underlay.link(kernel)));
    }

    private List<KernelObject> routes(Lease own, Peers peers, Link external) {
        List<KernelObject> desired = new ArrayList<>();
        for (LeasedSubnet peer : peerSubnets.of(peers, own)) {
            if (peer.cidr().family() == Family.IPV6 && peer.publicIp().family() == Family.IPV4) {
                complaints.about(
                        peer.cidr(),
                        "ignoring %s: it is at %s, and no IPv6 route can have an IPv4 next hop"
                                .formatted(peer.cidr(), peer.publicIp()));
                continue;
            }
            desired.add(Route.via(peer.cidr(), peer.publicIp(), external.index(), false));
        }
        return desired;
    }

    @Override
    public Set<Object> ignored() {
        return complaints.subjects();
    }

    @Override
    public Set<String> devices() {
        return Set.of();
    }

    @Override
    public void close() {}
}
