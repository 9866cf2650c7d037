package jflannel.firewall;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jflannel.ip.Cidr;

/// Our part of the output of `iptables-save`: our chains and their rules, and rules in other chains that jump to
/// ours or carry our comment (flannel before 0.20 put its rules directly into the built-in chains).
///
/// The format, see iptables-save(8): `*table`, `:CHAIN policy [packets:bytes]`, `-A CHAIN rule`, `COMMIT`.
record SavedRules(List<Line> lines) {
    private static final Pattern UNREADABLE = Pattern.compile("# Table `(nat|filter)' is incompatible");

    /// @param words what follows the chain's name in a rule, with addresses in canonical form; empty for a line
    ///     that only declares the chain
    /// @param text the same as printed, for use in a `-D`
    record Line(String table, String chain, List<String> words, String text) {
        boolean declaresChain() {
            return words.isEmpty();
        }

        boolean leadsTo(String target) {
            return target.equals(after("-j")) || target.equals(after("-g"));
        }

        boolean commented(String comment) {
            return comment.equals(after("--comment"));
        }

        private String after(String word) {
            int at = words.indexOf(word);
            return at < 0 || at + 1 == words.size() ? null : words.get(at + 1);
        }
    }

    /// True for the lines that [#parse] needs: a few of many thousands on a busy node.
    static boolean concernsUs(String line) {
        return line.startsWith("*")
                || line.contains("FLANNEL-")
                || line.contains("flanneld ")
                || unreadableTable(line).isPresent();
    }

    /// The table that iptables-save leaves out because it holds rules made with nft that iptables cannot express.
    /// It is still writable, so taking it for empty would add our rules again and again.
    static Optional<String> unreadableTable(String line) {
        Matcher matcher = UNREADABLE.matcher(line);
        return matcher.lookingAt() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /// @param lines of iptables-save; those that do not concern us may be missing
    static SavedRules parse(List<String> lines) {
        List<Line> found = new ArrayList<>();
        String table = "";
        for (String line : lines) {
            if (line.startsWith("*")) {
                table = line.substring(1).strip();
            } else if (line.startsWith(":")) {
                found.add(new Line(table, firstWord(line.substring(1)), List.of(), ""));
            } else if (line.startsWith("-A ")) {
                String chain = firstWord(line.substring(3));
                String text = line.substring(3 + chain.length()).strip();
                found.add(new Line(table, chain, canonical(IptablesWords.of(text)), text));
            }
        }
        return new SavedRules(List.copyOf(found));
    }

    boolean hasChain(String table, String chain) {
        return lines.stream()
                .anyMatch(line -> line.declaresChain()
                        && line.table.equals(table)
                        && line.chain().equals(chain));
    }

    /// The rules of a chain, in order.
    List<Line> rulesOf(String table, String chain) {
        return rules(table).stream().filter(line -> line.chain.equals(chain)).toList();
    }

    List<Line> rules(String table) {
        return lines.stream()
                .filter(line -> !line.declaresChain() && line.table.equals(table))
                .toList();
    }

    private static String firstWord(String text) {
        int end = text.indexOf(' ');
        return end < 0 ? text : text.substring(0, end);
    }

    private static List<String> canonical(List<String> words) {
        List<String> canonical = new ArrayList<>(words);
        for (int i = 1; i < words.size(); i++) {
            if (words.get(i - 1).equals("-s") || words.get(i - 1).equals("-d")) {
                canonical.set(i, canonical(words.get(i)));
            }
        }
        return List.copyOf(canonical);
    }

    private static String canonical(String network) {
        try {
            return Cidr.parse(network).toString();
        } catch (IllegalArgumentException e) {
            return network; // a mask that is not a prefix: not ours
        }
    }
}
