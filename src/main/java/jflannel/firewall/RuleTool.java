package jflannel.firewall;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.names.Names;

/// One network's rules of one address family in one of the kernel's firewalls.
interface RuleTool {
    Family family();

    /// Makes our chains hold `wanted` and removes those that are not in it. Writes nothing if all is right
    /// already, and one atomic transaction otherwise.
    ///
    /// @return true if something was changed
    /// @throws Program.Missing if this node lacks the tool
    /// @throws IOException if the tool fails; its message is the tool's own
    boolean keep(Map<Purpose, List<Rule>> wanted) throws IOException;

    /// True if there is anything of ours, current or left over.
    boolean exists() throws IOException;

    /// Removes all that is ours.
    ///
    /// @return true if there was anything
    boolean remove() throws IOException;

    /// True if both have the same rules in the kernel before them.
    boolean sameRulesAs(RuleTool other) throws IOException;

    /// Names of the nftables tables that our rules live in; empty if they are not in nftables.
    Set<String> tables() throws IOException;

    /// True if the kernel reports changes of these rules over netlink.
    boolean reported() throws IOException;

    /// The networks that have rules of ours in this firewall.
    Set<Names> networks() throws IOException;

    /// What it is, for log and error messages.
    String words();
}
