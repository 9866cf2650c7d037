package jflannel.firewall;

import static java.lang.System.Logger.Level.DEBUG;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import jflannel.names.Names;

/// All flannel rules on this node, in every firewall and for every network, whichever program made them.
public final class InstalledRules {
    private static final System.Logger LOG = System.getLogger(InstalledRules.class.getName());

    private InstalledRules() {}

    /// Names the programs and tables that hold such rules.
    ///
    /// @throws IOException if an installed tool fails
    public static List<String> find() throws IOException {
        List<RuleTool> found = new ArrayList<>();
        List<String> words = new ArrayList<>();
        for (Names names : networks()) {
            for (RuleTool tool : RuleTools.all(names)) {
                if (exists(tool) && !sameAsAny(tool, found)) {
                    found.add(tool);
                    words.add(tool.words() + (names.isDefault() ? "" : " of the network " + names.network()));
                }
            }
            if (new PeerFilter(names).exists()) {
                words.add(PeerFilterText.name(names));
            }
            if (new IsolationRules(names).exists()) {
                words.add("inet " + names.isolationTable());
            }
        }
        return words.stream().distinct().toList();
    }

    /// Removes all of them.
    ///
    /// @return true if there were any
    /// @throws IOException if a tool fails; the other tools' rules are removed all the same
    public static boolean removeAll() throws IOException {
        boolean changed = false;
        Failures failures = new Failures();
        for (Names names : networks()) {
            for (RuleTool tool : RuleTools.all(names)) {
                try {
                    changed |= tool.remove();
                } catch (Program.Missing e) {
                    LOG.log(DEBUG, e.getMessage());
                } catch (IOException e) {
                    failures.add(e);
                }
            }
            try {
                changed |= new PeerFilter(names).remove();
                changed |= new IsolationRules(names).remove();
            } catch (IOException e) {
                failures.add(e);
            }
        }
        failures.throwAny();
        return changed;
    }

    /// Always includes the default network, because old releases of flannel had rules outside chains of their own.
    private static Set<Names> networks() {
        Set<Names> networks = new LinkedHashSet<>(List.of(Names.DEFAULT));
        for (RuleTool tool : RuleTools.all(Names.DEFAULT)) {
            try {
                networks.addAll(tool.networks());
            } catch (IOException e) {
                LOG.log(DEBUG, "{0} was not checked: {1}", tool.words(), e.getMessage());
            }
        }
        return networks;
    }

    private static boolean exists(RuleTool tool) throws IOException {
        try {
            return tool.exists();
        } catch (Program.Missing e) {
            LOG.log(DEBUG, e.getMessage());
            return false;
        }
    }

    private static boolean sameAsAny(RuleTool tool, List<RuleTool> others) throws IOException {
        for (RuleTool other : others) {
            if (tool.sameRulesAs(other)) {
                return true;
            }
        }
        return false;
    }
}
