package jflannel.foreign;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.JsonException;
import jflannel.linux.Command;
import jflannel.names.Names;

/// Reads rules on this node, in both kinds of iptables and in nftables: those of other programs, or all that may
/// concern packets to an address. Runs no tool for a firewall that is empty.
final class RuleTexts {
    /// The tables of iptables-nft.
    private static final Set<String> IPTABLES = Set.of("raw", "mangle", "nat", "filter", "security");
    /// Tables with thousands of rules that are known to accept pods' traffic.
    private static final Set<String> HARMLESS = Set.of("kube-proxy");
    /// More than any node has, not counting the rules of Services.
    private static final int MOST_LINES = 20_000;
    /// The same with the rules of Services.
    private static final int MOST_OF_ALL = 300_000;

    private static final int MOST_TABLES = 16;
    private static final int MOST_JSON = 4 << 20;
    private static final int MOST_SETS = 8;
    private static final int MOST_JSON_OF_SET = 1 << 20;
    private static final int MOST_SETS_OF_ALL = 64;
    private static final int MOST_JSON_OF_ALL = 16 << 20;

    /// @param reported the kernel reports changes of all these rules
    record Result(List<Ruleset> rules, boolean reported) {}

    private final List<Ruleset> rules = new ArrayList<>();
    private final Optional<Ip> destination;
    private boolean legacy;

    /// @param destination of the packets that matter; empty for those of other nodes' pods, and for rules of other
    ///     programs only
    private RuleTexts(Optional<Ip> destination) {
        this.destination = destination;
    }

    /// @throws IOException if a tool that is needed fails
    static Result read() throws IOException {
        RuleTexts texts = new RuleTexts(Optional.empty());
        texts.read(List.of(Family.values()));
        return new Result(List.copyOf(texts.rules), !texts.legacy);
    }

    /// All rules, including those of this program, that may concern packets to an address.
    ///
    /// @throws IOException if a tool that is needed fails
    static List<Ruleset> readAll(Ip destination) throws IOException {
        RuleTexts texts = new RuleTexts(Optional.of(destination));
        texts.read(List.of(destination.family()));
        return texts.rules;
    }

    private void read(List<Family> families) throws IOException {
        List<String> tables = tables();
        for (Family family : families) {
            legacy(family);
            inNftables(family, tables);
        }
        nftables(tables);
    }

    /// Family and name of each table, such as `ip docker-bridges`; empty without nft.
    private List<String> tables() throws IOException {
        if (Command.find("nft").isEmpty()) {
            return List.of();
        }
        return Command.run(nft(), "list", "tables")
                .lines()
                .map(line -> line.replaceFirst("^table ", "").strip())
                .toList();
    }

    private static String tool(Family family) {
        return family == Family.IPV4 ? "iptables" : "ip6tables";
    }

    private void legacy(Family family) throws IOException {
        Path names =
                Path.of("/proc/thread-self/net/" + (family == Family.IPV4 ? "ip_tables_names" : "ip6_tables_names"));
        if (Files.exists(names) && !Files.readString(names).isBlank()) {
            legacy = true;
            save(family, tool(family) + "-legacy-save");
        }
    }

    private void inNftables(Family family, List<String> tables) throws IOException {
        if (tables.stream().anyMatch(table -> isOfIptables(table, family))) {
            save(family, tool(family) + "-nft-save");
        }
    }

    private static boolean isOfIptables(String table, Family family) {
        String[] words = table.split(" ");
        return words.length == 2
                && words[0].equals(family == Family.IPV4 ? "ip" : "ip6")
                && IPTABLES.contains(words[1]);
    }

    /// @param program of that variant; if it is missing, the node's default is used
    private void save(Family family, String program) throws IOException {
        Optional<Path> found =
                Command.find(program).or(() -> Command.find(program.replaceFirst("-(legacy|nft)-", "-")));
        if (found.isPresent()) {
            int most = destination.isEmpty() ? MOST_LINES : MOST_OF_ALL;
            Predicate<String> matters =
                    destination.<Predicate<String>>map(ServiceLines::mayConcern).orElse(IptablesReader::matters);
            List<String> lines =
                    Command.lines(new Limit(most, matters), found.get().toString());
            if (lines.size() >= most) {
                throw new IOException(program + " prints more than " + most + " relevant lines");
            }
            List<String> reached = destination.isEmpty() ? lines : ServiceLines.reached(lines);
            boolean other = found.get().getFileName().toString().contains("-legacy-");
            String tool = tool(family) + (other ? "-legacy" : "");
            rules.addAll(IptablesReader.read(reached, tool, family, Ipsets.of(reached)));
        }
    }

    /// Keeps the relevant lines, up to a limit.
    private static final class Limit implements Predicate<String> {
        private final int most;
        private final Predicate<String> matters;
        private int kept;

        Limit(int most, Predicate<String> matters) {
            this.most = most;
            this.matters = matters;
        }

        @Override
        public boolean test(String line) {
            return kept < most && matters.test(line) && ++kept > 0;
        }
    }

    private void nftables(List<String> tables) throws IOException {
        List<String> foreign = tables.stream()
                .filter(table -> Set.of(Family.values()).stream().noneMatch(family -> isOfIptables(table, family)))
                .filter(table -> destination.isPresent()
                        ? !isOfPolicies(name(table))
                        : Names.ownerOf(name(table)).isEmpty() && !HARMLESS.contains(name(table)))
                .filter(table -> table.split(" ").length == 2 && concerns(table))
                .limit(MOST_TABLES)
                .toList();
        List<String> documents = new ArrayList<>();
        Map<String, String> texts = new HashMap<>();
        for (String table : foreign) {
            Optional<String> document = listed("-j", table);
            document.ifPresent(documents::add);
            if (document.filter(NftDevices::areMissingIn).isPresent()) {
                listed("-n", table).ifPresent(text -> texts.put(table, text));
            }
        }
        try {
            List<String> sets = new ArrayList<>();
            List<NftSets.Key> keys = documents.stream()
                    .flatMap(document -> NftSets.named(document).stream())
                    .limit(destination.isEmpty() ? MOST_SETS : MOST_SETS_OF_ALL)
                    .toList();
            for (NftSets.Key key : keys) {
                elements(key).ifPresent(sets::add);
            }
            rules.addAll(NftReader.read(documents, NftSets.read(sets), NftDevices.read(texts)));
        } catch (JsonException e) {
            throw new IOException("nft -j does not print JSON:  " + e.getMessage(), e);
        }
    }

    /// Those have thousands of elements, and are followed by whoever knows their meaning.
    private static boolean isOfPolicies(String name) {
        return Names.ownerOf(name).filter(it -> it.policyTable().equals(name)).isPresent();
    }

    private boolean concerns(String table) {
        Family other = destination.map(Ip::family).orElse(null) == Family.IPV4 ? Family.IPV6 : Family.IPV4;
        return destination.isEmpty() || !table.startsWith(other == Family.IPV4 ? "ip " : "ip6 ");
    }

    /// Lists a table without the contents of sets, which may be long and change all day.
    ///
    /// @return empty if the table no longer exists
    private Optional<String> listed(String form, String table) throws IOException {
        String[] words = table.split(" ");
        int most = destination.isEmpty() ? MOST_JSON : MOST_JSON_OF_ALL;
        try {
            return Optional.of(Command.runLimited(most, nft(), form, "-t", "list", "table", words[0], words[1]));
        } catch (Command.Failed e) {
            if (e.getMessage().contains("No such file")) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// @return empty if the set has gone meanwhile, or is too large to be a list of networks
    private Optional<String> elements(NftSets.Key key) {
        String[] table = key.table().split(" ");
        int most = destination.isEmpty() ? MOST_JSON_OF_SET : MOST_JSON_OF_ALL;
        for (String kind : destination.isEmpty() ? List.of("set") : List.of("set", "map")) {
            try {
                return Optional.of(Command.runLimited(most, nft(), "-j", "list", kind, table[0], table[1], key.name()));
            } catch (IOException e) {
                // it has gone, is too large, or is of the other kind
            }
        }
        return Optional.empty();
    }

    private static String nft() {
        return Command.find("nft").orElseThrow().toString();
    }

    private static String name(String table) {
        return table.substring(table.lastIndexOf(' ') + 1);
    }
}
