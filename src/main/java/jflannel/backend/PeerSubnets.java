package jflannel.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import jflannel.ip.Cidr;
import jflannel.lease.AddressPool;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.underlay.Underlay;

/// Which of the peers' subnets a backend may make a way to. Leases are other nodes' words, so each is judged on its
/// own: one that makes no sense is complained of and left out, and no other suffers.
final class PeerSubnets {
    /// Accepts leases of every backend type, as the udp backend does.
    static final String ANY_TYPE = "*";

    private final NetworkConfig config;
    private final Underlay underlay;
    private final String backendType;
    private final Complaints complaints;

    PeerSubnets(NetworkConfig config, Underlay underlay, String backendType, Complaints complaints) {
        this.config = config;
        this.underlay = underlay;
        this.backendType = backendType;
        this.complaints = complaints;
    }

    /// The usable subnets in address order, so that of two that contradict each other always the same one wins.
    List<LeasedSubnet> of(Peers peers, Lease own) {
        List<LeasedSubnet> usable = new ArrayList<>();
        for (Lease lease : peers.leases()) {
            if (isUnclaimed(lease)) {
                continue;
            }
            String fault = faultOf(lease, own);
            if (fault == null) {
                lease.subnets().stream().filter(this::isReachable).forEach(usable::add);
            } else {
                complaints.about(lease.key(), "ignoring the lease of %s: %s".formatted(lease.words(), fault));
            }
        }
        usable.sort(Comparator.comparing(LeasedSubnet::cidr));
        return usable;
    }

    /// True for what an administrator reserved for a node that has not started: nobody announced a backend there yet.
    private boolean isUnclaimed(Lease lease) {
        Announcement announced = lease.announced();
        return !backendType.equals(ANY_TYPE)
                && announced.backendType().isEmpty()
                && announced.backendData().isEmpty();
    }

    private String faultOf(Lease lease, Lease own) {
        String type = lease.announced().backendType();
        if (!backendType.equals(ANY_TYPE) && !type.equals(backendType)) {
            return "its backend is \"" + type + "\" but ours is \"" + backendType + "\"";
        }
        if (lease.overlaps(own)) {
            return "it overlaps our own subnet " + own.words();
        }
        for (LeasedSubnet subnet : lease.subnets()) {
            if (underlay.publicIps().containsValue(subnet.publicIp())) {
                return "it claims our own address " + subnet.publicIp();
            }
            if (!inNetwork(subnet.cidr())) {
                return subnet.cidr() + " is no subnet of the network";
            }
        }
        return null;
    }

    /// One subnet of a lease may be out of reach while the other is not.
    private boolean isReachable(LeasedSubnet subnet) {
        boolean reachable = underlay.publicIps().containsKey(subnet.publicIp().family());
        if (!reachable) {
            complaints.about(
                    subnet.cidr(),
                    "ignoring %s: this node has no address to send to %s from"
                            .formatted(subnet.cidr(), subnet.publicIp()));
        }
        return reachable;
    }

    private boolean inNetwork(Cidr subnet) {
        return config.pool(subnet.family())
                .filter(pool -> pool.couldHold(subnet))
                .isPresent();
    }

    /// True for a destination that only a lease of this network has.
    static boolean isLeaseShaped(NetworkConfig config, Cidr destination) {
        return config.pool(destination.family())
                .map(pool -> isLeaseShaped(pool, destination))
                .orElse(false);
    }

    private static boolean isLeaseShaped(AddressPool pool, Cidr destination) {
        return destination.length() == pool.subnetLength() && pool.network().contains(destination);
    }
}
