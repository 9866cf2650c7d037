package jflannel.firewall;

import java.util.EnumMap;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;

/// Wishes that tests have for a firewall.
final class Configs {
    static final Map<Family, Cidr> V4_NETWORK = Map.of(Family.IPV4, Cidr.parse("10.244.0.0/16"));
    static final Map<Family, Cidr> V4_SUBNET = Map.of(Family.IPV4, Cidr.parse("10.244.31.0/24"));
    static final Map<Family, Cidr> V6_NETWORK = Map.of(Family.IPV6, Cidr.parse("fd00:244::/48"));
    static final Map<Family, Cidr> V6_SUBNET = Map.of(Family.IPV6, Cidr.parse("fd00:244:0:31::/64"));

    /// Masquerade and forward, fully random, as the names say.
    static final FirewallConfig V4 = new FirewallConfig(false, V4_NETWORK, V4_SUBNET, true, true, true);

    static final FirewallConfig V6 = new FirewallConfig(false, V6_NETWORK, V6_SUBNET, true, true, true);
    static final FirewallConfig DUAL =
            new FirewallConfig(false, both(V4_NETWORK, V6_NETWORK), both(V4_SUBNET, V6_SUBNET), true, true, true);

    private Configs() {}

    static FirewallConfig of(String network, String subnet) {
        Cidr cluster = Cidr.parse(network);
        return new FirewallConfig(
                false,
                Map.of(cluster.family(), cluster),
                Map.of(cluster.family(), Cidr.parse(subnet)),
                true,
                true,
                true);
    }

    static FirewallConfig switched(FirewallConfig config, boolean masquerade, boolean forward) {
        return new FirewallConfig(
                config.nftables(), config.networks(), config.subnets(), masquerade, forward, config.randomFully());
    }

    static FirewallConfig plainPorts(FirewallConfig config) {
        return new FirewallConfig(
                config.nftables(), config.networks(), config.subnets(), config.masquerade(), config.forward(), false);
    }

    static FirewallConfig nftables(FirewallConfig config) {
        return new FirewallConfig(
                true, config.networks(), config.subnets(), config.masquerade(), config.forward(), config.randomFully());
    }

    private static Map<Family, Cidr> both(Map<Family, Cidr> first, Map<Family, Cidr> second) {
        Map<Family, Cidr> both = new EnumMap<>(first);
        both.putAll(second);
        return both;
    }
}
