package jflannel.lease;

import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Reads and validates the address keys of one family.
final class PoolReader {
    private final JsonFields config;
    private final Family family;

    private PoolReader(JsonFields config, Family family) {
        this.config = config;
        this.family = family;
    }

    /// @param cut true if nodes choose their own subnets
    static AddressPool read(JsonFields config, Family family, boolean cut) {
        PoolReader reader = new PoolReader(config, family);
        Cidr network = reader.network();
        return cut ? reader.pool(network) : reader.uncut(network);
    }

    private Cidr network() {
        String key = NetworkKey.NETWORK.of(family);
        String example = family == Family.IPV4 ? "10.244.0.0/16" : "fd00:10:244::/48";
        MisplacedNetworks.refuse(config, family);
        Cidr network = config.cidr(key, family)
                .orElseThrow(() -> new ConfigException("%s is missing. Give the pods' network, such as \"%s\".%s"
                        .formatted(config.where(key), example, misspelt(key))));
        SpecialBlock.against(network).ifPresent(special -> {
            throw new ConfigException(
                    config.where(key),
                    network,
                    "It overlaps %s, so pods cannot use its addresses. Give a network such as %s."
                            .formatted(special, example));
        });
        return network;
    }

    private String misspelt(String key) {
        return config.others(NetworkKey.names()).stream()
                .filter(name -> Nearest.to(name, NetworkKey.names()).equals(Optional.of(key)))
                .findFirst()
                .map(name -> " \"%s\" is not \"%s\".".formatted(name, key))
                .orElse("");
    }

    /// Assumes subnets of the default length, which is only used to recognize routes left by an earlier program.
    private AddressPool uncut(Cidr network) {
        int length = Math.max(usualLength(), network.length());
        return new AddressPool(network, length, network.address(), new Cidr(network.last(), length).address(), true);
    }

    private int usualLength() {
        return family == Family.IPV4 ? 24 : 64;
    }

    private AddressPool pool(Cidr network) {
        int length = subnetLength(network);
        Cidr lowest = new Cidr(network.address(), length);
        Cidr highest = new Cidr(network.last(), length);
        Ip min = boundary(NetworkKey.SUBNET_MIN, network, lowest.next());
        Ip max = boundary(NetworkKey.SUBNET_MAX, network, highest);
        if (min.compareTo(max) > 0) {
            throw new ConfigException(
                    config.where(NetworkKey.SUBNET_MIN.of(family)),
                    min,
                    "It is above the last subnet. Give %s or less, or a larger %s."
                            .formatted(max, NetworkKey.SUBNET_MAX.of(family)));
        }
        return new AddressPool(network, length, min, max, false);
    }

    private int subnetLength(Cidr network) {
        String key = NetworkKey.SUBNET_LEN.of(family);
        int longest = family.bits() - 2;
        int shortest = network.length() + AddressPool.LEAST_CUT;
        if (shortest > longest) {
            throw new ConfigException(
                    config.where(NetworkKey.NETWORK.of(family)),
                    network,
                    "It is too small to divide: its prefix length may be at most /" + (longest - AddressPool.LEAST_CUT)
                            + ".");
        }
        int given = config.integer(key, 0, 0, family.bits());
        if (given == 0) {
            return Math.max(usualLength(), shortest);
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

    private Ip boundary(NetworkKey which, Cidr network, Cidr otherwise) {
        String key = which.of(family);
        int length = otherwise.length();
        Ip given = config.ip(key, family).orElse(otherwise.address());
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
}
