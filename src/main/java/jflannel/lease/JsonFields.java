package jflannel.lease;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.Json;
import jflannel.json.JsonException;
import jflannel.lease.ConfigException.Verbatim;

/// A JSON object, read strictly: a field of the wrong type is an error that names the field. As in Go's decoder,
/// the case of field names does not matter, and unknown fields are ignored. A field given twice with different
/// values is an error, because programs disagree on which one counts.
///
/// @param where the key or file that contains the object, for messages
public record JsonFields(String where, Map<String, Object> json) {
    private static final Pattern INTEGER = Pattern.compile("-?[0-9]+");

    /// @param example of such an object, for the error message
    /// @throws ConfigException if `text` is not a JSON object
    public static JsonFields parse(String where, String text, String example) {
        List<String> contradictions = new ArrayList<>();
        JsonFields fields;
        try {
            fields = new JsonFields(where, Json.object(text, contradictions::add));
        } catch (JsonException e) {
            String what = text.isBlank() ? "empty" : isJson(text) ? "JSON but not an object" : e.getMessage();
            throw new ConfigException("%s: it is %s. Give a JSON object such as %s.".formatted(where, what, example));
        }
        for (String name : contradictions) {
            throw fields.contradiction(name, name);
        }
        fields.requireOneSpelling();
        return fields;
    }

    private static boolean isJson(String text) {
        try {
            Json.value(text);
            return true;
        } catch (JsonException e) {
            return false;
        }
    }

    private void requireOneSpelling() {
        Map<String, String> spellings = new TreeMap<>();
        json.forEach((name, value) -> {
            String other = spellings.putIfAbsent(name.toLowerCase(Locale.ROOT), name);
            if (other != null && !Objects.equals(value, json.get(other))) {
                throw contradiction(other, name);
            }
        });
    }

    private ConfigException contradiction(String one, String other) {
        return new ConfigException(
                one.equals(other)
                        ? "%s: %s is given twice, with different values. Remove one of them.".formatted(where, one)
                        : "%s: %s and %s are one key, given twice with different values. Remove one of them."
                                .formatted(where, one, other));
    }

    /// The object as written, without blanks.
    public String text() {
        return Json.compact(json);
    }

    /// The location of a field, for messages.
    public String where(String field) {
        return where + ": " + field;
    }

    /// True if the field exists and is not null.
    public boolean has(String field) {
        return find(field) != null;
    }

    /// The names of other fields than these, ignoring case. Names that do not begin with a letter are comments.
    public List<String> others(Collection<String> known) {
        return json.keySet().stream()
                .filter(name -> !name.isEmpty() && Character.isLetter(name.charAt(0)))
                .filter(name -> known.stream().noneMatch(name::equalsIgnoreCase))
                .toList();
    }

    /// The value as written, of any type; null if there is none.
    Object value(String field) {
        return find(field);
    }

    boolean bool(String field, boolean otherwise) {
        return field(field, Boolean.class, "Give true or false, without quotes.")
                .orElse(otherwise);
    }

    /// @param least the smallest value allowed
    /// @param most the largest
    public int integer(String field, int otherwise, int least, int most) {
        String range = "from %d to %d".formatted(least, most);
        Optional<Json.Number> value = field(field, Json.Number.class, "Give a number " + range + ", without quotes.");
        if (value.isEmpty()) {
            return otherwise;
        }
        String digits = value.get().text();
        if (!INTEGER.matcher(digits).matches()) {
            throw new ConfigException(where(field), new Verbatim(digits), "Give a whole number " + range + ".");
        }
        BigInteger number = new BigInteger(digits);
        if (number.compareTo(BigInteger.valueOf(least)) < 0 || number.compareTo(BigInteger.valueOf(most)) > 0) {
            throw new ConfigException(where(field), new Verbatim(digits), "Give a number " + range + ".");
        }
        return number.intValue();
    }

    public String string(String field, String otherwise) {
        return field(field, String.class, "Give a string in quotes.").orElse(otherwise);
    }

    /// A string, or an array of strings; empty if there is no such field.
    List<String> strings(String field) {
        Object value = find(field);
        List<?> all = value == null ? List.of() : value instanceof List<?> list ? list : List.of(value);
        if (!all.stream().allMatch(String.class::isInstance)) {
            throw new ConfigException(
                    where(field), new Verbatim(Json.compact(value)), "Give a string in quotes, or an array of them.");
        }
        return all.stream().map(String.class::cast).toList();
    }

    /// @param example of a right value, for the error message
    @SuppressWarnings("unchecked") // objects have names for keys
    public Optional<JsonFields> object(String field, String example) {
        Optional<JsonFields> object = field(field, Map.class, "Give an object such as " + example + ".")
                .map(value -> new JsonFields(where(field), value));
        object.ifPresent(JsonFields::requireOneSpelling);
        return object;
    }

    public Optional<Ip> ip(String field, Family family) {
        String need = "It is not an %s address such as %s."
                .formatted(family.title(), family == Family.IPV4 ? "10.244.1.0" : "fd00:10:244:1::");
        return address(field, text -> {
            Ip ip = parsed(Ip::parse, text);
            return ip != null && ip.family() == family ? ip : refuse(field, text, need);
        });
    }

    public Optional<Cidr> cidr(String field, Family family) {
        String need = "It is not an %s network such as %s."
                .formatted(family.title(), family == Family.IPV4 ? "10.244.0.0/16" : "fd00:10:244::/48");
        return address(field, text -> {
            Cidr cidr = parsed(Cidr::parse, text);
            if (cidr == null && hasOnlyALengthTooMany(text, family)) {
                return refuse(
                        field,
                        text,
                        "It has a longer prefix than the %d bits of an %s address."
                                .formatted(family.bits(), family.title()));
            }
            return cidr != null && cidr.family() == family ? cidr : refuse(field, text, need);
        });
    }

    private static boolean hasOnlyALengthTooMany(String text, Family family) {
        int slash = text.lastIndexOf('/');
        Ip ip = slash < 0 ? null : parsed(Ip::parse, text.substring(0, slash));
        return ip != null && ip.family() == family && text.substring(slash + 1).matches("[0-9]+");
    }

    private static <T> T parsed(Function<String, T> parse, String text) {
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            return null; // reported by the caller, who knows what the text means
        }
    }

    private <T> T refuse(String field, String value, String need) {
        throw new ConfigException(where(field), value, need);
    }

    private <T> Optional<T> address(String field, Function<String, T> read) {
        return Optional.of(string(field, "")).filter(text -> !text.isEmpty()).map(read);
    }

    private <T> Optional<T> field(String field, Class<T> type, String need) {
        Object value = find(field);
        if (value == null) {
            return Optional.empty();
        }
        if (!type.isInstance(value)) {
            throw new ConfigException(where(field), new Verbatim(Json.compact(value)), need);
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

    /// Omits the values, since some may be secret.
    @Override
    public String toString() {
        return where + ": " + json.keySet();
    }
}
