package jflannel.backend;

import java.util.Map;
import jflannel.kernel.Ownership;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.underlay.Underlay;

/// Leases a subnet and carries nothing: the network between the nodes learns by other means where subnets are, such
/// as from a cloud's route table.
final class AllocBackend implements Backend {
    private final NetworkConfig config;
    private final Underlay underlay;

    AllocBackend(NetworkConfig config, Underlay underlay) {
        this.config = config;
        this.underlay = underlay;
    }

    @Override
    public Announcement announcement() {
        return new Announcement(underlay.publicIps(), "", Map.of());
    }

    @Override
    public int mtu() {
        return underlay.mtu();
    }

    @Override
    public Reach reach(LeasedSubnet peer, Lease own, KernelFacts kernel) {
        return Reach.NOTHING;
    }

    @Override
    public Ownership ownership(KernelFacts kernel) {
        return Ownership.ofRoutes(GatewayRoutes.marked(config));
    }
}
