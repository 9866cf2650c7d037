package jflannel.firewall;

import java.io.IOException;

/// Rules of ours in the kernel that [Upkeep] keeps as they should be. Only the control thread calls it.
///
/// @param <W> what is wanted of them
interface RuleSet<W> {
    /// Makes the kernel's rules those that are wanted, and writes nothing if they are.
    ///
    /// @return true if rules were written
    /// @throws IOException if rules cannot be read or written, with words for the administrator: try again
    ///     later
    boolean converge(W wanted) throws IOException;

    /// True if a change of the nftables table of that name, by whomever, may have touched our rules.
    boolean concerns(String nftTable);

    /// True if the kernel reports changes of our rules, so that a check from time to time will do.
    boolean reported();

    /// What they are, for the log.
    String words();
}
