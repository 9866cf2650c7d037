package jflannel.backend;

import java.util.Map;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.lease.Announcement;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.underlay.PeerPath;
import jflannel.underlay.Underlay;

/// Routes each peer's subnet to the peer's host. Nothing is encapsulated and no packet enters this process; but all
/// hosts must share one layer-2 network.
final class HostGwBackend implements Backend {
    private final NetworkConfig config;
    private final Underlay underlay;

    HostGwBackend(NetworkConfig config, Underlay underlay) {
        this.config = config;
        this.underlay = underlay;
        for (Map.Entry<Family, Ip> published : underlay.publicIps().entrySet()) {
            Ip local = underlay.addresses().get(published.getKey());
            if (!published.getValue().equals(local)) {
                throw new ConfigException(
                        published.getKey() == Family.IPV4 ? "--public-ip" : "--public-ipv6",
                        published.getValue(),
                        "host-gw cannot work behind NAT. Omit the flag to publish %s, or use vxlan.".formatted(local));
            }
        }
    }

    @Override
    public Announcement announcement() {
        return new Announcement(underlay.publicIps(), config.type().title(), Map.of());
    }

    @Override
    public int mtu() {
        return underlay.mtu();
    }

    @Override
    public boolean asksForPaths() {
        return true;
    }

    /// The host may be on the link of another interface than the usual one, and what fits through there may be
    /// less.
    @Override
    public Reach reach(LeasedSubnet peer, Lease own, KernelFacts kernel) {
        if (peer.cidr().family() == Family.IPV6 && peer.publicIp().family() == Family.IPV4) {
            throw new IllegalArgumentException(
                    "no IPv6 route can have an IPv4 next hop, and it is at " + peer.publicIp());
        }
        Optional<PeerPath> direct = kernel.path(peer.publicIp()).filter(PeerPath::isDirect);
        int device = direct.map(path -> path.link().index())
                .orElseGet(() -> kernel.underlay(peer.publicIp().family()));
        int limit =
                direct.map(PeerPath::mtu).filter(mtu -> mtu < underlay.mtu()).orElse(0);
        return Reach.by(Route.via(peer.cidr(), peer.publicIp(), device, false).withMtu(limit));
    }

    @Override
    public Ownership ownership(KernelFacts kernel) {
        return Ownership.ofRoutes(GatewayRoutes.ours(config, kernel::underlay, true));
    }
}
