package jflannel.json;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// JSON as plain maps, lists, strings, booleans, [Number]s and null. Objects that were read have their keys sorted,
/// and text is written as Go's encoding/json writes it, so that files are equal, byte for byte, to those of Go
/// flannel.
///
/// Types are asked for with `instanceof`: Java links a `switch` over types at run time, for 10 ms and more.
public final class Json {
    private static final String HEX = "0123456789abcdef";

    private Json() {}

    /// A number in its original digits: what is only passed on must not change on the way.
    public record Number(String text) {}

    /// @throws JsonException if `text` is not exactly one value
    public static Object value(String text) {
        return JsonReader.read(text, null);
    }

    /// @throws JsonException if `text` is not exactly one JSON object
    public static Map<String, Object> object(String text) {
        return object(text, null);
    }

    /// @param contradiction called with each name that an object has twice with different values, of which the last
    ///     one counts; may be null
    /// @throws JsonException if `text` is not exactly one JSON object
    @SuppressWarnings("unchecked") // objects that were read have strings as keys
    public static Map<String, Object> object(String text, Consumer<String> contradiction) {
        if (JsonReader.read(text, contradiction) instanceof Map<?, ?> object) {
            return (Map<String, Object>) object;
        }
        throw new JsonException("a JSON object was expected");
    }

    /// The value on one line, without spaces.
    public static String compact(Object value) {
        StringBuilder text = new StringBuilder(512);
        write(text, value, -1);
        return text.toString();
    }

    /// The value indented by four spaces per level.
    public static String indented(Object value) {
        StringBuilder text = new StringBuilder(512);
        write(text, value, 0);
        return text.toString();
    }

    /// @param level of indentation; negative for none
    private static void write(StringBuilder text, Object value, int level) {
        if (value instanceof String string) {
            writeString(text, string);
        } else if (value instanceof Number number) {
            text.append(number.text());
        } else if (value instanceof Map<?, ?> object) {
            writeObject(text, object, level);
        } else if (value instanceof List<?> array) {
            writeArray(text, array, level);
        } else if (value == null || value instanceof Boolean) {
            text.append(value);
        } else {
            throw new AssertionError("not a JSON value: " + value.getClass());
        }
    }

    private static void writeObject(StringBuilder text, Map<?, ?> object, int level) {
        int inner = level < 0 ? level : level + 1;
        text.append('{');
        String separator = "";
        for (Map.Entry<?, ?> entry : object.entrySet()) {
            text.append(separator);
            newLine(text, inner);
            writeString(text, (String) entry.getKey());
            text.append(level < 0 ? ":" : ": ");
            write(text, entry.getValue(), inner);
            separator = ",";
        }
        newLine(text, object.isEmpty() ? -1 : level);
        text.append('}');
    }

    private static void writeArray(StringBuilder text, List<?> array, int level) {
        int inner = level < 0 ? level : level + 1;
        text.append('[');
        String separator = "";
        for (Object element : array) {
            text.append(separator);
            newLine(text, inner);
            write(text, element, inner);
            separator = ",";
        }
        newLine(text, array.isEmpty() ? -1 : level);
        text.append(']');
    }

    private static void newLine(StringBuilder text, int level) {
        if (level >= 0) {
            text.append('\n').repeat("    ", level);
        }
    }

    private static void writeString(StringBuilder text, String string) {
        text.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            switch (c) {
                case '"', '\\' -> text.append('\\').append(c);
                case '\b' -> text.append("\\b");
                case '\f' -> text.append("\\f");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                // Go escapes what could end an HTML script element or a line of JavaScript
                case '<', '>', '&', '\u2028', '\u2029' -> escape(text, c);
                default -> {
                    if (c < ' ') {
                        escape(text, c);
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }

    private static void escape(StringBuilder text, char c) {
        text.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
            text.append(HEX.charAt(c >> shift & 0xf));
        }
    }
}
