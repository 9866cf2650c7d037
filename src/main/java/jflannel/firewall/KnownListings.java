package jflannel.firewall;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// How a tool on this node lists the rules that we wrote. Releases differ, and rules that only look different must not
/// be rewritten again and again.
final class KnownListings {
    private static final System.Logger LOG = System.getLogger(KnownListings.class.getName());
    private static final Pattern ADDRESS = Pattern.compile("(?<![\\w.:])[0-9a-f]*[.:][0-9a-f.:]*(/\\d+)?");

    private final String tool;
    private final Map<List<String>, List<String>> learnt = new HashMap<>();

    /// @param tool its name, for the log
    KnownListings(String tool) {
        this.tool = tool;
    }

    /// True if `listed` is how the tool lists `written`.
    boolean same(List<String> written, List<String> listed) {
        return listed.equals(written) || listed.equals(learnt.get(written));
    }

    /// Takes the listing right after we wrote the rules for the tool's form of them. Not if the number of lines or the
    /// addresses differ: then another program changed the rules, perhaps with a dump from when the node had another
    /// subnet.
    ///
    /// @return true if the listing is that of our rules
    boolean confirm(List<String> written, List<String> listed) {
        if (!same(written, listed) && addresses(written).equals(addresses(listed))) {
            learnt.put(written, listed);
            LOG.log(INFO, "{0} lists our rules differently: {1}", tool, listed);
        }
        return same(written, listed);
    }

    /// Warns that the rules were not as written right after that.
    ///
    /// @param where they are
    void warn(String where) {
        LOG.log(WARNING, "another program changed our rules in {0} just after we set them", where);
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
