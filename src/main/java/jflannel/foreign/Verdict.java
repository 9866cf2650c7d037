package jflannel.foreign;

/// What happens to a packet that a rule matches.
sealed interface Verdict {
    /// Ends this chain; other chains of the hook still see the packet.
    Verdict ACCEPT = Plain.ACCEPT;

    Verdict DROP = Plain.DROP;
    /// Returns to the chain that jumped here.
    Verdict RETURN = Plain.RETURN;
    /// Leaves the decision to the next rule: this one counts, marks or logs.
    Verdict CONTINUE = Plain.CONTINUE;

    enum Plain implements Verdict {
        ACCEPT,
        DROP,
        RETURN,
        CONTINUE
    }

    /// @param returns false for a goto, which does not return to the calling chain
    record Jump(String chain, boolean returns) implements Verdict {}

    /// Replaces the source or the destination.
    ///
    /// @param source true for the source, false for the destination
    /// @param address the new address; empty for that of the outgoing device
    /// @param keepsPort the port changes only if it is taken
    record Rewrite(boolean source, String address, boolean keepsPort) implements Verdict {}
}
