package jflannel.lease;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;

/// Finds what has no effect in a network configuration, or is probably not what was meant. These are warnings
/// rather than errors, because a cluster works with them, and may have done so for years.
final class ConfigDoubts {
    private static final List<Cidr> UNICAST_V6 = List.of(Cidr.parse("2000::/3"), Cidr.parse("fc00::/7"));

    private final JsonFields config;
    private final List<String> doubts = new ArrayList<>();

    private ConfigDoubts(JsonFields config) {
        this.config = config;
    }

    /// @param cut true if nodes choose their own subnets
    /// @param ofBackend doubts about the backend's options
    static List<String> of(JsonFields config, Map<Family, AddressPool> pools, boolean cut, List<String> ofBackend) {
        ConfigDoubts doubts = new ConfigDoubts(config);
        doubts.aboutUnknownKeys();
        for (Family family : Family.values()) {
            if (pools.containsKey(family)) {
                doubts.aboutNetwork(pools.get(family).network());
                doubts.aboutCutting(family, cut);
            } else {
                doubts.aboutDisabled(family);
            }
        }
        doubts.doubts.addAll(ofBackend);
        return List.copyOf(doubts.doubts);
    }

    private void add(String key, String words) {
        doubts.add(config.where(key) + " " + words);
    }

    private void aboutUnknownKeys() {
        for (String name : config.others(NetworkKey.names())) {
            doubts.add("%s: there is no key \"%s\", which is ignored.%s"
                    .formatted(config.where(), name, BackendType.guess(name, NetworkKey.names())));
        }
    }

    private void aboutNetwork(Cidr network) {
        String key = NetworkKey.NETWORK.of(network.family());
        SpecialBlock.doubtful(network)
                .ifPresent(special -> add(
                        key,
                        "is %s, in %s, whose packets routers and other hosts may drop.".formatted(network, special)));
        if (network.family() == Family.IPV6 && UNICAST_V6.stream().noneMatch(block -> block.contains(network))) {
            add(key, "is %s, in a block that IANA has not assigned.".formatted(network));
        }
    }

    private void aboutCutting(Family family, boolean cut) {
        for (NetworkKey key : List.of(NetworkKey.SUBNET_LEN, NetworkKey.SUBNET_MIN, NetworkKey.SUBNET_MAX)) {
            if (!cut && config.has(key.of(family))) {
                add(key.of(family), "is ignored, because Kubernetes assigns each node its subnet.");
            }
        }
    }

    private void aboutDisabled(Family family) {
        for (NetworkKey key : NetworkKey.values()) {
            if (key.perFamily() && config.has(key.of(family))) {
                add(
                        key.of(family),
                        "is ignored without \"%s\":true."
                                .formatted(NetworkKey.enable(family).key()));
            }
        }
    }
}
