package jflannel.backend;

import java.util.Map;
import java.util.Set;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.Peers;
import jflannel.netlink.Outcome;

/// Leases a subnet and carries nothing: the network between the nodes, such as a cloud's route table, is taught by
/// someone else where subnets live.
final class AllocBackend implements Backend {
    private final Underlay underlay;

    AllocBackend(Underlay underlay) {
        this.underlay = underlay;
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
    public Outcome reconcile(Lease own, Peers peers) {
        return Outcome.NOTHING;
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
