package jflannel.firewall;

import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.names.Names;

/// A network's rules of one family in the language of nft(8), in nft's own format, so that they can be compared
/// with its listing.
record NftText(Names names, Family family) {

    /// What this node's nft and kernel support.
    ///
    /// @param comments on tables and chains: since nft 0.9.7 and Linux 5.10
    /// @param randomPorts `masquerade fully-random`
    record Dialect(boolean comments, boolean randomPorts) {}

    /// `ip` or `ip6`.
    static String family(Family family) {
        return family == Family.IPV4 ? "ip" : "ip6";
    }

    /// The name of our table.
    String table() {
        return names.table(family);
    }

    /// The table's family and name.
    String qualifiedTable() {
        return family(family) + " " + table();
    }

    /// A transaction that makes the table hold `wanted` and nothing else.
    String transaction(Map<OwnChain, List<Rule>> wanted, Dialect dialect) {
        String name = qualifiedTable();
        // "add" so that "delete" cannot fail; it is one transaction, so no packet sees the state in between
        return "add table %s\ndelete table %s\n%s".formatted(name, name, listing(wanted, dialect));
    }

    /// The table as nft prints it.
    String listing(Map<OwnChain, List<Rule>> wanted, Dialect dialect) {
        StringBuilder text = new StringBuilder("table %s {\n".formatted(qualifiedTable()));
        text.append(comment("\t", "rules for " + table(), dialect));
        for (OwnChain own : OwnChain.values()) {
            if (wanted.containsKey(own)) {
                text.append(chain(own, wanted.get(own), dialect));
            }
        }
        return text.append("}\n").toString();
    }

    /// A transaction that is only checked, never committed, to find out whether a dialect is supported.
    String probe(Dialect dialect) {
        Addresses anywhere = Addresses.in(Cidr.all(family));
        Verdict masquerade = dialect.randomPorts() ? Verdict.MASQUERADE_FULLY_RANDOM : Verdict.MASQUERADE;
        Map<OwnChain, List<Rule>> rules =
                Map.of(OwnChain.MASQUERADE, List.of(new Rule(0, anywhere, anywhere, masquerade)));
        return transaction(rules, dialect);
    }

    private String chain(OwnChain own, List<Rule> rules, Dialect dialect) {
        OwnChain.Nft names = own.nft();
        StringBuilder text = new StringBuilder("\tchain %s {\n".formatted(names.chain()));
        text.append(comment("\t\t", names.comment(), dialect));
        text.append("\t\t").append(names.hook()).append('\n');
        rules.forEach(
                rule -> text.append("\t\t").append(rule(family(family), rule)).append('\n'));
        return text.append("\t}\n").toString();
    }

    private static String comment(String indent, String words, Dialect dialect) {
        return dialect.comments() ? "%scomment \"%s\"\n".formatted(indent, words) : "";
    }

    private static String rule(String family, Rule rule) {
        String mark = rule.mark() == 0 ? "" : "meta mark & 0x%1$08x == 0x%1$08x ".formatted(rule.mark());
        return mark
                + address(family + " saddr", rule.source())
                + address(family + " daddr", rule.destination())
                + rule.verdict().nft();
    }

    private static String address(String field, Addresses addresses) {
        if (addresses.all()) {
            return "";
        }
        return "%s %s%s ".formatted(field, addresses.outside() ? "!= " : "", words(addresses.cidr()));
    }

    /// A block as nft lists it: a single address has no prefix length.
    static String words(Cidr cidr) {
        boolean single = cidr.length() == cidr.family().bits();
        return (single ? cidr.address() : cidr).toString();
    }
}
