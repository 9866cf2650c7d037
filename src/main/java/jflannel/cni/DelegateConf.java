package jflannel.cni;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.ip.Cidr;
import jflannel.json.Json;

/// The configuration that the delegate gets: what the user wrote under `delegate`, and what is missing there filled in
/// from the network configuration and from subnet.env. The user's values win, except for addresses.
final class DelegateConf {
    private DelegateConf() {}

    /// @return the configuration, its keys sorted
    /// @throws CniException if the user wrote something that cannot be used
    static Map<String, Object> of(NetConf conf, SubnetEnvironment subnet) {
        check(conf.delegate());
        Map<String, Object> delegate = new TreeMap<>(conf.delegate());
        delegate.put("name", conf.name());
        delegate.putIfAbsent("type", "bridge");
        fill(delegate, "ipMasq", !subnet.masquerade());
        fill(delegate, "mtu", new Json.Number(Long.toString(subnet.mtu())));
        if (delegate.get("type").equals("bridge")) {
            fill(delegate, "isGateway", true);
        }
        if (!conf.cniVersion().isEmpty()) {
            delegate.put("cniVersion", conf.cniVersion());
        }
        if (conf.runtimeConfig() != null) {
            delegate.put("runtimeConfig", conf.runtimeConfig());
        }
        delegate.put("ipam", ipam(conf.ipam(), subnet));
        return delegate;
    }

    private static void check(Map<String, Object> delegate) {
        if (delegate.containsKey("type") && !(delegate.get("type") instanceof String)) {
            throw wrong("'delegate' dictionary, if present, must have (string) 'type' field");
        }
        for (String field : List.of("name", "ipam")) {
            if (delegate.containsKey(field)) {
                throw wrong("'delegate' dictionary must not have '" + field + "' field, it'll be set by flannel");
            }
        }
    }

    /// An existing field stays, even if it is null: `putIfAbsent` would replace that.
    private static void fill(Map<String, Object> delegate, String field, Object value) {
        if (!delegate.containsKey(field)) {
            delegate.put(field, value);
        }
    }

    private static Map<String, Object> ipam(Map<String, Object> given, SubnetEnvironment subnet) {
        Map<String, Object> ipam = new TreeMap<>(given);
        fill(ipam, "type", "host-local");
        List<Object> ranges = new ArrayList<>();
        for (Cidr block : subnet.subnets()) {
            ranges.add(List.of(Map.of("subnet", block.toString())));
        }
        ipam.put("ranges", ranges);
        List<Object> routes = routes(given.get("routes"));
        for (Cidr network : subnet.networks()) {
            routes.add(Map.of("dst", network.toString()));
        }
        ipam.put("routes", routes);
        return ipam;
    }

    private static List<Object> routes(Object given) {
        List<Object> routes = new ArrayList<>();
        if (given instanceof List<?> list) {
            for (Object route : list) {
                routes.add(checkedRoute(route));
            }
        } else if (given != null) {
            throw wrongRoutes(given, "Give a list such as [{\"dst\":\"10.0.0.0/8\"}].");
        }
        return routes;
    }

    private static Object checkedRoute(Object route) {
        if (route instanceof Map<?, ?> fields && fields.get("dst") instanceof String destination) {
            try {
                Cidr.parse(destination);
                return route;
            } catch (IllegalArgumentException e) {
                throw wrongRoutes(route, e.getMessage() + ".");
            }
        }
        throw wrongRoutes(route, "A route looks like {\"dst\":\"10.0.0.0/8\",\"gw\":\"10.5.1.1\"}.");
    }

    private static CniException wrongRoutes(Object value, String need) {
        return wrong("failed to assemble Delegate IPAM: failed to read IPAM routes: failed to parse ipam.routes: "
                + Json.compact(value) + " cannot be used. " + need);
    }

    private static CniException wrong(String message) {
        return new CniException(CniException.NETWORK_CONFIGURATION, message);
    }
}
