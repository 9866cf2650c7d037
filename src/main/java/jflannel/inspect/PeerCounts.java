package jflannel.inspect;

import java.util.OptionalInt;
import jflannel.report.ReportedStatus;

/// How many other nodes there are.
///
/// @param programmed those that have all their entries in the kernel
/// @param held those that are kept although the store has lost their leases
/// @param superfluous entries that no peer needs; empty if nobody has looked
public record PeerCounts(int total, int programmed, int held, OptionalInt superfluous) {
    static PeerCounts of(Comparison comparison) {
        int held = (int) comparison.peers().stream().filter(PeerState::held).count();
        return new PeerCounts(
                comparison.peers().size(),
                (int) comparison.programmed(),
                held,
                OptionalInt.of(comparison.superfluous().size()));
    }

    static PeerCounts of(ReportedStatus status) {
        int total = status.facts().peers();
        return new PeerCounts(
                total, total - status.facts().failed(), status.facts().held(), OptionalInt.empty());
    }

    public int failed() {
        return total - programmed;
    }
}
