package jflannel.cni;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Names the gateway of each route in the result of an ADD. The specification lets a route leave it out and means that
/// of the pod's address, but CHECK of the `bridge` plugin then looks for a route without a gateway, finds the one that
/// it made itself, and calls a healthy pod broken.
final class Gateways {
    private Gateways() {}

    /// @param result as ADD printed it; parts that are not understood are passed on
    static Map<String, Object> named(Map<?, ?> result) {
        Map<String, Object> named = new TreeMap<>();
        result.forEach((key, value) -> named.put((String) key, value));
        if (result.get("ips") instanceof List<?> ips && result.get("routes") instanceof List<?> routes) {
            List<Object> all = new ArrayList<>();
            routes.forEach(route -> all.add(named(route, ips)));
            named.put("routes", all);
        }
        return named;
    }

    private static Object named(Object route, List<?> ips) {
        if (!(route instanceof Map<?, ?> fields)
                || fields.get("gw") != null
                || !(fields.get("dst") instanceof String destination)) {
            return route;
        }
        for (Object ip : ips) {
            if (ip instanceof Map<?, ?> address
                    && address.get("gateway") instanceof String gateway
                    && isIpv6(gateway) == isIpv6(destination)) {
                Map<String, Object> whole = new TreeMap<>();
                fields.forEach((key, value) -> whole.put((String) key, value));
                whole.put("gw", gateway);
                return whole;
            }
        }
        return route;
    }

    private static boolean isIpv6(String address) {
        return address.indexOf(':') >= 0;
    }
}
