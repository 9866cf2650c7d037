package jflannel.backend;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.kernel.Kernel;
import jflannel.kernel.Outcome;
import jflannel.kernel.Ownership;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.underlay.Underlay;

/// Leases a subnet and carries nothing: the network between the nodes, such as a cloud's route table, is taught by
/// someone else where subnets live.
final class AllocBackend implements Backend {
    private final NetworkConfig config;
    private final Underlay underlay;
    private final Kernel kernel;

    AllocBackend(NetworkConfig config, Underlay underlay, Kernel kernel) {
        this.config = config;
        this.underlay = underlay;
        this.kernel = kernel;
    }

    @Override
    public Announcement announce() {
        return new Announcement(underlay.publicIps(), "", Map.of());
    }

    @Override
    public int mtu() {
        return underlay.mtu();
    }

    @Override
    public Outcome reconcile(Lease own, Peers peers) throws IOException {
        return kernel.converge(Ownership.ofRoutes(GatewayRoutes.marked(config)), List.of());
    }

    @Override
    public Set<Object> ignored() {
        return Set.of();
    }

    @Override
    public Set<String> devices() {
        return Set.of();
    }

    @Override
    public void close() {}
}
