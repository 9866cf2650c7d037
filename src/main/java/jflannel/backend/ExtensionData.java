package jflannel.backend;

import jflannel.json.Json;
import jflannel.json.JsonException;

/// What a node publishes for the commands of other nodes: a JSON string.
public final class ExtensionData {
    private ExtensionData() {}

    /// @param json may be null
    /// @return empty if nothing is published
    /// @throws IllegalArgumentException if it is no string
    public static String parse(String json) {
        try {
            Object value = json == null ? null : Json.value(json);
            if (value == null || value instanceof String) {
                return value == null ? "" : (String) value;
            }
        } catch (JsonException e) {
            throw new IllegalArgumentException("its BackendData is no JSON", e);
        }
        throw new IllegalArgumentException("its BackendData is no JSON string, as that of the backend extension is");
    }

    /// The same in JSON.
    public static String format(String text) {
        return Json.compact(text);
    }
}
