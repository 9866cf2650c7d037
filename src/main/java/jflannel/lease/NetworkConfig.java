package jflannel.lease;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// The cluster's network, as the administrator wrote it into the store: the JSON at `<prefix>/config`, or the file
/// net-conf.json in a Kubernetes cluster.
///
/// @param where the key or file it was read from, for messages
/// @param pools the addresses to share, for each enabled family; at least one
/// @param nftables rules are made with nftables instead of iptables
/// @param backendType in lower case; `udp` if no backend is configured, "" if one is without a type
/// @param backend the options of the backend, an object that may be empty
/// @param source all of it, as it was read
public record NetworkConfig(
        String where,
        Map<Family, AddressPool> pools,
        boolean nftables,
        String backendType,
        JsonFields backend,
        JsonFields source) {

    /// @param where the key or file that `json` stands in, for messages
    /// @throws ConfigException if the JSON or what it says cannot be used
    public static NetworkConfig parse(String where, String json) {
        return parse(where, json, NetworkConfig::pool);
    }

    /// As [#parse], where somebody else cuts the network and gives each node its subnets, as Kubernetes does: the keys
    /// SubnetLen, SubnetMin and SubnetMax mean nothing, and any block within the network may be a node's.
    public static NetworkConfig withGivenSubnets(String where, String json) {
        return parse(where, json, NetworkConfig::uncut);
    }

    private interface Cutting {
        AddressPool pool(JsonFields config, Family family);
    }

    private static NetworkConfig parse(String where, String json, Cutting cutting) {
        JsonFields config = JsonFields.parse(where, json);
        Map<Family, AddressPool> pools = new EnumMap<>(Family.class);
        if (NetworkKey.ENABLE_IPV4.isOn(config)) {
            pools.put(Family.IPV4, cutting.pool(config, Family.IPV4));
        }
        if (NetworkKey.ENABLE_IPV6.isOn(config)) {
            pools.put(Family.IPV6, cutting.pool(config, Family.IPV6));
        }
        if (pools.isEmpty()) {
            throw new ConfigException(
                    config.where(NetworkKey.ENABLE_IPV4.key()),
                    "false",
                    "Enable at least one family with EnableIPv4 or EnableIPv6.");
        }
        Optional<JsonFields> backend = config.object(NetworkKey.BACKEND.key());
        return new NetworkConfig(
                where,
                Map.copyOf(pools),
                NetworkKey.ENABLE_NFTABLES.isOn(config),
                backend.map(b -> b.string("Type", "").toLowerCase(Locale.ROOT)).orElse("udp"),
                backend.orElse(JsonFields.parse(where, "{}")),
                config);
    }

    public Optional<AddressPool> pool(Family family) {
        return Optional.ofNullable(pools.get(family));
    }

    public Cidr network(Family family) {
        return pools.get(family).network();
    }

    private static Cidr network(JsonFields config, Family family) {
        String key = NetworkKey.NETWORK.of(family);
        return config.cidr(key, family)
                .orElseThrow(() -> new ConfigException(
                        config.where(key), "", "Give the pods' network, such as " + exampleNetwork(family) + "."));
    }

    /// The subnets are taken to be of the usual length, which only helps to recognise routes that an earlier program
    /// left.
    private static AddressPool uncut(JsonFields config, Family family) {
        Cidr network = network(config, family);
        int length = Math.max(usualLength(family), network.length());
        return new AddressPool(network, length, network.address(), new Cidr(network.last(), length).address());
    }

    private static int usualLength(Family family) {
        return family == Family.IPV4 ? 24 : 64;
    }

    private static AddressPool pool(JsonFields config, Family family) {
        Cidr network = network(config, family);
        int length = subnetLength(config, family, network);
        Cidr lowest = new Cidr(network.address(), length);
        Cidr highest = new Cidr(network.last(), length);
        Ip min = boundary(config, NetworkKey.SUBNET_MIN, network, lowest.next());
        Ip max = boundary(config, NetworkKey.SUBNET_MAX, network, highest);
        if (min.compareTo(max) > 0) {
            throw new ConfigException(
                    config.where(NetworkKey.SUBNET_MIN.of(family)),
                    min,
                    "It lies above the last subnet: give %s or less, or a larger %s."
                            .formatted(max, NetworkKey.SUBNET_MAX.of(family)));
        }
        return new AddressPool(network, length, min, max);
    }

    private static int subnetLength(JsonFields config, Family family, Cidr network) {
        String key = NetworkKey.SUBNET_LEN.of(family);
        int longest = family.bits() - 2;
        int shortest = network.length() + 2; // a network holds at least four subnets
        int given = config.integer(key, 0, 0, family.bits());
        if (shortest > longest) {
            throw new ConfigException(
                    config.where(NetworkKey.NETWORK.of(family)),
                    network,
                    "It is too small to share: its length may be at most /" + (longest - 2) + ".");
        }
        if (given == 0) {
            return Math.max(usualLength(family), shortest);
        }
        if (given < shortest || given > longest) {
            throw new ConfigException(
                    config.where(key),
                    given,
                    "%s holds at least four subnets only with a %s from %d to %d."
                            .formatted(network, key, shortest, longest));
        }
        return given;
    }

    private static Ip boundary(JsonFields config, NetworkKey which, Cidr network, Cidr otherwise) {
        String key = which.of(network.family());
        int length = otherwise.length();
        Ip given = config.ip(key, network.family()).orElse(otherwise.address());
        if (!network.contains(given) || !new Cidr(given, length).address().equals(given)) {
            throw new ConfigException(
                    config.where(key),
                    given,
                    "Give the first address of a /%d subnet of %s, such as %s."
                            .formatted(
                                    length,
                                    network,
                                    new Cidr(network.address(), length).next().address()));
        }
        return given;
    }

    private static String exampleNetwork(Family family) {
        return family == Family.IPV4 ? "10.244.0.0/16" : "fd00:10:244::/48";
    }
}
