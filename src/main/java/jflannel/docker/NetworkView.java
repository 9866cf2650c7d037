package jflannel.docker;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.json.Json;

/// A network as Docker has it, by `docker network inspect`.
///
/// @param gateways of its subnets, IPv4 first; subnets without one are left out
/// @param own true if this program made it
record NetworkView(List<UserNetwork.Gateway> gateways, Map<String, String> options, boolean own) {
    /// @param json an object of the API's form
    /// @throws IllegalArgumentException if it is not
    static NetworkView parse(String json) {
        Map<String, Object> network = Json.object(json);
        List<UserNetwork.Gateway> gateways = new ArrayList<>();
        if (network.get("IPAM") instanceof Map<?, ?> ipam && ipam.get("Config") instanceof List<?> blocks) {
            for (Object block : blocks) {
                if (block instanceof Map<?, ?> map
                        && map.get("Subnet") instanceof String subnet
                        && map.get("Gateway") instanceof String gateway) {
                    // Docker writes some IPv6 gateways with the length of their subnet
                    Ip address = Ip.parse(gateway.replaceFirst("/.*", ""));
                    gateways.add(
                            new UserNetwork.Gateway(address, Cidr.parse(subnet).length()));
                }
            }
        }
        gateways.sort(Comparator.comparing(it -> it.address().family()));
        return new NetworkView(
                List.copyOf(gateways),
                texts(network.get("Options")),
                texts(network.get("Labels")).containsKey(UserNetwork.LABEL));
    }

    private static Map<String, String> texts(Object object) {
        Map<String, String> texts = new TreeMap<>();
        if (object instanceof Map<?, ?> map) {
            map.forEach((key, value) -> texts.put(String.valueOf(key), String.valueOf(value)));
        }
        return texts;
    }
}
