package jflannel.foreign;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import jflannel.json.Json;

/// The elements of sets with a name, such as a list of networks that nobody should use, which may be the pods'.
final class NftSets {
    static final NftSets UNKNOWN = new NftSets(Map.of());

    private final Map<Key, List<?>> elements;

    /// A set.
    ///
    /// @param table with its family: `inet filter`
    record Key(String table, String name) {}

    private NftSets(Map<Key, List<?>> elements) {
        this.elements = elements;
    }

    /// Which sets the rules of a document ask about.
    ///
    /// @param document as `nft -j list table` prints it
    /// @throws JsonException if it is not JSON
    static Set<Key> named(String document) {
        Set<Key> keys = new LinkedHashSet<>();
        for (Object item : list(Json.object(document).get("nftables"))) {
            if (map(item).get("rule") instanceof Map<?, ?> rule) {
                for (Object expression : list(rule.get("expr"))) {
                    for (Object of : List.of(right(expression), verdicts(expression))) {
                        if (of instanceof String name && name.startsWith("@")) {
                            keys.add(new Key(rule.get("family") + " " + rule.get("table"), name.substring(1)));
                        }
                    }
                }
            }
        }
        return keys;
    }

    private static Object right(Object expression) {
        return Objects.requireNonNullElse(map(map(expression).get("match")).get("right"), "");
    }

    /// The map in which a rule looks up its verdict.
    private static Object verdicts(Object expression) {
        return Objects.requireNonNullElse(map(map(expression).get("vmap")).get("data"), "");
    }

    /// @param documents of which each is what `nft -j list set` or `list map` prints
    /// @throws JsonException if one is not JSON
    static NftSets read(List<String> documents) {
        Map<Key, List<?>> elements = new HashMap<>();
        for (String document : documents) {
            for (Object item : list(Json.object(document).get("nftables"))) {
                Object named = map(item).get("set");
                Object either = named == null ? map(item).get("map") : named;
                if (either instanceof Map<?, ?> set) {
                    elements.put(
                            new Key(set.get("family") + " " + set.get("table"), Objects.toString(set.get("name"))),
                            list(set.get("elem")));
                }
            }
        }
        return new NftSets(elements);
    }

    /// Makes `@name` the elements of that set of the table, if they are known.
    UnaryOperator<Object> of(String table) {
        return value -> {
            List<?> known = value instanceof String name && name.startsWith("@")
                    ? elements.get(new Key(table, name.substring(1)))
                    : null;
            return known == null ? value : Map.of("set", known);
        };
    }

    private static List<?> list(Object value) {
        return value instanceof List<?> list ? list : List.of();
    }

    private static Map<?, ?> map(Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }
}
