package jflannel.lease;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;
import java.util.function.Function;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// A JSON object read strictly: a field of the wrong type is an error that names it. Field names match whatever their
/// case, and unknown fields are left alone, as Go's decoder does it.
///
/// @param where the key or file the object stands in, for messages
public record JsonFields(String where, JsonNode json) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /// @throws ConfigException if `text` is not one JSON object
    public static JsonFields parse(String where, String text) {
        JsonNode json;
        try {
            json = MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new ConfigException(where, text.strip(), "It is not JSON: " + e.getOriginalMessage() + ".");
        } catch (StackOverflowError e) {
            throw new ConfigException(where, "…", "It is nested too deeply.");
        }
        if (json == null || !json.isObject()) {
            throw new ConfigException(
                    where, text.strip(), "Give a JSON object such as {\"Network\":\"10.244.0.0/16\"}.");
        }
        return new JsonFields(where, json);
    }

    /// The place of a field, for messages.
    public String where(String field) {
        return where + ": " + field;
    }

    public boolean bool(String field, boolean otherwise) {
        return field(field, JsonNode::isBoolean, "true or false", JsonNode::booleanValue)
                .orElse(otherwise);
    }

    /// @param least the smallest value allowed
    /// @param most the largest
    public int integer(String field, int otherwise, int least, int most) {
        Optional<Integer> value = field(
                field, JsonNode::isIntegralNumber, "a number", node -> node.canConvertToInt() ? node.intValue() : -1);
        if (value.isPresent() && (value.get() < least || value.get() > most)) {
            throw new ConfigException(where(field), find(field), "Give a number from %d to %d.".formatted(least, most));
        }
        return value.orElse(otherwise);
    }

    public String string(String field, String otherwise) {
        return field(field, JsonNode::isTextual, "a string", JsonNode::textValue)
                .orElse(otherwise);
    }

    public Optional<JsonFields> object(String field) {
        return field(field, JsonNode::isObject, "an object", node -> new JsonFields(where(field), node));
    }

    public Optional<Ip> ip(String field, Family family) {
        return address(field, family, Ip::parse, Ip::family);
    }

    public Optional<Cidr> cidr(String field, Family family) {
        return address(field, family, Cidr::parse, Cidr::family);
    }

    private <T> Optional<T> address(
            String field, Family family, Function<String, T> parse, Function<T, Family> familyOf) {
        String text = string(field, "");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        T value;
        try {
            value = parse.apply(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(where(field), text, "It" + e.getMessage().substring(text.length() + 2) + ".");
        }
        if (familyOf.apply(value) != family) {
            throw new ConfigException(
                    where(field), text, "It is not of the family " + (family == Family.IPV4 ? "IPv4." : "IPv6."));
        }
        return Optional.of(value);
    }

    private <T> Optional<T> field(
            String field, java.util.function.Predicate<JsonNode> fits, String need, Function<JsonNode, T> value) {
        JsonNode node = find(field);
        if (node == null || node.isNull()) {
            return Optional.empty();
        }
        if (!fits.test(node)) {
            throw new ConfigException(where(field), node, "Give " + need + ".");
        }
        return Optional.of(value.apply(node));
    }

    private JsonNode find(String field) {
        JsonNode exact = json.get(field);
        if (exact != null) {
            return exact;
        }
        return json.properties().stream()
                .filter(entry -> entry.getKey().equalsIgnoreCase(field))
                .map(java.util.Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }
}
