package jflannel.backend;

import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.kernel.Device;
import jflannel.kernel.Ownership;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
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
    public List<Device> devices() {
        return List.of();
    }

    @Override
    public Desired desired(Lease own, Peers peers, KernelFacts kernel) {
        return new Desired(List.of(), Ownership.ofRoutes(GatewayRoutes.marked(config)), Map.of(), Map.of());
    }

    @Override
    public Set<String> deviceNames() {
        return Set.of();
    }
}
