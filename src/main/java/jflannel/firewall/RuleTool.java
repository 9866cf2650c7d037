package jflannel.firewall;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.names.Names;

/// A network's rules of one address family in one of the kernel's firewalls.
interface RuleTool {
    Family family();

    /// Makes our chains hold `wanted`, and removes chains that are not in it. Writes nothing if that is already so,
    /// and otherwise one atomic transaction.
    ///
    /// @return true if something was changed
    /// @throws Program.Missing if the tool is not installed
    /// @throws IOException if the tool fails, with its own message
    boolean keep(Map<OwnChain, List<Rule>> wanted) throws IOException;

    /// True if there is anything of ours, current or leftover.
    boolean exists() throws IOException;

    /// Removes everything of ours.
    ///
    /// @return true if there was anything
    boolean remove() throws IOException;

    /// True if both tools operate on the same rules in the kernel.
    boolean sameRulesAs(RuleTool other) throws IOException;

    /// The program that makes them: `iptables` or `nft`.
    String program();

    /// Where these rules are: chains, or a table of nft's.
    List<String> places(Map<OwnChain, List<Rule>> wanted);

    /// Looks, and changes nothing.
    ///
    /// @param exactly false if another program's rules will do that are in the same places
    /// @return what is not in place, in words; empty if all is
    List<String> lacking(Map<OwnChain, List<Rule>> wanted, boolean exactly) throws IOException;

    /// Names of the nftables tables that hold our rules; empty if they are not in nftables.
    Set<String> tables() throws IOException;

    /// True if the kernel reports changes of these rules over netlink.
    boolean reported() throws IOException;

    /// The networks with rules in this firewall.
    Set<Names> networks() throws IOException;

    /// A name for log and error messages.
    String words();
}
