package jflannel.firewall;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import jflannel.ip.Family;

/// Our rules of one address family in one of the kernel's firewalls.
interface RuleKeeper {
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
    boolean sameRulesAs(RuleKeeper other) throws IOException;

    /// True if our rules may be concerned when somebody changes the nftables table of that name.
    boolean livesIn(String nftTable) throws IOException;

    /// True if the kernel reports changes of these rules over netlink.
    boolean reported() throws IOException;

    /// What it is, for log and error messages.
    String words();
}
