package jflannel.cloud.http;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.json.Json;
import jflannel.json.JsonException;

/// A JSON object of a cloud's. What is not there, or has another type, is read as empty: clouds leave out what is empty
/// or false.
public record Fields(Map<String, Object> json) {
    public static final Fields NONE = new Fields(Map.of());

    /// Empty if that is no JSON object.
    public static Optional<Fields> parse(String text) {
        try {
            return Optional.of(new Fields(Json.object(text)));
        } catch (JsonException e) {
            return Optional.empty();
        }
    }

    public boolean isEmpty() {
        return json.isEmpty();
    }

    public String text(String field) {
        return json.get(field) instanceof String text ? text : "";
    }

    public boolean isTrue(String field) {
        return Boolean.TRUE.equals(json.get(field));
    }

    public double number(String field) {
        return json.get(field) instanceof Json.Number(String digits) ? Double.parseDouble(digits) : 0;
    }

    public Fields object(String field) {
        return objects(Stream.ofNullable(json.get(field))).findFirst().orElse(NONE);
    }

    /// The objects of an array.
    public Stream<Fields> all(String field) {
        return json.get(field) instanceof List<?> list ? objects(list.stream()) : Stream.empty();
    }

    @SuppressWarnings("unchecked") // objects have strings as keys
    private static Stream<Fields> objects(Stream<?> values) {
        return values.filter(Map.class::isInstance).map(value -> new Fields((Map<String, Object>) value));
    }
}
