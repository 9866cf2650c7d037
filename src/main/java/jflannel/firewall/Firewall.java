package jflannel.firewall;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.names.Names;
import jflannel.status.FirewallRules;

/// The masquerade and forward rules of this node.
///
/// ```
/// FirewallConfig ──Rule──> list of rules ──IptablesText──> IptablesTool: iptables-save, iptables-restore
///                                        └──NftText──────> NftTool:      nft list table, nft -f -
/// ```
///
/// Each check reads the kernel's rules and writes only what differs. When a node changes between iptables and
/// nftables, the new rules are added before the old ones, ours or Go flannel's, are removed, so there is no gap in
/// protection. Rules stay when the daemon exits, because the pods keep running.
final class Firewall implements RuleSet<FirewallConfig> {
    private static final System.Logger LOG = System.getLogger(Firewall.class.getName());
    private static final int ATTEMPTS_TO_CLEAN = 3;

    private final Tools iptables;
    private final Tools nftables;
    private Tools tools;
    private List<Leftover> leftovers = List.of();
    private FirewallConfig last;

    /// The tools of one mode, and the others, in which rules of ours are leftovers.
    record Tools(List<RuleTool> ofFamilies, List<RuleTool> others) {
        RuleTool of(Family family) {
            return ofFamilies.stream()
                    .filter(tool -> tool.family() == family)
                    .findFirst()
                    .orElseThrow();
        }
    }

    /// @param former names that this network had before; rules under those names are removed too
    Firewall(Names names, Optional<Names> former) {
        this(
                new Tools(RuleTools.iptables(names, ""), RuleTools.allBut("", names, former)),
                new Tools(RuleTools.nft(names), RuleTools.allBut(RuleTools.NFT, names, former)));
    }

    Firewall(Tools iptables, Tools nftables) {
        this.iptables = iptables;
        this.nftables = nftables;
    }

    /// If one family fails, the other is still done.
    @Override
    public boolean converge(FirewallConfig wanted) throws IOException {
        use(wanted.nftables() ? nftables : iptables);
        boolean changed = false;
        Failures failures = new Failures();
        for (Family family : Family.values()) {
            try {
                changed |= converge(wanted, family);
                changed |= clean(family);
            } catch (IOException e) {
                failures.add(e);
            }
        }
        failures.throwAny();
        last = wanted;
        return changed;
    }

    private void use(Tools mode) {
        if (tools != mode) {
            tools = mode;
            leftovers = new ArrayList<>(mode.others.stream().map(Leftover::new).toList());
            last = null;
        }
    }

    private boolean converge(FirewallConfig wanted, Family family) throws IOException {
        RuleTool tool = tools.of(family);
        boolean enabled = wanted.networks().containsKey(family);
        if (!enabled && wanted.equals(last)) {
            return false; // what an earlier run left of this family has been removed
        }
        try {
            return tool.keep(Rule.all(wanted, family));
        } catch (IOException e) {
            if (enabled && (wanted.masquerade() || wanted.forward())) {
                throw e;
            }
            LOG.log(DEBUG, "{0} was not checked: {1}", tool.words(), e.getMessage());
            return false;
        }
    }

    /// Removes one family's rules from the firewalls that are not in use. Usually there are none. A tool that fails
    /// is retried a few times, then left alone.
    private boolean clean(Family family) {
        boolean changed = false;
        for (Leftover leftover : leftovers.stream()
                .filter(leftover -> leftover.tool.family() == family)
                .toList()) {
            RuleTool tool = leftover.tool;
            try {
                if (!tool.sameRulesAs(tools.of(family)) && tool.remove()) {
                    changed = true;
                    LOG.log(INFO, "removed our rules from {0}", tool.words());
                }
                leftovers.remove(leftover);
            } catch (Program.Missing e) {
                LOG.log(DEBUG, "no old rules to remove: {0}", e.getMessage());
                leftovers.remove(leftover);
            } catch (IOException e) {
                LOG.log(WARNING, "old rules may be left in {0}: {1}", tool.words(), e.getMessage());
                if (++leftover.failures == ATTEMPTS_TO_CLEAN) {
                    leftovers.remove(leftover);
                }
            }
        }
        return changed;
    }

    private static final class Leftover {
        final RuleTool tool;
        int failures;

        Leftover(RuleTool tool) {
            this.tool = tool;
        }
    }

    @Override
    public Set<String> tables() {
        Set<String> tables = new HashSet<>();
        for (RuleTool tool : tools.ofFamilies) {
            try {
                tables.addAll(tool.tables());
            } catch (IOException e) {
                LOG.log(DEBUG, "cannot tell the version of {0}: {1}", tool.words(), e.getMessage());
            }
        }
        return Set.copyOf(tables);
    }

    @Override
    public Optional<FirewallRules> inPlace() {
        return Optional.of(inPlace(tools.ofFamilies, last));
    }

    /// Where the rules of a configuration are, with these tools.
    static FirewallRules inPlace(List<RuleTool> tools, FirewallConfig wanted) {
        return new FirewallRules(
                tools.getFirst().program(),
                tools.stream()
                        .flatMap(tool -> tool.places(Rule.all(wanted, tool.family())).stream())
                        .distinct()
                        .toList());
    }

    @Override
    public boolean reported() {
        return tools.ofFamilies.stream().allMatch(tool -> {
            try {
                return tool.reported();
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Override
    public String words() {
        return "firewall rules";
    }
}
