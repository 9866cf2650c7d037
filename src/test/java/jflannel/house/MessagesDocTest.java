package jflannel.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The messages that tables and lists of troubleshooting explain are those that the programs print.
class MessagesDocTest {
    private static final List<String> PAGES = List.of("troubleshooting", "kubernetes", "firewall");
    private static final Pattern ENTRY = Pattern.compile("(?m)^(?:\\|([^|]*)\\||- \\*\\*(.*?)\\*\\*:)");
    private static final Pattern SPAN = Pattern.compile("`([^`]+ [^`]+ [^`]+)`");
    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]++|\\\\.)*+)\"");

    /// What other programs say.
    private static final Set<String> FOREIGN = Set.of(
            "open /run/flannel/subnet.env: no such file or directory",
            "\"cni0\" already has an IP address different from …",
            "Nexthop has invalid gateway",
            "Pool overlaps with other one on this address space",
            "invalid subnet … it should be …",
            "spec.selector … field is immutable");

    @Test
    void everyMessageIsOneOfOurs() throws IOException {
        String said = messages();
        List<String> unknown = new ArrayList<>();
        int seen = 0;
        for (String page : PAGES) {
            for (String message : quoted(Files.readString(Path.of("docs", page + ".md")))) {
                seen++;
                Stream.of(message.split("…"))
                        .map(String::strip)
                        .filter(part -> !part.isEmpty() && !said.contains(part))
                        .forEach(part -> unknown.add(page + ".md: " + part));
            }
        }
        assertThat(seen).isGreaterThan(15);
        assertThat(unknown).isEmpty();
    }

    private static List<String> quoted(String page) {
        int from = Stream.of("\n## Messages\n", "\n## Troubleshooting\n", "\n## When it does not work\n")
                .mapToInt(page::indexOf)
                .max()
                .orElseThrow();
        return ENTRY.matcher(page.substring(from).replace("\n  ", " "))
                .results()
                .flatMap(entry -> SPAN.matcher(entry.group(1) == null ? entry.group(2) : entry.group(1))
                        .results())
                .map(span -> span.group(1))
                .filter(message -> !FOREIGN.contains(message))
                .toList();
    }

    /// All texts of the programs, those put together from several literals in one piece.
    private static String messages() throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file : files.filter(it -> it.toString().endsWith(".java")).toList()) {
                String joined = Files.readString(file).replaceAll("\"\\s*\\+\\s*\"", "");
                all.append(LITERAL.matcher(joined)
                        .results()
                        .map(MatchResult::group)
                        .map(text ->
                                text.replace("\\\"", "\"").replace("%s", "").replace("''", "'"))
                        .collect(Collectors.joining("\n", "", "\n")));
            }
        }
        return all.toString();
    }
}
