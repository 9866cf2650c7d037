package jflannel.daemon;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import jflannel.lease.AnnouncementJson;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.SubnetKey;

/// What a node last knew of its network: enough to carry packets while the store cannot be asked. As JSON:
///
/// ```json
/// {"version":1,"store":"etcd at http://192.0.2.9:2379, keys below /coreos.com/network",
///  "source":"etcd key /coreos.com/network/config","network":{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}},
///  "own":{"10.5.1.0-24":{"PublicIP":"192.0.2.1","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1}}},
///  "peers":{"10.5.2.0-24":{"PublicIP":"192.0.2.2","PublicIPv6":null}},"held":{}}
/// ```
///
/// @param store which one it was, in the words of its settings
/// @param own this node's lease
/// @param peers the leases of all other nodes
/// @param held of nodes whose leases the store had lost
record LastKnown(String store, NetworkConfig network, Lease own, Set<Lease> peers, Set<Lease> held) {
    private static final int VERSION = 1;
    private static final Set<String> FIELDS =
            new TreeSet<>(List.of("version", "store", "source", "network", "own", "peers", "held"));
    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    LastKnown(String store, NetworkConfig network, Lease own, Collection<Lease> peers, Collection<Lease> held) {
        this(store, network, own, Set.copyOf(peers), Set.copyOf(held));
    }

    String json() {
        ObjectNode json = MAPPER.createObjectNode().put("version", VERSION).put("store", store);
        json.put("source", network.where());
        json.set("network", network.source().json());
        json.set("own", object(List.of(own)));
        json.set("peers", object(peers));
        json.set("held", object(held));
        return json + "\n";
    }

    /// Reads what [#json] wrote and nothing else: a file that somebody changed is not worth the risk.
    ///
    /// @param networkOf makes a configuration of where it came from and its JSON
    /// @throws IllegalArgumentException if anything about the text is wrong; the message says what
    static LastKnown parse(String text, BiFunction<String, String, NetworkConfig> networkOf) {
        try {
            JsonNode json = MAPPER.readTree(text);
            expect(json.isObject(), "it is not a JSON object");
            expect(
                    json.path("version").isInt() && json.path("version").intValue() == VERSION,
                    "its version is not " + VERSION);
            Set<String> fields = new TreeSet<>();
            json.fieldNames().forEachRemaining(fields::add);
            expect(fields.equals(FIELDS), "its fields are " + fields + ", not " + FIELDS);
            List<Lease> own = leases(json, "own");
            expect(own.size() == 1, "it has " + own.size() + " leases of this node's own");
            return new LastKnown(
                    word(json, "store"),
                    networkOf.apply(word(json, "source"), json.get("network").toString()),
                    own.getFirst(),
                    leases(json, "peers"),
                    leases(json, "held"));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("it is not JSON: " + e.getOriginalMessage(), e);
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException("it is nested too deeply", e);
        }
    }

    private static ObjectNode object(Collection<Lease> leases) {
        ObjectNode object = MAPPER.createObjectNode();
        // sorted, so that what is equal is written equal
        Map<String, Lease> sorted = new TreeMap<>();
        leases.forEach(lease -> sorted.put(SubnetKey.format(lease.cidrs()), lease));
        // raw values: the very texts that a store would hold
        sorted.forEach(
                (name, lease) -> object.putRawValue(name, new RawValue(AnnouncementJson.format(lease.announced()))));
        return object;
    }

    private static List<Lease> leases(JsonNode json, String field) {
        expect(json.get(field).isObject(), field + " is not an object");
        List<Lease> leases = new ArrayList<>();
        json.get(field)
                .properties()
                .forEach(entry -> leases.add(new Lease(
                        SubnetKey.parse(entry.getKey()),
                        AnnouncementJson.parse(entry.getValue().toString()))));
        return leases;
    }

    private static String word(JsonNode json, String field) {
        expect(json.get(field).isTextual(), field + " is not a string");
        return json.get(field).textValue();
    }

    private static void expect(boolean met, String otherwise) {
        if (!met) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
