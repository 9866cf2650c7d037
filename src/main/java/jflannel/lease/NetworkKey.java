package jflannel.lease;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import jflannel.ip.Family;

/// The keys of the network configuration, each declared only here. [NetworkConfig] reads them by these names, and
/// the table in docs/configuration.md is generated from them.
///
/// Address keys are for IPv4; their IPv6 counterparts have the prefix `IPv6`.
public enum NetworkKey {
    ENABLE_IPV4("EnableIPv4", "true", "Pods have IPv4 addresses. At least one family must be enabled"),
    ENABLE_IPV6("EnableIPv6", "false", "Pods have IPv6 addresses"),
    NETWORK("Network", "none", "The pods' network; needed if its family is enabled"),
    SUBNET_LEN(
            "SubnetLen",
            "24 (IPv6: 64), or the network's length + 2 if that is longer",
            "Length of each host's subnet, in bits. A network holds at least four subnets"),
    SUBNET_MIN("SubnetMin", "the second subnet", "The first subnet to hand out"),
    SUBNET_MAX("SubnetMax", "the last subnet", "The last subnet to hand out"),
    ENABLE_NFTABLES("EnableNFTables", "false", "Use nftables instead of iptables for firewall rules"),
    BACKEND("Backend", "{\"Type\":\"udp\"}", "The backend and its options; see its page");

    private static final List<String> NAMES = Arrays.stream(values())
            .flatMap(key -> key.perFamily() ? Stream.of(key.of(Family.IPV4), key.of(Family.IPV6)) : Stream.of(key.key))
            .toList();

    private final String key;
    private final String otherwise;
    private final String meaning;

    NetworkKey(String key, String otherwise, String meaning) {
        this.key = key;
        this.otherwise = otherwise;
        this.meaning = meaning;
    }

    /// The name in the JSON object; for address keys, that for IPv4.
    public String key() {
        return key;
    }

    /// The name of an address key for one family.
    String of(Family family) {
        return family == Family.IPV4 ? key : "IPv6" + key;
    }

    /// True for address keys, which exist for each family.
    public boolean perFamily() {
        return this == NETWORK || this == SUBNET_LEN || this == SUBNET_MIN || this == SUBNET_MAX;
    }

    /// The default: a JSON value, or a description.
    public String otherwise() {
        return otherwise;
    }

    /// The description for the documentation.
    public String meaning() {
        return meaning;
    }

    /// The key that turns a family on.
    static NetworkKey enable(Family family) {
        return family == Family.IPV4 ? ENABLE_IPV4 : ENABLE_IPV6;
    }

    /// The names of all keys, of both families.
    static List<String> names() {
        return NAMES;
    }

    static boolean isKnown(String name) {
        return NAMES.stream().anyMatch(name::equalsIgnoreCase);
    }

    /// The value of a boolean key.
    boolean isOn(JsonFields config) {
        return config.bool(key, Boolean.parseBoolean(otherwise));
    }
}
