package jflannel.foreign;

import java.util.List;

/// A packet's way through the rules of one hook.
///
/// @param decisions in the order in which the packet meets them
/// @param packet as it leaves the hook. Its source is still the old one if it is masqueraded, since only the route
///     knows the new one
/// @param fate what becomes of it
public record Passage(Hook hook, List<Decision> decisions, Packet packet, Fate fate) {
    public Passage {
        decisions = List.copyOf(decisions);
    }

    /// What the rules do with the packet.
    public enum Fate {
        PASSES,
        DROPPED,
        /// A rule may drop it: that depends on something that cannot be known beforehand.
        UNCERTAIN
    }
}
