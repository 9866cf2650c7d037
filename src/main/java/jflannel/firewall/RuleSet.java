package jflannel.firewall;

import java.io.IOException;
import java.util.Set;

/// Rules of ours in the kernel. Only the thread of their [RuleKeeper] calls it.
///
/// @param <W> what is wanted of them
interface RuleSet<W> {
    /// Makes the kernel's rules those that are wanted, and writes nothing if they are.
    ///
    /// @return true if rules were written
    /// @throws IOException if rules cannot be read or written, with words for the administrator: try again
    ///     later
    boolean converge(W wanted) throws IOException;

    /// Names of the nftables tables that our rules live in, as far as is known since the last [#converge]; of
    /// whatever family.
    Set<String> tables();

    /// True if the kernel reports changes of our rules, so that a check from time to time will do.
    boolean reported();

    /// What they are, for the log.
    String words();
}
