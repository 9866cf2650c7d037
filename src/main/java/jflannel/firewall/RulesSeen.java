package jflannel.firewall;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import jflannel.names.Names;
import jflannel.status.FirewallRules;

/// Our masquerade and forward rules, seen from outside the daemon.
///
/// @param wanted where they should be
/// @param lacking what is not in place, in words; empty if all is
public record RulesSeen(FirewallRules wanted, List<String> lacking) {
    public RulesSeen {
        lacking = List.copyOf(lacking);
    }

    /// Looks, and changes nothing.
    ///
    /// @param exactly false if other rules in the same places will do, as those of Go flannel
    /// @throws IOException if a tool fails, or is not installed
    public static RulesSeen look(Names names, FirewallConfig wanted, boolean exactly) throws IOException {
        List<RuleTool> tools = wanted.nftables() ? RuleTools.nft(names) : RuleTools.iptables(names, "");
        List<String> lacking = new ArrayList<>();
        for (RuleTool tool : tools) {
            if (wanted.networks().containsKey(tool.family())) {
                lacking.addAll(tool.lacking(Rule.all(wanted, tool.family()), exactly));
            }
        }
        return new RulesSeen(Firewall.inPlace(tools, wanted), lacking);
    }
}
