package jflannel.firewall;

import static java.lang.System.Logger.Level.INFO;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Family;
import jflannel.linux.Command;
import jflannel.names.Names;

/// A network's rules of one family in nftables: a table of our own, which is read and replaced as a whole.
final class NftTool implements RuleTool {
    private static final System.Logger LOG = System.getLogger(NftTool.class.getName());

    private static final List<NftText.Dialect> DIALECTS = List.of(
            new NftText.Dialect(true, true),
            new NftText.Dialect(true, false),
            new NftText.Dialect(false, true),
            new NftText.Dialect(false, false));

    private final Program nft = new Program("nft", "nftables");
    private final NftText text;
    private final KnownListings listings = new KnownListings("nft");
    private NftText.Dialect dialect;

    NftTool(Names names, Family family) {
        this.text = new NftText(names, family);
    }

    @Override
    public Family family() {
        return text.family();
    }

    @Override
    public boolean keep(Map<OwnChain, List<Rule>> wanted) throws IOException {
        NftText.Dialect dialect = dialect();
        Map<OwnChain, List<Rule>> able = dialect.randomPorts() ? wanted : Rule.withoutRandomPorts(wanted);
        List<String> written = lines(text.listing(able, dialect));
        if (listings.same(written, listed())) {
            return false;
        }
        Command.runWithInput(text.transaction(able, dialect), nft.path(), "-f", "-");
        if (!listings.confirm(written, listed())) {
            listings.warn(words());
        }
        return true;
    }

    @Override
    public String program() {
        return "nft";
    }

    @Override
    public List<String> places(Map<OwnChain, List<Rule>> wanted) {
        return wanted.isEmpty() ? List.of() : List.of(words());
    }

    /// Comments do not count: whether nft lists them depends on its release.
    @Override
    public List<String> lacking(Map<OwnChain, List<Rule>> wanted, boolean exactly) throws IOException {
        if (wanted.isEmpty()) {
            return List.of();
        }
        List<String> listed = withoutComments(listed());
        if (listed.isEmpty()) {
            return List.of("nft: there is no table " + words());
        }
        List<String> lacking = wanted.keySet().stream()
                .filter(own -> !listed.contains(own.nft().hook()))
                .map(own -> "nft: the table %s has no chain %s"
                        .formatted(words(), own.nft().chain()))
                .sorted()
                .toList();
        List<String> written = withoutComments(lines(text.listing(wanted, DIALECTS.getFirst())));
        return !lacking.isEmpty() || !exactly || listings.confirm(written, listed)
                ? lacking
                : List.of("nft: the table %s holds other rules than it should".formatted(words()));
    }

    private static List<String> withoutComments(List<String> lines) {
        return lines.stream().filter(line -> !line.startsWith("comment ")).toList();
    }

    @Override
    public boolean exists() throws IOException {
        return lines(Command.run(nft.path(), "list", "tables")).contains("table " + words());
    }

    @Override
    public boolean remove() throws IOException {
        if (!exists()) {
            return false;
        }
        Command.runWithInput("delete table %s\n".formatted(words()), nft.path(), "-f", "-");
        return true;
    }

    /// What our table holds; empty if there is no table. If nft fails for another reason, writing will fail too and
    /// report it.
    private List<String> listed() throws IOException {
        Command.Result result =
                Command.attempt("", nft.path(), "list", "table", NftText.family(family()), text.table());
        return result.exitCode() == 0 ? lines(result.output()) : List.of();
    }

    private static List<String> lines(String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
    }

    private NftText.Dialect dialect() throws IOException {
        if (dialect == null) {
            dialect = probe();
        }
        return dialect;
    }

    private NftText.Dialect probe() throws IOException {
        Command.Failed first = null;
        for (NftText.Dialect candidate : DIALECTS) {
            try {
                Command.runWithInput(text.probe(candidate), nft.path(), "--check", "-f", "-");
                if (!candidate.randomPorts()) {
                    LOG.log(
                            INFO,
                            "no random ports in nftables here: ports of masqueraded connections are not fully random");
                }
                return candidate;
            } catch (Command.Failed e) {
                first = first == null ? e : first;
            }
        }
        throw first;
    }

    @Override
    public boolean sameRulesAs(RuleTool other) {
        return other instanceof NftTool tool && tool.text.equals(text);
    }

    @Override
    public Set<String> tables() {
        return Set.of(text.table());
    }

    @Override
    public Set<Names> networks() throws IOException {
        return names(Command.run(nft.path(), "list", "tables"));
    }

    /// @param tables as nft lists them: `table ip flannel-ipv4`
    static Set<Names> names(String tables) {
        return lines(tables).stream()
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .flatMap(name -> Names.ownerOf(name).stream())
                .collect(Collectors.toSet());
    }

    @Override
    public boolean reported() {
        return true;
    }

    /// The family and name of our table.
    @Override
    public String words() {
        return text.qualifiedTable();
    }
}
