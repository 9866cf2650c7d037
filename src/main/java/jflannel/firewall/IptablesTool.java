package jflannel.firewall;

import static java.lang.System.Logger.Level.INFO;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Family;
import jflannel.linux.Command;
import jflannel.names.Names;

/// A network's rules of one family in iptables: read by one `iptables-save`, written by one `iptables-restore`.
///
/// There are two kinds of iptables: the old one ("legacy"), and one that keeps its rules in nftables. Neither shows
/// the other's rules, but the kernel applies both. Distributions install one or both, as `iptables-legacy` and
/// `iptables-nft`, and `iptables` is the one that the administrator chose.
final class IptablesTool implements RuleTool {
    private static final System.Logger LOG = System.getLogger(IptablesTool.class.getName());

    /// How long to wait for the lock. If that fails, the whole check is repeated later.
    private static final int LOCK_SECONDS = 5;

    private final Family family;
    private final Program iptables;
    private final Program save;
    private final Program restore;
    private final IptablesText text;
    private final KnownListings listings;
    private IptablesVersion version;

    /// @param variant "" for the node's default, or `-legacy` or `-nft`
    IptablesTool(Names names, Family family, String variant) {
        this.family = family;
        this.text = new IptablesText(names);
        String name = (family == Family.IPV4 ? "iptables" : "ip6tables") + variant;
        this.iptables = new Program(name, "iptables");
        this.listings = new KnownListings(name);
        this.save = new Program(name + "-save", "iptables");
        this.restore = new Program(name + "-restore", "iptables");
    }

    @Override
    public Family family() {
        return family;
    }

    @Override
    public boolean keep(Map<OwnChain, List<Rule>> wanted) throws IOException {
        Map<OwnChain, List<Rule>> able = version().randomFullyAndWait() ? wanted : Rule.withoutRandomPorts(wanted);
        String changes = text.transaction(read(), able, listings);
        if (changes.isEmpty()) {
            return false;
        }
        write(changes);
        confirm(able);
        return true;
    }

    @Override
    public String program() {
        return "iptables";
    }

    @Override
    public List<String> places(Map<OwnChain, List<Rule>> wanted) {
        return wanted.keySet().stream().map(text::place).sorted().toList();
    }

    @Override
    public List<String> lacking(Map<OwnChain, List<Rule>> wanted, boolean exactly) throws IOException {
        SavedRules now = read();
        return wanted.entrySet().stream()
                .flatMap(entry ->
                        text.lacking(now, entry.getKey(), exactly ? entry.getValue() : List.of(), listings).stream())
                .map(lack -> iptables.name() + ": " + lack)
                .toList();
    }

    @Override
    public boolean exists() throws IOException {
        return !removal().isEmpty();
    }

    /// The input for iptables-restore that removes everything of ours; empty if there is nothing.
    private String removal() throws IOException {
        return text.transaction(read(), Map.of(), listings);
    }

    @Override
    public boolean remove() throws IOException {
        String changes = removal();
        if (changes.isEmpty()) {
            return false;
        }
        write(changes);
        return true;
    }

    private void confirm(Map<OwnChain, List<Rule>> wanted) throws IOException {
        SavedRules now = read();
        wanted.forEach((own, rules) -> listings.confirm(text.written(own, rules), text.listed(now, own)));
        if (!text.transaction(now, wanted, listings).isEmpty()) {
            listings.warn(iptables.name());
        }
    }

    /// Reads all tables, because asking the old iptables for one table would create it.
    private SavedRules read() throws IOException {
        List<String> lines = Command.lines(SavedRules::concernsUs, save.path());
        for (String line : lines) {
            Optional<String> table = SavedRules.unreadableTable(line);
            if (table.isPresent()) {
                throw new IOException(
                        ("%s cannot list its table %s, because it holds rules made with nft: move those to a table of"
                                        + " their own, or set EnableNFTables to true")
                                .formatted(save.name(), table.get()));
            }
        }
        return SavedRules.parse(lines);
    }

    private void write(String changes) throws IOException {
        if (version().randomFullyAndWait()) {
            Command.runWithInput(changes, restore.path(), "--noflush", "--wait=" + LOCK_SECONDS);
        } else {
            Command.runWithInput(changes, restore.path(), "--noflush");
        }
    }

    private IptablesVersion version() throws IOException {
        if (version == null) {
            version = IptablesVersion.parse(Command.run(iptables.path(), "--version"));
            if (!version.randomFullyAndWait()) {
                LOG.log(
                        INFO,
                        "{0} is older than 1.6.2: ports of masqueraded connections are not fully random",
                        iptables.name());
            }
        }
        return version;
    }

    @Override
    public boolean sameRulesAs(RuleTool other) throws IOException {
        return other instanceof IptablesTool tool
                && tool.family == family
                && tool.text.equals(text)
                && tool.version().nfTables() == version().nfTables();
    }

    @Override
    public Set<String> tables() throws IOException {
        return version().nfTables() ? IptablesText.TABLES : Set.of();
    }

    @Override
    public Set<Names> networks() throws IOException {
        return read().lines().stream()
                .filter(SavedRules.Line::declaresChain)
                .flatMap(line -> Names.ownerOf(line.chain()).stream())
                .collect(Collectors.toSet());
    }

    @Override
    public boolean reported() throws IOException {
        return version().nfTables();
    }

    @Override
    public String words() {
        return iptables.name();
    }
}
