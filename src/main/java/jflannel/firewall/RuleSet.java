package jflannel.firewall;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import jflannel.status.FirewallRules;

/// A set of our rules in the kernel. Called only on the thread of its [RuleKeeper].
///
/// @param <W> describes the rules wanted
interface RuleSet<W> {
    /// Makes the kernel's rules match; writes nothing if they do already.
    ///
    /// @return true if rules were written
    /// @throws IOException if rules cannot be read or written, with a message for the administrator; try again
    ///     later
    boolean converge(W wanted) throws IOException;

    /// Names of the nftables tables that hold our rules, of any family, as of the last [#converge].
    Set<String> tables();

    /// True if the kernel reports changes of our rules, so that an occasional check is enough.
    boolean reported();

    /// The tool in use, and the chains or tables that hold our rules, as of the last [#converge]; empty if a status
    /// does not name them.
    default Optional<FirewallRules> inPlace() {
        return Optional.empty();
    }

    /// A name for the log.
    String words();
}
