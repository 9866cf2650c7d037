package jflannel.lease;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A file of `NAME=value` lines, as shells, systemd and dotenv libraries read it. `export` before the name,
/// comments, and quotes around the value are allowed. Nothing is expanded or executed.
public final class EnvironmentFile {
    private static final Pattern LINE = Pattern.compile("""
            \\s*(?:export\\s+)?
            (?<name>[A-Za-z_][A-Za-z0-9_]*)
            \\s*=\\s*
            (?:"(?<double>[^"]*)" | '(?<single>[^']*)' | (?<bare>[^"'\\s\\#][^\\s]*)?)
            \\s*(?:(?<=\\s)\\#.*)?""", Pattern.COMMENTS);

    private EnvironmentFile() {}

    /// The variables by name. A later line overrides an earlier one, and lines in another form are ignored.
    public static Map<String, String> parse(String text) {
        Map<String, String> variables = new LinkedHashMap<>();
        for (String line : text.split("\n")) { // no stream: the CNI plugin would pay for it at every start
            Matcher matcher = LINE.matcher(line + " ");
            if (matcher.matches()) {
                variables.put(matcher.group("name"), value(matcher));
            }
        }
        return variables;
    }

    private static String value(Matcher line) {
        for (String form : new String[] {"double", "single", "bare"}) {
            if (line.group(form) != null) {
                return line.group(form);
            }
        }
        return "";
    }
}
