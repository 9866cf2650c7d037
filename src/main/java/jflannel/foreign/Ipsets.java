package jflannel.foreign;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jflannel.linux.Command;

/// The sets of ipset(8) by which rules drop packets: lists of networks that nobody should use, which may be the pods'.
final class Ipsets {
    private static final Pattern NAMED = Pattern.compile("--match-set (\\S+) (?:src|dst) .*-j (?:DROP|REJECT)");
    private static final Set<String> OF_ADDRESSES = Set.of("hash:ip", "hash:net", "bitmap:ip");
    private static final int MOST_SETS = 8;
    private static final int MOST_ELEMENTS = 20_000;

    private Ipsets() {}

    /// The elements of the sets that these rules drop packets by, by the sets' names. Those that are not there are of
    /// several things, or hold exceptions, or cannot be read.
    ///
    /// @param rules as iptables-save prints them
    static Map<String, List<String>> of(List<String> rules) {
        Set<String> names = rules.stream()
                .map(NAMED::matcher)
                .filter(Matcher::find)
                .map(found -> found.group(1))
                .distinct()
                .limit(MOST_SETS)
                .collect(Collectors.toSet());
        Map<String, List<String>> sets = new HashMap<>();
        for (String name : names) {
            saved(name).flatMap(Ipsets::elements).ifPresent(elements -> sets.put(name, elements));
        }
        return sets;
    }

    private static Optional<List<String>> saved(String name) {
        Optional<Path> tool = Command.find("ipset");
        if (tool.isEmpty()) {
            return Optional.empty();
        }
        AtomicInteger count = new AtomicInteger();
        try {
            List<String> lines = Command.lines(
                    _ -> count.incrementAndGet() <= MOST_ELEMENTS, tool.get().toString(), "save", name);
            return Optional.of(lines).filter(_ -> count.get() <= MOST_ELEMENTS);
        } catch (IOException e) {
            return Optional.empty(); // it has gone meanwhile
        }
    }

    /// @param lines `create bad hash:net family inet …`, `add bad 10.0.0.0/8 timeout 60`
    static Optional<List<String>> elements(List<String> lines) {
        List<String> elements = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.split(" ");
            boolean creation = words.length > 2 && words[0].equals("create");
            if (creation && !OF_ADDRESSES.contains(words[2]) || line.endsWith(" nomatch")) {
                return Optional.empty();
            }
            if (words.length > 2 && words[0].equals("add")) {
                elements.add(words[2]);
            }
        }
        return Optional.of(elements);
    }
}
