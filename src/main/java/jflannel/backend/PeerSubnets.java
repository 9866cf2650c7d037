package jflannel.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.lease.AddressPool;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.underlay.Underlay;

/// Which of the peers' subnets a backend may route to. Leases are untrusted input, so each is judged on its own: one
/// that
/// makes no sense is left out, with the reason, and no other suffers.
record PeerSubnets(NetworkConfig config, Underlay underlay, String backendType) {
    /// Accepts leases of every backend type, as the udp backend does.
    static final String ANY_TYPE = "*";

    /// @param subnets in address order, so that of two that contradict each other always the same one wins
    /// @param ignored why others are left out, by [Lease#key] or by the single subnet
    record Usable(List<LeasedSubnet> subnets, Map<Object, String> ignored) {}

    Usable of(Peers peers, Lease own) {
        List<LeasedSubnet> subnets = new ArrayList<>();
        Map<Object, String> ignored = new HashMap<>();
        for (Lease lease : peers.leases()) {
            if (isUnclaimed(lease)) {
                continue;
            }
            String fault = faultOf(lease, own);
            if (fault != null) {
                ignored.put(lease.key(), fault);
                continue;
            }
            for (LeasedSubnet subnet : lease.subnets()) {
                if (underlay.publicIps().containsKey(subnet.publicIp().family())) {
                    subnets.add(subnet);
                } else {
                    ignored.put(subnet.cidr(), "this node has no address to send to " + subnet.publicIp() + " from");
                }
            }
        }
        subnets.sort(Comparator.comparing(LeasedSubnet::cidr));
        return new Usable(subnets, ignored);
    }

    /// True for what an administrator reserved for a node that has not started: nobody announced a backend there
    /// yet.
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
