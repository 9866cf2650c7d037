package jflannel.firewall;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import jflannel.ip.Family;

/// The masquerade and forward rules of this node. Only the control thread calls it; [Upkeep] says when.
///
/// ```
/// FirewallConfig ──Rule──> list of rules ──IptablesText──> IptablesKeeper: iptables-save, iptables-restore
///                                        └──NftText──────> NftKeeper:      nft list table, nft -f -
/// ```
///
/// Each check reads what the kernel has and writes only what differs. When a node changes from iptables to
/// nftables or back, the new rules come first and the old ones, of this program or of Go flannel, go
/// afterwards: nothing is unprotected in between. Rules stay when the daemon ends, because pods go on.
public final class Firewall implements RuleSet<FirewallConfig> {
    private static final System.Logger LOG = System.getLogger(Firewall.class.getName());
    private static final int ATTEMPTS_TO_CLEAN = 3;

    private final Map<Family, RuleKeeper> keepers;
    private final List<Leftover> leftovers = new ArrayList<>();
    private FirewallConfig last;

    Firewall(Map<Family, RuleKeeper> keepers, List<RuleKeeper> leftovers) {
        this.keepers = keepers;
        leftovers.forEach(keeper -> this.leftovers.add(new Leftover(keeper)));
    }

    /// Rules in iptables, as the node's `iptables` and `ip6tables` make them.
    public static Firewall iptables() {
        return iptables("");
    }

    /// @param variant "", or `-legacy` or `-nft` for a certain one of the two iptables
    static Firewall iptables(String variant) {
        return new Firewall(ofEachFamily(family -> new IptablesKeeper(family, variant)), all("-legacy", "-nft"));
    }

    /// Rules in nftables, in tables of our own.
    public static Firewall nftables() {
        return new Firewall(ofEachFamily(NftKeeper::new), all("", "-legacy", "-nft"));
    }

    /// In which kinds of firewall this node has rules of flannel: names of programs and of tables.
    ///
    /// @throws IOException if a tool that is there fails
    public static List<String> remains() throws IOException {
        List<RuleKeeper> found = new ArrayList<>();
        // the node's own choice comes last: most often it is one of the others under another name
        for (RuleKeeper keeper : all("-legacy", "-nft", "")) {
            try {
                if (keeper.exists() && !sameAsAny(keeper, found)) {
                    found.add(keeper);
                }
            } catch (Program.Missing e) {
                LOG.log(DEBUG, e.getMessage());
            }
        }
        return found.stream().map(RuleKeeper::words).toList();
    }

    private static boolean sameAsAny(RuleKeeper keeper, List<RuleKeeper> others) throws IOException {
        for (RuleKeeper other : others) {
            if (keeper.sameRulesAs(other)) {
                return true;
            }
        }
        return false;
    }

    /// Removes all rules and chains of flannel, of every kind, from this node.
    ///
    /// @return true if there were any
    /// @throws IOException if a tool fails; what the other tools keep is removed nevertheless
    public static boolean removeAll() throws IOException {
        boolean changed = false;
        IOException failure = null;
        for (RuleKeeper keeper : all("", "-legacy", "-nft")) {
            try {
                changed |= keeper.remove();
            } catch (Program.Missing e) {
                LOG.log(DEBUG, e.getMessage());
            } catch (IOException e) {
                failure = combined(failure, e);
            }
        }
        try {
            changed |= PeerFilter.remove();
        } catch (IOException e) {
            failure = combined(failure, e);
        }
        if (failure != null) {
            throw failure;
        }
        return changed;
    }

    /// One family's failure does not stop the other.
    @Override
    public boolean converge(FirewallConfig wanted) throws IOException {
        boolean changed = false;
        IOException failure = null;
        for (Family family : Family.values()) {
            try {
                changed |= converge(wanted, family);
                changed |= clean(family);
            } catch (IOException e) {
                failure = combined(failure, e);
            }
        }
        if (failure != null) {
            throw failure;
        }
        last = wanted;
        return changed;
    }

    private boolean converge(FirewallConfig wanted, Family family) throws IOException {
        RuleKeeper keeper = keepers.get(family);
        boolean enabled = wanted.networks().containsKey(family);
        if (!enabled && wanted.equals(last)) {
            return false; // what an earlier run left of this family is gone
        }
        try {
            return keeper.keep(Rule.all(wanted, family));
        } catch (IOException e) {
            if (enabled && (wanted.masquerade() || wanted.forward())) {
                throw e;
            }
            LOG.log(DEBUG, "{0} not looked at: {1}", keeper.words(), e.getMessage());
            return false;
        }
    }

    /// Removes the rules of a family that are in a kind of firewall not used now. Most often there are none; a tool
    /// that fails at it is tried a few times and then let alone.
    private boolean clean(Family family) {
        boolean changed = false;
        for (Leftover leftover : leftovers.stream()
                .filter(leftover -> leftover.keeper.family() == family)
                .toList()) {
            RuleKeeper keeper = leftover.keeper;
            try {
                if (!keeper.sameRulesAs(keepers.get(family)) && keeper.remove()) {
                    changed = true;
                    LOG.log(INFO, "removed the rules that were in {0}", keeper.words());
                }
                leftovers.remove(leftover);
            } catch (Program.Missing e) {
                LOG.log(DEBUG, "no old rules to remove: {0}", e.getMessage());
                leftovers.remove(leftover);
            } catch (IOException e) {
                LOG.log(WARNING, "old rules may be left in {0}: {1}", keeper.words(), e.getMessage());
                if (++leftover.failures == ATTEMPTS_TO_CLEAN) {
                    leftovers.remove(leftover);
                }
            }
        }
        return changed;
    }

    private static final class Leftover {
        final RuleKeeper keeper;
        int failures;

        Leftover(RuleKeeper keeper) {
            this.keeper = keeper;
        }
    }

    @Override
    public boolean concerns(String nftTable) {
        return keepers.values().stream().anyMatch(keeper -> {
            try {
                return keeper.livesIn(nftTable);
            } catch (IOException e) {
                return true; // better one check too many
            }
        });
    }

    @Override
    public String words() {
        return "firewall rules";
    }

    @Override
    public boolean reported() {
        return keepers.values().stream().allMatch(keeper -> {
            try {
                return keeper.reported();
            } catch (IOException e) {
                return false;
            }
        });
    }

    private static List<RuleKeeper> all(String... iptablesVariants) {
        return Stream.of(Family.values())
                .flatMap(family -> Stream.concat(
                        Stream.of(iptablesVariants).map(variant -> new IptablesKeeper(family, variant)),
                        Stream.of(new NftKeeper(family))))
                .toList();
    }

    private static Map<Family, RuleKeeper> ofEachFamily(Function<Family, RuleKeeper> keeper) {
        Map<Family, RuleKeeper> keepers = new EnumMap<>(Family.class);
        for (Family family : Family.values()) {
            keepers.put(family, keeper.apply(family));
        }
        return keepers;
    }

    private static IOException combined(IOException first, IOException next) {
        if (first == null) {
            return next;
        }
        IOException both = new IOException(first.getMessage() + "; " + next.getMessage(), first);
        both.addSuppressed(next);
        return both;
    }
}
