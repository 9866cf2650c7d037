package jflannel.lease;

import jflannel.json.Json;
import jflannel.json.JsonException;

/// Says why a text is no JSON object. Most often something happened to it on its way into the store: a shell left
/// its quotes in, or an editor put an invisible mark in front. The text itself is not repeated, as it may hold a
/// secret.
final class JsonShape {
    private static final char BYTE_ORDER_MARK = '\ufeff';

    private JsonShape() {}

    /// @param found what a parser met
    /// @param example of an object that would do
    static String fault(String where, String text, String found, String example) {
        String bare = text.strip();
        if (bare.isEmpty()) {
            return "%s: it is empty. Give a JSON object such as %s.".formatted(where, example);
        }
        if (bare.charAt(0) == BYTE_ORDER_MARK) {
            return "%s: it begins with an invisible byte order mark (U+FEFF). Store it without one.".formatted(where);
        }
        if (ConfigException.isQuoted(bare)) {
            return "%s: it is in quotes, which no shell has removed. %s".formatted(where, storing(example));
        }
        if (isObject(bare.replace("\\\"", "\""))) {
            return "%s: it has backslashes before its quotes, which no shell has removed. %s"
                    .formatted(where, storing(example));
        }
        return "%s: it is %s. Give a JSON object such as %s."
                .formatted(where, isValue(bare) ? "JSON but no object" : found, example);
    }

    private static String storing(String example) {
        return "On a command line put one pair of single quotes around the object, as in etcdctl put KEY '%s'; in a file"
                        .formatted(example)
                + " put none.";
    }

    private static boolean isObject(String text) {
        try {
            Json.object(text);
            return true;
        } catch (JsonException e) {
            return false;
        }
    }

    private static boolean isValue(String text) {
        try {
            Json.value(text);
            return true;
        } catch (JsonException e) {
            return false;
        }
    }
}
