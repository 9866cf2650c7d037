package jflannel.foreign;

import java.util.Optional;

/// What happens to a packet that a rule matches.
sealed interface Verdict {
    /// Ends this chain; other chains of the hook still see the packet.
    Verdict ACCEPT = Plain.ACCEPT;

    Verdict DROP = Plain.DROP;
    /// Returns to the chain that jumped here.
    Verdict RETURN = Plain.RETURN;
    /// Leaves the decision to the next rule: this one counts or logs.
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
    /// @param address the new address, perhaps with a port; empty for that of the device
    /// @param port the new port; 0 if `address` says it, or it stays
    /// @param keepsPort the port changes only if it is taken
    record Rewrite(boolean source, String address, int port, boolean keepsPort) implements Verdict {}

    /// Gives the packet a firewall mark: clears the bits of `mask`, then inverts those of `bits`.
    ///
    /// @param known false if the mark depends on something else, and the numbers mean nothing
    record Mark(long mask, long bits, boolean known) implements Verdict {
        static final long ALL = 0xffff_ffffL;
        static final Mark UNKNOWN = new Mark(0, 0, false);

        Optional<Long> of(Optional<Long> before) {
            if (!known || before.isEmpty() && mask != ALL) {
                return Optional.empty();
            }
            return Optional.of((before.orElse(0L) & ~mask ^ bits) & ALL);
        }
    }
}
