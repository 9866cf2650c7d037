package jflannel.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.lease.AddressPool;
import jflannel.lease.Lease;
import jflannel.lease.LeaseRules;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.Underlay;

/// Which of the peers' subnets a backend may route to. The store has judged leases by the same rules, but those that
/// a node remembers may be from another configuration.
record PeerSubnets(NetworkConfig config, Underlay underlay, HostNetworks host) {
    /// @param subnets in address order
    /// @param ignored why others are left out, by [Lease#key] or by the single subnet
    record Usable(List<LeasedSubnet> subnets, Map<Object, String> ignored) {}

    Usable of(Peers peers, Lease own) {
        List<LeasedSubnet> subnets = new ArrayList<>();
        Map<Object, String> ignored = new HashMap<>();
        for (Lease lease : peers.leases()) {
            if (LeaseRules.isUnclaimed(config.type(), lease)) {
                continue;
            }
            Optional<String> fault = faultOf(lease, own);
            if (fault.isPresent()) {
                ignored.put(lease.key(), fault.get());
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
        Map<Cidr, String> harmful = host.harmful(subnets, own.cidrs());
        subnets.removeIf(subnet -> harmful.containsKey(subnet.cidr()));
        ignored.putAll(harmful);
        subnets.sort(Comparator.comparing(LeasedSubnet::cidr));
        return new Usable(subnets, ignored);
    }

    private Optional<String> faultOf(Lease lease, Lease own) {
        return LeaseRules.fault(config, lease)
                .or(() -> LeaseRules.faultBeside(own, lease))
                .or(() -> LeaseRules.faultOfBackend(config.type(), lease));
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
