package jflannel.work;

/// Text from elsewhere, made safe for a log or a terminal: what could move the cursor, change colors, or reorder
/// what stands around it becomes a question mark.
public final class Printable {
    private Printable() {}

    /// The text on one line.
    public static String line(String text) {
        return replaced(text, false);
    }

    /// The text on one line of at most `longest` characters.
    public static String line(String text, int longest) {
        String line = line(text.length() <= longest ? text : text.substring(0, longest));
        return text.length() <= longest ? line : line + "…";
    }

    /// The text with its line breaks.
    public static String lines(String text) {
        return replaced(text, true);
    }

    /// A text of JSON with the same meaning, in which such characters are escaped.
    public static String json(String json) {
        StringBuilder plain = new StringBuilder(json.length());
        json.chars().forEach(c -> {
            if (isPlain(c) || c == '\n') {
                plain.append((char) c);
            } else {
                plain.append("\\u%04x".formatted(c));
            }
        });
        return plain.toString();
    }

    private static String replaced(String text, boolean breaks) {
        StringBuilder plain = new StringBuilder(text.length());
        text.codePoints()
                .forEach(point -> plain.appendCodePoint(isPlain(point) || breaks && point == '\n' ? point : '?'));
        return plain.toString();
    }

    private static boolean isPlain(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL, // among them ESC, and CSI as one character
                    Character.FORMAT, // among them the marks that reverse the direction of writing
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> false;
            default -> true;
        };
    }
}
