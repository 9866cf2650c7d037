package jflannel.firewall;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.linux.Command;

/// Our rules of one family in iptables: read by one `iptables-save`, written by one `iptables-restore`.
///
/// There are two iptables, whose rules do not see each other though the kernel applies both: the old one
/// ("legacy") and one that keeps its rules in nftables. Distributions install one or both, as
/// `iptables-legacy` and `iptables-nft`, and let `iptables` be the one of the administrator's choice.
final class IptablesKeeper implements RuleKeeper {
    private static final System.Logger LOG = System.getLogger(IptablesKeeper.class.getName());

    /// How long to wait for the lock; later the whole check is repeated anyway.
    private static final int LOCK_SECONDS = 5;

    private final Family family;
    private final Program iptables;
    private final Program save;
    private final Program restore;
    private final Wording wording = new Wording();
    private IptablesVersion version;

    /// @param variant "" for the node's choice, or `-legacy` or `-nft`
    IptablesKeeper(Family family, String variant) {
        this.family = family;
        String name = (family == Family.IPV4 ? "iptables" : "ip6tables") + variant;
        this.iptables = new Program(name, "iptables");
        this.save = new Program(name + "-save", "iptables");
        this.restore = new Program(name + "-restore", "iptables");
    }

    @Override
    public Family family() {
        return family;
    }

    @Override
    public boolean keep(Map<Purpose, List<Rule>> wanted) throws IOException {
        Map<Purpose, List<Rule>> able = version().randomFullyAndWait() ? wanted : Rule.withoutRandomPorts(wanted);
        String changes = IptablesText.transaction(read(), able, wording);
        if (changes.isEmpty()) {
            return false;
        }
        write(changes);
        confirm(able);
        return true;
    }

    @Override
    public boolean exists() throws IOException {
        return !removal().isEmpty();
    }

    /// What to give iptables-restore so that nothing of ours is left; empty if nothing is there.
    private String removal() throws IOException {
        return IptablesText.transaction(read(), Map.of(), wording);
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

    private void confirm(Map<Purpose, List<Rule>> wanted) throws IOException {
        SavedRules now = read();
        wanted.forEach((purpose, rules) -> {
            List<String> listed = IptablesText.listed(now, purpose);
            if (wording.learn(IptablesText.told(purpose, rules), listed)) {
                LOG.log(INFO, "{0} words our rules in its own way: {1}", iptables.name(), listed);
            }
        });
        if (!IptablesText.transaction(now, wanted, wording).isEmpty()) {
            LOG.log(WARNING, "somebody else changed our rules of {0} just after they were set", iptables.name());
        }
    }

    /// All tables, because asking the old iptables for one table would create it.
    private SavedRules read() throws IOException {
        List<String> lines = Command.lines(SavedRules::concernsUs, save.path());
        for (String line : lines) {
            Optional<String> table = SavedRules.unreadableTable(line);
            if (table.isPresent()) {
                throw new IOException(
                        ("%s cannot list its table %s, because nft put rules into it: move those to a table of their"
                                        + " own, or set EnableNFTables to true")
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
                LOG.log(INFO, "{0} is older than 1.6.2: masqueraded ports are not fully random", iptables.name());
            }
        }
        return version;
    }

    @Override
    public boolean sameRulesAs(RuleKeeper other) throws IOException {
        return other instanceof IptablesKeeper keeper
                && keeper.family == family
                && keeper.version().nfTables() == version().nfTables();
    }

    @Override
    public boolean livesIn(String nftTable) throws IOException {
        return version().nfTables()
                && Arrays.stream(Purpose.values())
                        .anyMatch(purpose -> purpose.iptables().table().equals(nftTable));
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
