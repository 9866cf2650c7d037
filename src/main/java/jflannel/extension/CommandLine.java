package jflannel.extension;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A command of the network configuration: words between white space, in which `$NAME` and `${NAME}` stand for
/// variables. There is no other syntax, so that nothing in a variable can become a second word, let alone a second
/// command.
///
/// @param words at least one
record CommandLine(List<String> words) {
    private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{([A-Za-z_]\\w*)\\}|([A-Za-z_]\\w*))");

    CommandLine {
        words = List.copyOf(words);
    }

    /// @return null for an empty command
    static CommandLine parse(String text) {
        List<String> words = Stream.of(text.strip().split("\\s+"))
                .filter(word -> !word.isEmpty())
                .toList();
        return words.isEmpty() ? null : new CommandLine(words);
    }

    /// The words with the variables in place; a variable that is not set is empty.
    List<String> with(Map<String, String> variables) {
        return words.stream()
                .map(word -> VARIABLE.matcher(word)
                        .replaceAll(match -> Matcher.quoteReplacement(
                                variables.getOrDefault(match.group(1) == null ? match.group(2) : match.group(1), ""))))
                .toList();
    }

    @Override
    public String toString() {
        return String.join(" ", words);
    }
}
