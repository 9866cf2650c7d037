package jflannel.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// A packet's way, as far as it gets.
///
/// @param question which packet, with the source that it has
/// @param hops in the order in which the packet meets them; the last one is the one that it does not pass, if any
/// @param notes what limits the answer: parts that could not be read, and what they would have shown
/// @param end which packet it is at the end: a rule may have translated its addresses, such as those of a Service
/// @param live what became of a real packet, if one was asked for
public record Trace(Question question, List<Hop> hops, List<String> notes, Question end, Optional<Live> live) {
    public Trace {
        hops = List.copyOf(hops);
        notes = List.copyOf(notes);
    }

    /// One for which nothing was sent, of a packet that nobody translates.
    public Trace(Question question, List<Hop> hops, List<String> notes) {
        this(question, hops, notes, question, Optional.empty());
    }

    /// The same, corrected by what was really seen: a hop where the probe was lost is broken, and what could not be
    /// said before is known if the probe arrived.
    public Trace with(Live seen) {
        List<Hop> corrected = new ArrayList<>(hops);
        if (seen.answer().arrived()) {
            corrected.replaceAll(hop -> hop.verdict() == Verdict.UNKNOWN ? hop.passed() : hop);
        }
        if (broken().isEmpty()) {
            seen.loss(hops).ifPresent(loss -> corrected.set(loss.hop(), lost(hops.get(loss.hop()), loss.reason())));
        }
        List<String> limits = new ArrayList<>(notes);
        if (seen.sent() && isWatchedElsewhere()) {
            limits.add("The other node's times are put between those of this node: its clock may differ.");
        } else if (seen.sent() && hops.stream().anyMatch(Hop::predicted)) {
            limits.add("Only devices of this node were watched. What happens elsewhere is predicted.");
        }
        return new Trace(question, corrected, limits, end, Optional.of(seen));
    }

    /// The same with hops of another node.
    ///
    /// @param at the index of the first
    public Trace inserted(int at, List<Hop> there) {
        List<Hop> all = new ArrayList<>(hops);
        all.addAll(at, there);
        return new Trace(question, all, notes, end, live);
    }

    /// The same with a note more.
    public Trace noting(String note) {
        List<String> all = new ArrayList<>(notes);
        all.add(note);
        return new Trace(question, hops, all, end, live);
    }

    private boolean isWatchedElsewhere() {
        return hops.stream().anyMatch(Hop::isWatchedElsewhere);
    }

    private Hop lost(Hop hop, String reason) {
        return hop.broken(
                reason,
                hop.predicted() || hop.isWatchedElsewhere()
                        ? "Ask the other node: flannel trace %s %s".formatted(question.source(), question.destination())
                        : "");
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

    /// The answer in a sentence, or two if a packet was sent.
    public String summary() {
        return live.map(seen -> predicted() + " " + seen.summary()).orElseGet(this::predicted);
    }

    private String predicted() {
        return switch (verdict()) {
            case OK ->
                hops.stream().anyMatch(Hop::predicted) && !isWatchedElsewhere()
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
