package jflannel.report;

/// Text for a log line. Much of it was written by others, into etcd or by another node, and must neither look like
/// our own lines nor control the reader's terminal.
public final class LogText {
    /// Longer texts are cut, in characters: one hostile value must not fill the disk.
    static final int LONGEST = 4096;

    private LogText() {}

    /// The text on one line, with control and invisible formatting characters written as escapes.
    public static String harmless(String text) {
        StringBuilder line = new StringBuilder(Math.min(text.length(), LONGEST));
        text.codePoints().limit(LONGEST).forEach(c -> append(line, c));
        int more = text.codePointCount(0, text.length()) - LONGEST;
        return more > 0 ? line + "… (%d more characters)".formatted(more) : line.toString();
    }

    private static void append(StringBuilder line, int c) {
        switch (c) {
            case '\n' -> line.append("\\n");
            case '\r' -> line.append("\\r");
            case '\t' -> line.append("\\t");
            default -> {
                if (steers(c)) {
                    line.append(c > 0xffff ? "\\U%08x".formatted(c) : "\\u%04x".formatted(c));
                } else {
                    line.appendCodePoint(c);
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
