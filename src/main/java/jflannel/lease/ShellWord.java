package jflannel.lease;

import java.util.regex.Pattern;

/// Quotes words of commands that an operator may paste into a shell.
public final class ShellWord {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_/.:,=@%+-]+");

    private ShellWord() {}

    /// The text as one word of any POSIX shell, quoted only if necessary.
    public static String of(String text) {
        return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
