package jflannel.lease;

import java.math.BigInteger;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.Json;

/// A JSON object read strictly: a field of the wrong type is an error that names it. Field names match whatever their
/// case, and unknown fields are left alone, as Go's decoder does it.
///
/// @param where the key or file the object stands in, for messages
public record JsonFields(String where, Map<String, Object> json) {
    private static final Pattern INTEGER = Pattern.compile("-?[0-9]+");

    /// @throws ConfigException if `text` is not one JSON object
    public static JsonFields parse(String where, String text) {
        try {
            return new JsonFields(where, Json.object(text));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    where,
                    text.strip(),
                    "Give a JSON object such as {\"Network\":\"10.244.0.0/16\"}; this is " + e.getMessage() + ".");
        }
    }

    /// As it was written, without blanks.
    public String text() {
        return Json.compact(json);
    }

    /// The place of a field, for messages.
    public String where(String field) {
        return where + ": " + field;
    }

    public boolean bool(String field, boolean otherwise) {
        return field(field, Boolean.class, "true or false").orElse(otherwise);
    }

    /// @param least the smallest value allowed
    /// @param most the largest
    public int integer(String field, int otherwise, int least, int most) {
        Optional<Json.Number> value = field(field, Json.Number.class, "a number");
        if (value.isEmpty()) {
            return otherwise;
        }
        String digits = value.get().text();
        if (!INTEGER.matcher(digits).matches()) {
            throw new ConfigException(where(field), digits, "Give a whole number.");
        }
        BigInteger number = new BigInteger(digits);
        if (number.compareTo(BigInteger.valueOf(least)) < 0 || number.compareTo(BigInteger.valueOf(most)) > 0) {
            throw new ConfigException(where(field), digits, "Give a number from %d to %d.".formatted(least, most));
        }
        return number.intValue();
    }

    public String string(String field, String otherwise) {
        return field(field, String.class, "a string").orElse(otherwise);
    }

    @SuppressWarnings("unchecked") // objects have names for keys
    public Optional<JsonFields> object(String field) {
        return field(field, Map.class, "an object").map(value -> new JsonFields(where(field), value));
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

    private <T> Optional<T> field(String field, Class<T> type, String need) {
        Object value = find(field);
        if (value == null) {
            return Optional.empty();
        }
        if (!type.isInstance(value)) {
            throw new ConfigException(where(field), Json.compact(value), "Give " + need + ".");
        }
        return Optional.of(type.cast(value));
    }

    private Object find(String field) {
        if (json.containsKey(field)) {
            return json.get(field);
        }
        return json.entrySet().stream()
                .filter(entry -> entry.getKey().equalsIgnoreCase(field))
                .map(Map.Entry::getValue)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }
}
