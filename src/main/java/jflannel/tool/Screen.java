package jflannel.tool;

import java.util.Map;
import java.util.OptionalInt;
import jflannel.linux.Terminal;

/// Where a tool's text appears.
///
/// @param colors true if it is a terminal whose user does not mind (NO_COLOR, no-color.org)
/// @param width how many characters fit into a line; 0 for any number
record Screen(boolean colors, int width) {
    /// A file or a program.
    static final Screen NONE = new Screen(false, 0);

    private static final String CLEAR = "\u001b[H\u001b[2J\u001b[3J";
    /// Narrower columns are left to the terminal.
    private static final int LEAST = 20;

    private static final int BOLD = 1;
    private static final int RED = 31;
    private static final int GREEN = 32;
    private static final int YELLOW = 33;

    /// That of standard output.
    static Screen ofOutput(Map<String, String> environment) {
        OptionalInt width = Terminal.width();
        boolean plain = !environment.getOrDefault("NO_COLOR", "").isEmpty()
                || environment.getOrDefault("TERM", "").equals("dumb");
        return width.isEmpty() ? NONE : new Screen(!plain, width.getAsInt());
    }

    String title(String text) {
        return painted(text, BOLD);
    }

    String good(String text) {
        return painted(text, GREEN);
    }

    String doubtful(String text) {
        return painted(text, YELLOW);
    }

    String bad(String text) {
        return painted(text, RED);
    }

    private String painted(String text, int color) {
        return colors ? "\u001b[" + color + "m" + text + "\u001b[0m" : text;
    }

    /// What empties the screen; an empty line where there is none.
    String cleared() {
        return width > 0 ? CLEAR : System.lineSeparator();
    }

    /// The text in lines that fit.
    ///
    /// @param indent how many characters stand before the first line, and how many spaces before the others
    String wrapped(String text, int indent) {
        if (width == 0 || indent + text.length() <= width || width - indent < LEAST) {
            return text;
        }
        StringBuilder lines = new StringBuilder();
        int column = indent;
        for (String word : text.split(" ")) {
            if (column > indent && column + 1 + word.length() > width) {
                lines.append(System.lineSeparator()).repeat(' ', indent);
                column = indent;
            } else if (column > indent) {
                lines.append(' ');
                column++;
            }
            lines.append(word);
            column += word.length();
        }
        return lines.toString();
    }
}
