package jflannel.lease;

import java.util.regex.Pattern;

/// Recognizes what may happen to a JSON object on its way into the store: a shell leaves its quotes in, or an
/// editor adds an invisible mark in front. A parser would only say that it expected something else.
final class JsonShape {
    private static final char BYTE_ORDER_MARK = '\ufeff';
    private static final Pattern ESCAPED = Pattern.compile("\\{\\s*\\\\\"");

    private JsonShape() {}

    /// Does not quote the text, which may contain secrets.
    ///
    /// @param example of a right object
    /// @throws ConfigException if one of these happened
    static void require(String where, String text, String example) {
        String bare = text.strip();
        if (!bare.isEmpty() && bare.charAt(0) == BYTE_ORDER_MARK) {
            throw new ConfigException(
                    "%s: it begins with an invisible byte order mark (U+FEFF). Store it without one.".formatted(where));
        }
        if (ConfigException.isQuoted(bare)) {
            throw left(where, "it is in quotes", example);
        }
        if (ESCAPED.matcher(bare).lookingAt()) {
            throw left(where, "it has backslashes before its quotes", example);
        }
    }

    private static ConfigException left(String where, String what, String example) {
        return new ConfigException(
                ("%s: %s, which no shell has removed. On a command line, put one pair of single quotes around the"
                                + " object, as in etcdctl put KEY '%s'; in a file, none.")
                        .formatted(where, what, example));
    }
}
