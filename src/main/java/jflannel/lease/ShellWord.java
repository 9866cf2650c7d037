package jflannel.lease;

import java.util.regex.Pattern;

/// Words of a command that an operator may copy into a shell.
public final class ShellWord {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_/.:,=@%+-]+");

    private ShellWord() {}

    /// The text as one word for any POSIX shell, in quotes only if it needs them.
    public static String of(String text) {
        return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
