package jflannel.lease;

/// The user must change a flag, a file or a key. They see only the message, without a stack trace.
public class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// Longer values are truncated, in characters.
    private static final int LONGEST = 200;

    /// A value that is printed without quotes because it is not text: a number, or JSON.
    public record Verbatim(String text) {
        @Override
        public String toString() {
            return text;
        }
    }

    /// @param where the flag, or the file or store key and the field in it, as the user wrote it
    /// @param value what was found there
    /// @param need what to give instead, as a sentence with an example
    public ConfigException(String where, Object value, String need) {
        super(words(where, value, need));
    }

    /// @param message full sentences that say what to do, for when something is missing rather than wrong
    public ConfigException(String message) {
        super(message);
    }

    /// The same text, for refusals that are not thrown as this exception.
    public static String words(String where, Object value, String need) {
        String text = String.valueOf(value);
        boolean verbatim = value instanceof Verbatim || value instanceof Number || value instanceof Boolean;
        if (text.isEmpty()) {
            return "%s: an empty value cannot be used. %s".formatted(where, need);
        }
        return !verbatim && isQuoted(text)
                ? "%s: %s".formatted(where, aboutQuotes(cut(text)))
                : "%s: %s cannot be used. %s".formatted(where, verbatim ? cut(text) : named(text), need);
    }

    /// True if the value is in quotes that a shell would have removed. In a message, they are easily mistaken for
    /// the message's own.
    public static boolean isQuoted(String text) {
        char first = text.isEmpty() ? 0 : text.charAt(0);
        return text.length() >= 2 && (first == '"' || first == '\'') && text.charAt(text.length() - 1) == first;
    }

    private static String aboutQuotes(String text) {
        String bare = text.substring(1, text.length() - 1);
        return bare.isEmpty()
                ? "a pair of quotes cannot be used, which no shell has removed. Leave the quotes out."
                : "%s cannot be used with its quotes, which no shell has removed. Give %s without them."
                        .formatted(text, bare);
    }

    private static String named(String text) {
        return text.indexOf('"') < 0 ? '"' + cut(text) + '"' : cut(text);
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }
}
