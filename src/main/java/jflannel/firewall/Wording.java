package jflannel.firewall;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// How the tool of this node words the rules that it was given. Releases differ in that, and rules that only
/// look different must not be written again and again.
final class Wording {
    private static final Pattern ADDRESS = Pattern.compile("(?<![\\w.:])[0-9a-f]*[.:][0-9a-f.:]*(/\\d+)?");

    private final Map<List<String>, List<String>> learnt = new HashMap<>();

    /// True if `listed` is what the tool makes of `told`.
    boolean same(List<String> told, List<String> listed) {
        return listed.equals(told) || listed.equals(learnt.get(told));
    }

    /// Records what the tool lists right after it was given the rules. Not if lines are missing or too many, or name
    /// other addresses: then somebody else was faster, perhaps with a dump from when the node had another subnet.
    ///
    /// @return true if this wording is new
    boolean learn(List<String> told, List<String> listed) {
        if (same(told, listed) || !addresses(told).equals(addresses(listed))) {
            return false;
        }
        learnt.put(told, listed);
        return true;
    }

    /// Those in each line, in any order. That of a single host may have its length or not.
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
