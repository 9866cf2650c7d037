package jflannel.lease;

import java.util.ArrayList;
import java.util.List;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.json.Json;
import jflannel.lease.ConfigException.Verbatim;

/// Recognizes what Kubernetes and other networks call dual stack: several networks in one key, or one of the other
/// family. flannel has a key for each family.
final class MisplacedNetworks {
    private MisplacedNetworks() {}

    /// @throws ConfigException that says where they belong
    static void refuse(JsonFields config, Family family) {
        String key = NetworkKey.NETWORK.of(family);
        List<Cidr> networks = networks(config.value(key));
        if (networks.size() > 1) {
            throw refusal(config, key, several(networks));
        }
        if (networks.size() == 1 && networks.getFirst().family() != family) {
            throw refusal(config, key, belongs(networks.getFirst()));
        }
    }

    private static ConfigException refusal(JsonFields config, String key, String need) {
        Object value = config.value(key);
        return new ConfigException(
                config.where(key), value instanceof String ? value : new Verbatim(Json.compact(value)), need);
    }

    /// Those in a list of any form; none if something in it is no network.
    private static List<Cidr> networks(Object value) {
        List<Cidr> networks = new ArrayList<>();
        List<?> parts = value instanceof List<?> list
                ? list
                : value instanceof String text ? List.of(text.strip().split("[\\s,;]+")) : List.of();
        try {
            parts.forEach(part -> networks.add(Cidr.parse(String.valueOf(part))));
        } catch (IllegalArgumentException e) {
            return List.of(); // whoever reads the key says what is wrong with it
        }
        return networks;
    }

    private static String belongs(Cidr network) {
        return network.family() == Family.IPV4
                ? "It is an IPv4 network, whose key is Network."
                : "It is an IPv6 network, whose key is IPv6Network, beside \"EnableIPv6\":true. Where pods have no IPv4,"
                        + " add \"EnableIPv4\":false.";
    }

    private static String several(List<Cidr> networks) {
        Cidr first = networks.getFirst();
        Cidr second = networks.getLast();
        if (networks.size() > 2 || first.family() == second.family()) {
            return "Give one network. There can be one of each family.";
        }
        return "Give each its own key: \"Network\":\"%s\",\"EnableIPv6\":true,\"IPv6Network\":\"%s\"."
                .formatted(
                        first.family() == Family.IPV4 ? first : second, first.family() == Family.IPV6 ? first : second);
    }
}
