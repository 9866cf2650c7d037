package jflannel.foreign;

/// What becomes of a packet that a rule matches.
sealed interface Verdict {
    /// The other chains of the hook are asked too; no rule of this one is any more.
    Verdict ACCEPT = Plain.ACCEPT;

    Verdict DROP = Plain.DROP;
    /// The chain that led to this one goes on.
    Verdict RETURN = Plain.RETURN;
    /// The next rule decides: this one counts, marks or logs.
    Verdict CONTINUE = Plain.CONTINUE;

    enum Plain implements Verdict {
        ACCEPT,
        DROP,
        RETURN,
        CONTINUE
    }

    /// @param returns false if the chain that led here does not go on afterwards
    record Jump(String chain, boolean returns) implements Verdict {}

    /// The source or the destination is replaced.
    ///
    /// @param source it is the source
    /// @param address by which; empty for that of the device by which it leaves
    /// @param keepsPort the port is replaced only if it is taken
    record Rewrite(boolean source, String address, boolean keepsPort) implements Verdict {}
}
