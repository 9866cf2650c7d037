package jflannel.firewall;

import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;

/// What the firewall is to do for this node's pods. What is switched off is removed, also if an earlier run
/// made it.
///
/// @param nftables have the rules in nftables, else in iptables. Those that are in the other one are removed
/// @param networks the cluster's pod network in each enabled family
/// @param subnets the part of it that this node's pods have, in the same families
/// @param masquerade hide pod addresses from the world outside the cluster (`--ip-masq`)
/// @param forward let the kernel forward pod traffic where its policy is to drop (`--iptables-forward-rules`)
/// @param randomFully choose the ports of masqueraded connections wholly at random, where the node's tools
///     can: ports chosen in turn collide under load (unless `--ip-masq-fully-random-disable`)
public record FirewallConfig(
        boolean nftables,
        Map<Family, Cidr> networks,
        Map<Family, Cidr> subnets,
        boolean masquerade,
        boolean forward,
        boolean randomFully) {

    /// @throws IllegalArgumentException if networks and subnets are not of the same families
    public FirewallConfig {
        networks = Map.copyOf(networks);
        subnets = Map.copyOf(subnets);
        if (!networks.keySet().equals(subnets.keySet())) {
            throw new IllegalArgumentException("networks " + networks + " without their subnets " + subnets);
        }
        networks.forEach(FirewallConfig::check);
        subnets.forEach(FirewallConfig::check);
    }

    private static void check(Family family, Cidr cidr) {
        if (cidr.family() != family) {
            throw new IllegalArgumentException(cidr + " is not of the family " + family);
        }
    }
}
