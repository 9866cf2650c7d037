package jflannel.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import jflannel.lease.Nearest;

/// A command line in the syntax of Go's flag package: <https://pkg.go.dev/flag#hdr-Command_line_flag_syntax>.
///
/// One dash and two mean the same. A switch takes a value only after `=`, so `--switch false` is the switch and a
/// stray word. Parsing stops before the first word that is not a flag, or after `--`.
///
/// @param flags in the order given; a switch without a value has the value `true`
/// @param ignored the words after the last flag; Go flannel does not read them either
/// @param help `--help` or `-h` was found; nothing after it was read
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

    /// @param switches names of flags that need no value
    /// @param valued names of flags that need one
    /// @throws ExitException if a flag is unknown, malformed or without its value
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
                    throw refused(word + " cannot be used. This flag needs a value: " + word + "=VALUE.");
                }
                flags.add(new Flag(name, equals < 0 ? words.get(at++) : body.substring(equals + 1)));
            } else if (name.equals("help") || name.equals("h")) {
                return new GoFlags(List.copyOf(flags), List.of(), true);
            } else {
                throw refused("%s cannot be used. There is no such flag.%s"
                        .formatted(dashed(word, equals, name), nearest(name, switches, valued)));
            }
        }
        return new GoFlags(List.copyOf(flags), List.copyOf(words.subList(at, words.size())), false);
    }

    /// A boolean as Go's strconv.ParseBool reads it.
    ///
    /// @return null for any other word
    static Boolean truth(String word) {
        return WORDS.get(word);
    }

    /// @param words what is wrong
    static ExitException refused(String words) {
        return new ExitException(ExitException.USAGE, words + "\nflanneld --help lists all flags.");
    }

    private static boolean isFlag(String word) {
        return word.length() >= 2 && word.startsWith("-");
    }

    /// The flag as typed, without its value, which may be secret.
    private static String dashed(String word, int equals, String name) {
        return equals < 0 ? word : word.substring(0, word.indexOf(name + "=") + name.length());
    }

    private static String nearest(String name, Set<String> switches, Set<String> valued) {
        Set<String> known = new TreeSet<>(switches);
        known.addAll(valued);
        return Nearest.to(name, known)
                .map(flag -> " Did you mean " + (flag.length() == 1 ? "-" : "--") + flag + "?")
                .orElse("");
    }
}
