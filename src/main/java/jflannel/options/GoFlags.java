package jflannel.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A command line in the syntax of Go's flag package: <https://pkg.go.dev/flag#hdr-Command_line_flag_syntax>.
///
/// One and two dashes mean the same. A switch takes a value only after `=`, so `--switch false` is the switch and a
/// stray word. Reading stops before the first word that is no flag, or after `--`.
///
/// @param flags in the order given; a switch without a value has the value `true`
/// @param ignored the words after the last flag, which Go flannel leaves unread too
/// @param help `--help` or `-h` was reached: whatever comes after it was not read
record GoFlags(List<Flag> flags, List<String> ignored, boolean help) {
    private static final Map<String, Boolean> WORDS = Map.ofEntries(
            Map.entry("1", true),
            Map.entry("t", true),
            Map.entry("T", true),
            Map.entry("true", true),
            Map.entry("TRUE", true),
            Map.entry("True", true),
            Map.entry("0", false),
            Map.entry("f", false),
            Map.entry("F", false),
            Map.entry("false", false),
            Map.entry("FALSE", false),
            Map.entry("False", false));

    /// One flag and its value.
    ///
    /// @param name without dashes
    record Flag(String name, String value) {}

    /// @param switches names of the flags that need no value
    /// @param valued names of those that need one
    /// @throws ExitException if a flag is unknown, malformed or lacks its value
    static GoFlags read(List<String> words, Set<String> switches, Set<String> valued) {
        List<Flag> flags = new ArrayList<>();
        int at = 0;
        while (at < words.size() && isFlag(words.get(at))) {
            String word = words.get(at++);
            if (word.equals("--")) {
                break;
            }
            String body = word.substring(word.startsWith("--") ? 2 : 1);
            int equals = body.indexOf('=');
            String name = equals < 0 ? body : body.substring(0, equals);
            if (switches.contains(name)) {
                flags.add(new Flag(name, equals < 0 ? "true" : body.substring(equals + 1)));
            } else if (valued.contains(name)) {
                if (equals < 0 && at == words.size()) {
                    throw refused(word, "This flag needs a value: " + word + "=VALUE.");
                }
                flags.add(new Flag(name, equals < 0 ? words.get(at++) : body.substring(equals + 1)));
            } else if (name.equals("help") || name.equals("h")) {
                return new GoFlags(List.copyOf(flags), List.of(), true);
            } else {
                throw refused(dashed(word, equals, name), "There is no such flag." + nearest(name, switches, valued));
            }
        }
        return new GoFlags(List.copyOf(flags), List.copyOf(words.subList(at, words.size())), false);
    }

    /// Go's words for truth, as strconv.ParseBool reads them.
    ///
    /// @return null for any other word
    static Boolean truth(String word) {
        return WORDS.get(word);
    }

    static ExitException refused(String flag, String need) {
        return new ExitException(
                ExitException.USAGE, flag + " cannot be used. " + need + "\nflanneld --help lists all flags.");
    }

    private static boolean isFlag(String word) {
        return word.length() >= 2 && word.startsWith("-");
    }

    /// The flag as it was typed but without its value, which may be a secret.
    private static String dashed(String word, int equals, String name) {
        return equals < 0 ? word : word.substring(0, word.indexOf(name + "=") + name.length());
    }

    private static String nearest(String name, Set<String> switches, Set<String> valued) {
        List<String> similar = new ArrayList<>();
        for (Set<String> known : List.of(switches, valued)) {
            known.stream()
                    .filter(candidate -> distance(candidate, name) <= 2)
                    .map(candidate -> (candidate.length() == 1 ? "-" : "--") + candidate)
                    .forEach(similar::add);
        }
        return similar.isEmpty() || name.length() < 3
                ? ""
                : " Did you mean "
                        + String.join(" or ", similar.stream().sorted().toList()) + "?";
    }

    /// How many letters must be added, dropped or changed to turn one word into the other (Levenshtein).
    private static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int change = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }
}
