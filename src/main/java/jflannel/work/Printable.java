package jflannel.work;

import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/// Text for a log or a terminal. Much of it was written by others, into etcd or by another node, and must neither look
/// like our own lines nor control the reader's terminal. Control and invisible formatting characters are escaped.
public final class Printable {
    /// Longer lines are cut, in characters: one hostile value must not fill the disk.
    static final int LONGEST = 4096;

    private Printable() {}

    /// The text on one line.
    public static String line(String text) {
        String line = escaped(text, LONGEST, _ -> false);
        int more = text.codePointCount(0, text.length()) - LONGEST;
        return more > 0 ? line + "… (%d more characters)".formatted(more) : line;
    }

    /// The text on one line of at most `longest` characters.
    public static String line(String text, int longest) {
        return text.length() <= longest ? line(text) : line(text.substring(0, longest)) + "…";
    }

    /// The text with its line breaks.
    public static String lines(String text) {
        return text.lines().map(Printable::line).collect(Collectors.joining("\n"));
    }

    /// A text of JSON, of any length, with the same meaning. Its line breaks stay.
    public static String json(String json) {
        return escaped(json, Integer.MAX_VALUE, c -> c == '\n');
    }

    private static String escaped(String text, int longest, IntPredicate kept) {
        StringBuilder line = new StringBuilder(Math.min(text.length(), LONGEST));
        text.codePoints().limit(longest).forEach(c -> {
            if (steers(c) && !kept.test(c)) {
                escape(line, c);
            } else {
                line.appendCodePoint(c);
            }
        });
        return line.toString();
    }

    /// As Java and JSON write it.
    private static void escape(StringBuilder line, int c) {
        switch (c) {
            case '\n' -> line.append("\\n");
            case '\r' -> line.append("\\r");
            case '\t' -> line.append("\\t");
            default -> {
                for (char half : Character.toChars(c)) {
                    line.append("\\u%04x".formatted((int) half));
                }
            }
        }
    }

    /// Control characters, line separators, and characters that change the direction of writing or are invisible.
    private static boolean steers(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }
}
