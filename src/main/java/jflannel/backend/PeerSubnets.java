package jflannel.backend;

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
import jflannel.underlay.HostNetworks;
import jflannel.underlay.Underlay;

/// Which of a peer's subnets a backend may route to. The store has judged leases by the same rules, but those that a
/// node remembers may be from another configuration.
///
/// @param own this node's lease
record PeerSubnets(NetworkConfig config, Underlay underlay, HostNetworks host, Lease own) {
    /// @param ignored why others are left out, by [Lease#key] or by the single subnet
    record Usable(List<LeasedSubnet> subnets, Map<Object, String> ignored) {}

    /// By what the lease itself says, whatever other peers want.
    Usable of(Lease lease) {
        if (LeaseRules.isUnclaimed(config.type(), lease)) {
            return new Usable(List.of(), Map.of());
        }
        Optional<String> fault = faultOf(lease);
        if (fault.isPresent()) {
            return new Usable(List.of(), Map.of(lease.key(), fault.get()));
        }
        List<LeasedSubnet> subnets = lease.subnets();
        Map<Object, String> ignored = new HashMap<>(host.harmful(subnets, own.cidrs()));
        for (LeasedSubnet subnet : subnets) {
            if (!underlay.publicIps().containsKey(subnet.publicIp().family())) {
                ignored.put(subnet.cidr(), "this node has no address to send to " + subnet.publicIp() + " from");
            }
        }
        return ignored.isEmpty()
                ? new Usable(subnets, Map.of())
                : new Usable(
                        subnets.stream()
                                .filter(subnet -> !ignored.containsKey(subnet.cidr()))
                                .toList(),
                        ignored);
    }

    private Optional<String> faultOf(Lease lease) {
        return LeaseRules.fault(config, lease)
                .or(() -> LeaseRules.faultBeside(own, lease))
                .or(() -> LeaseRules.faultOfBackend(config, lease));
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
