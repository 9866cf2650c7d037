package jflannel.json;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Reads JSON strictly by [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259). A library would take four times as long
/// to load as everything else that the CNI plugin does, and would cost the daemon five hundred classes for a few
/// fields.
final class JsonReader {
    /// Deeper than any configuration, and far from the end of the stack.
    private static final int DEEPEST = 200;

    /// Stands for the end of the text. It is not a character of JSON, so a real one is refused.
    private static final char END = '\0';

    private final String text;
    private final Consumer<String> contradiction;
    private int at;
    private int depth;

    private JsonReader(String text, Consumer<String> contradiction) {
        this.text = text;
        this.contradiction = contradiction;
    }

    /// @param contradiction called with each name that an object has twice with different values; may be null
    /// @throws JsonException if `text` is not exactly one value
    static Object read(String text, Consumer<String> contradiction) {
        JsonReader reader = new JsonReader(text, contradiction);
        Object value = reader.value();
        if (reader.peek() != END) {
            throw reader.wrong("more text after the end");
        }
        return value;
    }

    private Object value() {
        char first = peek();
        if (first == '{' || first == '[') {
            if (++depth > DEEPEST) {
                throw wrong("more than " + DEEPEST + " levels");
            }
            Object value = first == '{' ? object() : array();
            depth--;
            return value;
        }
        return switch (first) {
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Map<String, Object> object() {
        Map<String, Object> object = new TreeMap<>();
        at++;
        if (!skip('}')) {
            do {
                if (peek() != '"') {
                    throw wrong("the name of a field was expected");
                }
                String name = string();
                expect(':');
                put(object, name, value());
            } while (skip(','));
            expect('}');
        }
        return object;
    }

    private void put(Map<String, Object> object, String name, Object value) {
        if (contradiction != null && object.containsKey(name) && !Objects.equals(object.get(name), value)) {
            contradiction.accept(name);
        }
        object.put(name, value);
    }

    private List<Object> array() {
        List<Object> array = new ArrayList<>();
        at++;
        if (!skip(']')) {
            do {
                array.add(value());
            } while (skip(','));
            expect(']');
        }
        return array;
    }

    private Object word(String word, Object meaning) {
        if (!text.startsWith(word, at)) {
            throw wrong("a value was expected");
        }
        at += word.length();
        return meaning;
    }

    /// Section 6: `[-] (0 | 1-9 digits) [. digits] [e [+|-] digits]`. The caller judges what follows.
    private Json.Number number() {
        int from = at;
        if (current() == '-') {
            at++;
        }
        if (current() == '0') {
            at++;
        } else {
            digits();
        }
        if (current() == '.') {
            at++;
            digits();
        }
        if (current() == 'e' || current() == 'E') {
            at++;
            if (current() == '+' || current() == '-') {
                at++;
            }
            digits();
        }
        return new Json.Number(text.substring(from, at));
    }

    private void digits() {
        if (current() < '0' || current() > '9') {
            throw wrong("a value was expected");
        }
        while (current() >= '0' && current() <= '9') {
            at++;
        }
    }

    private String string() {
        StringBuilder string = new StringBuilder();
        at++;
        while (current() != '"') {
            char c = current();
            if (c < ' ') {
                throw wrong(at < text.length() ? "a control character in a string" : "a string without an end");
            }
            at++;
            string.append(c == '\\' ? escaped() : c);
        }
        at++;
        return string.toString();
    }

    private char escaped() {
        char c = current();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> {
                at--;
                throw wrong("an unknown escape in a string");
            }
        };
    }

    private char unicode() {
        int code = 0;
        for (int i = 0; i < 4; i++, at++) {
            int digit = current() < 128 ? Character.digit(current(), 16) : -1;
            if (digit < 0) {
                throw wrong("four hexadecimal digits were expected");
            }
            code = code << 4 | digit;
        }
        return (char) code;
    }

    /// The next character that is not a space, without taking it.
    private char peek() {
        while (current() == ' ' || current() == '\n' || current() == '\r' || current() == '\t') {
            at++;
        }
        if (current() == END && at < text.length()) {
            throw wrong("a value was expected");
        }
        return current();
    }

    private char current() {
        return at < text.length() ? text.charAt(at) : END;
    }

    private boolean skip(char c) {
        boolean there = peek() == c;
        if (there) {
            at++;
        }
        return there;
    }

    private void expect(char c) {
        if (!skip(c)) {
            throw wrong("'" + c + "' was expected");
        }
    }

    private JsonException wrong(String fault) {
        return new JsonException(
                "not JSON: " + fault + (at < text.length() ? " at character " + (at + 1) : " at the end"));
    }
}
