package jflannel.firewall;

import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;

/// What the firewall should do for this node's pods. Rules that are switched off are removed, even those of an
/// earlier run.
///
/// @param nftables put the rules into nftables, otherwise into iptables. Rules in the other one are removed
/// @param networks the cluster's pod network in each enabled family
/// @param subnets this node's part of it, in the same families
/// @param masquerade hide pod addresses from the world outside the cluster (`--ip-masq`)
/// @param forward accept forwarded pod traffic even if the chain's policy is to drop (`--iptables-forward-rules`)
/// @param randomFully choose source ports of masqueraded connections fully at random where the tools can, since
///     sequential ports collide under load (unless `--ip-masq-fully-random-disable`)
public record FirewallConfig(
        boolean nftables,
        Map<Family, Cidr> networks,
        Map<Family, Cidr> subnets,
        boolean masquerade,
        boolean forward,
        boolean randomFully) {

    /// @throws IllegalArgumentException if networks and subnets differ in their families
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
