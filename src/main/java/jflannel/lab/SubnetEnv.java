package jflannel.lab;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.ConfigException;

/// The contents of subnet.env, as whoever creates bridges and pods reads it.
///
/// @param gateways the address for the node's bridge, by family; at least one
/// @param subnets the block of the node's pods, by family
/// @param mtu largest packet of a pod, in bytes
record SubnetEnv(Map<Family, Ip> gateways, Map<Family, Cidr> subnets, int mtu) {

    /// @param where the file, for messages
    /// @throws ConfigException if a line is missing or cannot be used
    static SubnetEnv parse(String where, String text) {
        Map<String, String> values = new HashMap<>();
        text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .forEach(line -> {
                    int equals = line.indexOf('=');
                    if (equals < 1) {
                        throw new ConfigException(where, line, "A line looks like FLANNEL_MTU=1450.");
                    }
                    values.put(line.substring(0, equals), line.substring(equals + 1));
                });
        Map<Family, Ip> gateways = new EnumMap<>(Family.class);
        Map<Family, Cidr> subnets = new EnumMap<>(Family.class);
        subnet(where, values, "FLANNEL_SUBNET", Family.IPV4, gateways, subnets);
        subnet(where, values, "FLANNEL_IPV6_SUBNET", Family.IPV6, gateways, subnets);
        if (subnets.isEmpty()) {
            throw new ConfigException(where, text.strip(), "It needs FLANNEL_SUBNET or FLANNEL_IPV6_SUBNET.");
        }
        return new SubnetEnv(gateways, subnets, mtu(where, values.getOrDefault("FLANNEL_MTU", "")));
    }

    private static void subnet(
            String where,
            Map<String, String> values,
            String name,
            Family family,
            Map<Family, Ip> gateways,
            Map<Family, Cidr> subnets) {
        String value = values.get(name);
        if (value == null) {
            return;
        }
        try {
            Cidr subnet = Cidr.parse(value);
            Ip gateway = Ip.parse(value.substring(0, value.indexOf('/')));
            if (subnet.family() != family || gateway.equals(subnet.address())) {
                throw new IllegalArgumentException("not the address of a host");
            }
            gateways.put(family, gateway);
            subnets.put(family, subnet);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    where + ": " + name, value, "Give the bridge's address and length, such as 10.5.1.1/24.");
        }
    }

    private static int mtu(String where, String value) {
        if (!value.matches("[1-9][0-9]{1,4}")) {
            throw new ConfigException(where + ": FLANNEL_MTU", value, "Give a number of bytes such as 1450.");
        }
        return Integer.parseInt(value);
    }
}
