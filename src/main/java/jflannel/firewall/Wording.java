package jflannel.firewall;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// How this node's tool lists the rules that we wrote. Releases differ, and rules that only look different must not
/// be rewritten again and again.
final class Wording {
    private static final Pattern ADDRESS = Pattern.compile("(?<![\\w.:])[0-9a-f]*[.:][0-9a-f.:]*(/\\d+)?");

    private final Map<List<String>, List<String>> learnt = new HashMap<>();

    /// True if `listed` is how the tool lists `written`.
    boolean same(List<String> written, List<String> listed) {
        return listed.equals(written) || listed.equals(learnt.get(written));
    }

    /// Learns from the listing right after we wrote the rules. Ignores it if the number of lines or the addresses
    /// differ: then another program changed the rules, perhaps with a dump from when the node had another subnet.
    ///
    /// @return true if this listing is new
    boolean learn(List<String> written, List<String> listed) {
        if (same(written, listed) || !addresses(written).equals(addresses(listed))) {
            return false;
        }
        learnt.put(written, listed);
        return true;
    }

    /// The addresses in each line, sorted. A single address may have a prefix length or not.
    private static List<List<String>> addresses(List<String> lines) {
        return lines.stream()
                .map(line -> ADDRESS.matcher(line)
                        .results()
                        .map(match -> match.group().replaceFirst("/(32|128)$", ""))
                        .sorted()
                        .toList())
                .toList();
    }
}
