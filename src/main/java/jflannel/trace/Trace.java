package jflannel.trace;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// A packet's way, as far as it gets.
///
/// @param question which packet, with the source that it has
/// @param hops in the order in which the packet meets them; the last one is the one that it does not pass, if any
/// @param notes what limits the answer: parts that could not be read, and what they would have shown
public record Trace(Question question, List<Hop> hops, List<String> notes) {
    public Trace {
        hops = List.copyOf(hops);
        notes = List.copyOf(notes);
    }

    /// Whether the packet arrives.
    public Verdict verdict() {
        return hops.stream().map(Hop::verdict).anyMatch(Verdict.BROKEN::equals)
                ? Verdict.BROKEN
                : hops.stream().map(Hop::verdict).anyMatch(Verdict.UNKNOWN::equals) ? Verdict.UNKNOWN : Verdict.OK;
    }

    /// The index of the hop that it does not pass.
    public OptionalInt broken() {
        return IntStream.range(0, hops.size())
                .filter(i -> hops.get(i).verdict() == Verdict.BROKEN)
                .findFirst();
    }

    /// The answer in one sentence.
    public String summary() {
        return switch (verdict()) {
            case OK ->
                hops.stream().anyMatch(Hop::predicted)
                        ? "The packet leaves this node as it should; what the other node does is predicted."
                        : "The packet arrives.";
            case BROKEN -> "The packet does not arrive: " + sentence(hops.get(broken().orElseThrow()));
            case UNKNOWN ->
                "Whether the packet arrives cannot be said: "
                        + sentence(hops.stream()
                                .filter(hop -> hop.verdict() == Verdict.UNKNOWN)
                                .findFirst()
                                .orElseThrow());
        };
    }

    private static String sentence(Hop hop) {
        return hop.reason() + ".";
    }
}
