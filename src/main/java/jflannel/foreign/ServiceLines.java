package jflannel.foreign;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jflannel.ip.Ip;

/// Leaves out the rules of Services that a packet cannot meet. Busy nodes have several of them for each of thousands
/// of Services, and reading them all would take long.
final class ServiceLines {
    private static final Pattern CHAIN = Pattern.compile("-A (KUBE-(?:SVC|SEP|EXT|FW|SVL|XLB)-\\S+) ");
    private static final Pattern TARGET = Pattern.compile(" -[jg] (KUBE-\\S+)");

    private ServiceLines() {}

    /// False for what kube-proxy does with other destinations.
    static Predicate<String> mayConcern(Ip destination) {
        String own = " -d " + destination + "/";
        return line -> !line.startsWith("-A KUBE-SERVICES ") || !line.contains(" -d ") || line.contains(own);
    }

    /// Without the chains of single Services to which nothing leads.
    ///
    /// @param lines as iptables-save prints them
    static List<String> reached(List<String> lines) {
        Map<String, List<String>> single = new HashMap<>();
        Deque<String> todo = new ArrayDeque<>();
        for (String line : lines) {
            Matcher chain = CHAIN.matcher(line);
            if (chain.lookingAt()) {
                single.computeIfAbsent(chain.group(1), _ -> new ArrayList<>()).add(line);
            } else {
                targets(line, todo);
            }
        }
        Set<String> reached = new HashSet<>();
        while (!todo.isEmpty()) {
            String chain = todo.pop();
            if (single.containsKey(chain) && reached.add(chain)) {
                single.get(chain).forEach(line -> targets(line, todo));
            }
        }
        return lines.stream()
                .filter(line -> {
                    Matcher chain = CHAIN.matcher(line);
                    return !chain.lookingAt() || reached.contains(chain.group(1));
                })
                .toList();
    }

    private static void targets(String line, Deque<String> todo) {
        Matcher target = TARGET.matcher(line);
        if (line.startsWith("-A KUBE-") && target.find()) {
            todo.add(target.group(1));
        }
    }
}
