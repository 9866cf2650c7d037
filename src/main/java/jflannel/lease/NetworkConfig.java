package jflannel.lease;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.json.Json;

/// The cluster's network, as the administrator wrote it into the store: the JSON at `<prefix>/config`, or the file
/// net-conf.json in a Kubernetes cluster.
///
/// @param where the key or file it was read from, for messages
/// @param pools the addresses to share, for each enabled family; at least one
/// @param nftables rules are made with nftables instead of iptables
/// @param type the backend; `udp` if none is configured
/// @param backend the options of the backend, an object that may be empty
/// @param doubts warnings about what has no effect, or is probably not what was meant
/// @param source the whole text, as it was read
public record NetworkConfig(
        String where,
        Map<Family, AddressPool> pools,
        boolean nftables,
        BackendType type,
        JsonFields backend,
        List<String> doubts,
        JsonFields source) {
    private static final String EXAMPLE = "{\"Network\":\"10.244.0.0/16\",\"Backend\":{\"Type\":\"vxlan\"}}";
    private static final String EXAMPLE_BACKEND = "{\"Type\":\"vxlan\"}";
    private static final String HIDDEN = "(hidden)";

    /// @param where the key or file that contains `json`, for messages
    /// @throws ConfigException if the JSON or its contents cannot be used
    public static NetworkConfig parse(String where, String json) {
        return parse(where, json, true);
    }

    /// As [#parse], but for networks whose subnets are assigned from outside, as by Kubernetes: the keys SubnetLen,
    /// SubnetMin and SubnetMax are ignored, and any block within the network may belong to a node.
    public static NetworkConfig withGivenSubnets(String where, String json) {
        return parse(where, json, false);
    }

    /// @param cut true if nodes choose their own subnets
    private static NetworkConfig parse(String where, String json, boolean cut) {
        JsonShape.require(where, json, EXAMPLE);
        JsonFields config = JsonFields.parse(where, json, EXAMPLE);
        Map<Family, AddressPool> pools = new EnumMap<>(Family.class);
        for (Family family : Family.values()) {
            if (NetworkKey.enable(family).isOn(config)) {
                pools.put(family, PoolReader.read(config, family, cut));
            }
        }
        if (pools.isEmpty()) {
            throw new ConfigException(
                    config.where(NetworkKey.ENABLE_IPV4.key()),
                    false,
                    "Enable at least one family with EnableIPv4 or EnableIPv6.");
        }
        Optional<JsonFields> given = config.object(NetworkKey.BACKEND.key(), EXAMPLE_BACKEND);
        BackendType type = given.map(BackendType::of).orElse(BackendType.UDP);
        JsonFields backend = given.orElseGet(() -> new JsonFields(config.where(NetworkKey.BACKEND.key()), Map.of()));
        type.judge(backend, pools.keySet());
        boolean nftables = NetworkKey.ENABLE_NFTABLES.isOn(config);
        List<String> doubts = ConfigDoubts.of(config, pools, cut, type.doubts(backend));
        return new NetworkConfig(where, Map.copyOf(pools), nftables, type, backend, doubts, config);
    }

    /// The same network as nodes without pods share it.
    public NetworkConfig forHosts() {
        Map<Family, AddressPool> hosts = new EnumMap<>(Family.class);
        pools.forEach((family, pool) -> hosts.put(family, pool.forHosts()));
        return new NetworkConfig(where, Map.copyOf(hosts), nftables, type, backend, doubts, source);
    }

    public Optional<AddressPool> pool(Family family) {
        return Optional.ofNullable(pools.get(family));
    }

    /// True if a node may take exactly this block.
    public boolean offers(Cidr block) {
        return pool(block.family()).filter(pool -> pool.offers(block)).isPresent();
    }

    /// The pods' networks.
    public Map<Family, Cidr> networks() {
        Map<Family, Cidr> networks = new EnumMap<>(Family.class);
        pools.forEach((family, pool) -> networks.put(family, pool.network()));
        return networks;
    }

    public Cidr network(Family family) {
        return pools.get(family).network();
    }

    /// The value of a backend option.
    public <T> T option(BackendOption<T> option) {
        return option.of(backend);
    }

    /// The backend's option MTU, in bytes; 0 if it is not set, or there is none.
    public int mtu() {
        return type.mtu(backend);
    }

    /// The whole configuration on one line, for logs. Hides the values of secret options and of unknown ones, which
    /// may be misspelled secrets.
    public String redacted() {
        return Json.compact(redacted(source.json(), type::mayShow));
    }

    /// The backend and its options on one line, redacted like [#redacted].
    public String redactedBackend() {
        return Json.compact(shown(backend.json(), type::mayShow));
    }

    static Map<String, Object> redacted(Map<String, Object> config, Predicate<String> mayShowOption) {
        Map<String, Object> shown = shown(config, NetworkKey::isKnown);
        shown.replaceAll((key, value) ->
                key.equalsIgnoreCase(NetworkKey.BACKEND.key()) ? shownObject(value, mayShowOption) : value);
        return shown;
    }

    @SuppressWarnings("unchecked") // objects have names for keys
    private static Object shownObject(Object value, Predicate<String> mayShow) {
        return value instanceof Map<?, ?> object ? shown((Map<String, Object>) object, mayShow) : HIDDEN;
    }

    private static Map<String, Object> shown(Map<String, Object> object, Predicate<String> mayShow) {
        Map<String, Object> shown = new LinkedHashMap<>();
        object.forEach((key, value) -> shown.put(key, mayShow.test(key) ? value : HIDDEN));
        return shown;
    }

    @Override
    public String toString() {
        return where + ": " + redacted();
    }
}
