package jflannel.firewall;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.stream.Collectors;
import jflannel.names.Names;

/// A network's rules in the language of iptables-save(8) and iptables-restore(8).
record IptablesText(Names names) {
    /// In the order in which we change them.
    static final SequencedSet<String> TABLES =
            Collections.unmodifiableSequencedSet(new LinkedHashSet<>(List.of("filter", "nat")));

    /// The input for `iptables-restore --noflush` that turns `now` into `wanted`; empty if there is no difference.
    ///
    /// Each table changes atomically. Chains are always rewritten as a whole: a line that names the chain empties
    /// it, and the rules that follow refill it within the same transaction.
    String transaction(SavedRules now, Map<OwnChain, List<Rule>> wanted, KnownListings listings) {
        StringBuilder text = new StringBuilder();
        for (String table : TABLES) {
            List<String> commands = new ArrayList<>();
            for (OwnChain own : OwnChain.values()) {
                // Go flannel's clean-up looks for both chains in the table nat: leave none in the wrong table
                boolean wantedHere = own.iptables().table().equals(table) && wanted.containsKey(own);
                commands.addAll(wantedHere ? filling(now, own, wanted.get(own), listings) : removal(now, table, own));
            }
            if (!commands.isEmpty()) {
                text.append("*%s\n%s\nCOMMIT\n".formatted(table, String.join("\n", commands)));
            }
        }
        return text.toString();
    }

    /// The rules of a chain as we write them, each as words joined by single spaces.
    List<String> written(OwnChain own, List<Rule> rules) {
        return rules.stream().map(rule -> String.join(" ", words(own, rule))).toList();
    }

    /// The same in the tool's listing.
    List<String> listed(SavedRules now, OwnChain own) {
        return now.rulesOf(own.iptables().table(), own.chain(names)).stream()
                .map(line -> String.join(" ", line.words()))
                .toList();
    }

    /// The chain of a network, for a status.
    String place(OwnChain own) {
        return own.chain(names);
    }

    /// What the tool's listing lacks of a chain, in words; empty if it lacks nothing.
    ///
    /// @param rules of the chain; empty if any will do
    Optional<String> lacking(SavedRules now, OwnChain own, List<Rule> rules, KnownListings listings) {
        String table = own.iptables().table();
        String chain = own.chain(names);
        if (!now.hasChain(table, chain)) {
            return Optional.of("the table %s has no chain %s".formatted(table, chain));
        }
        if (now.rulesOf(table, own.iptables().parent()).stream().noneMatch(line -> line.leadsTo(chain))) {
            return Optional.of(
                    "no rule of %s leads to %s".formatted(own.iptables().parent(), chain));
        }
        return rules.isEmpty() || listings.confirm(written(own, rules), listed(now, own))
                ? Optional.empty()
                : Optional.of("the chain %s holds other rules than it should".formatted(chain));
    }

    private List<String> filling(SavedRules now, OwnChain own, List<Rule> rules, KnownListings listings) {
        String table = own.iptables().table();
        String parent = own.iptables().parent();
        String chain = own.chain(names);
        String comment = own.comment(names);
        List<String> commands = new ArrayList<>();
        if (!now.hasChain(table, chain) || !listings.same(written(own, rules), listed(now, own))) {
            commands.add(":" + chain + " - [0:0]");
            rules.forEach(rule -> commands.add("-A " + chain + " " + text(words(own, rule))));
        }
        List<SavedRules.Line> ours = now.rulesOf(table, parent).stream()
                .filter(line -> line.leadsTo(chain) || line.commented(comment))
                .toList();
        List<SavedRules.Line> jumps =
                ours.stream().filter(line -> line.words().equals(jump(own))).toList();
        if (jumps.isEmpty()) {
            commands.add("-A " + parent + " " + text(jump(own)));
        }
        // -D deletes the first matching rule, so of several jumps the last one stays
        jumps.stream().skip(1).forEach(line -> commands.add(deletion(line)));
        ours.stream().filter(line -> !jumps.contains(line)).forEach(line -> commands.add(deletion(line)));
        return commands;
    }

    /// First removes all jumps to the chain, whoever added them: a chain in use cannot be deleted.
    private List<String> removal(SavedRules now, String table, OwnChain own) {
        String parent = own.iptables().parent();
        String chain = own.chain(names);
        String comment = own.comment(names);
        List<String> commands = now.rules(table).stream()
                .filter(line -> !line.chain().equals(chain))
                .filter(line -> line.leadsTo(chain) || (line.chain().equals(parent) && line.commented(comment)))
                .map(IptablesText::deletion)
                .collect(Collectors.toCollection(ArrayList::new));
        if (now.hasChain(table, chain)) {
            Collections.addAll(commands, "-F " + chain, "-X " + chain);
        }
        return commands;
    }

    private static String deletion(SavedRules.Line line) {
        return "-D " + line.chain() + " " + line.text();
    }

    private List<String> jump(OwnChain own) {
        return List.of("-m", "comment", "--comment", own.comment(names), "-j", own.chain(names));
    }

    /// In the order in which iptables-save prints them.
    private List<String> words(OwnChain own, Rule rule) {
        List<String> words = new ArrayList<>();
        address("-s", rule.source(), words);
        address("-d", rule.destination(), words);
        if (rule.mark() != 0) {
            Collections.addAll(words, "-m", "mark", "--mark", "0x%1$x/0x%1$x".formatted(rule.mark()));
        }
        Collections.addAll(words, "-m", "comment", "--comment", own.comment(names), "-j");
        words.addAll(rule.verdict().iptables());
        return words;
    }

    private static void address(String flag, Addresses addresses, List<String> words) {
        if (addresses.all()) {
            return;
        }
        if (addresses.outside()) {
            words.add("!");
        }
        Collections.addAll(words, flag, addresses.cidr().toString());
    }

    private static String text(List<String> words) {
        return words.stream()
                .map(word -> word.contains(" ") ? '"' + word + '"' : word)
                .collect(Collectors.joining(" "));
    }
}
