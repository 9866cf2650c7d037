package jflannel.tool;

import java.util.Optional;
import jflannel.trace.Hop;
import jflannel.trace.Question;
import jflannel.trace.Sighting;
import jflannel.trace.Trace;
import jflannel.trace.Verdict;
import jflannel.work.Printable;

/// A trace for people: a line or more for each hop.
public final class TraceText {
    private static final int WHAT = 6;
    private static final int EVIDENCE = 8;

    private final Screen screen;
    private final StringBuilder text = new StringBuilder();

    private TraceText(Screen screen) {
        this.screen = screen;
    }

    /// The text for standard output.
    public static String of(Trace trace) {
        return of(trace, Screen.ofOutput(System.getenv()));
    }

    static String of(Trace trace, Screen screen) {
        TraceText text = new TraceText(screen);
        text.trace(trace);
        return text.text.toString();
    }

    private void trace(Trace trace) {
        Question question = trace.question();
        String port = question.port() == 0 ? "" : " port " + question.port();
        line(screen.title(
                "%s > %s, %s%s".formatted(question.source(), question.destination(), question.protocolWord(), port)));
        String heading = "";
        int number = 1;
        for (Hop hop : trace.hops()) {
            String place = heading(hop);
            if (!place.equals(heading)) {
                heading = place;
                line(screen.title(heading));
            }
            int index = number - 1;
            Optional<Sighting> sighting = trace.live().flatMap(live -> live.at(index));
            hop(number++, hop, sighting);
        }
        trace.notes().forEach(note -> line(screen.doubtful(wrapped(note, 0))));
        line(painted(trace.verdict(), wrapped(trace.summary(), 0)));
    }

    private static String heading(Hop hop) {
        if (hop.node().equals(Hop.HERE)) {
            return hop.node();
        }
        return "on " + hop.node() + (hop.predicted() ? ", predicted" : "");
    }

    private void hop(int number, Hop hop, Optional<Sighting> sighting) {
        String device = hop.device().isEmpty() ? "" : hop.device() + ": ";
        String what = device + hop.what() + (hop.daemon() ? " [flanneld]" : "");
        line(painted(hop.verdict(), "%3d %s ".formatted(number, mark(hop.verdict()))) + wrapped(what, WHAT));
        hop.evidence().forEach(evidence -> line(" ".repeat(EVIDENCE) + wrapped(evidence, EVIDENCE)));
        sighting.map(Sighting::words)
                .ifPresent(words -> line(" ".repeat(EVIDENCE) + screen.title(wrapped(words, EVIDENCE))));
        if (!hop.reason().isEmpty()) {
            line(" ".repeat(WHAT) + painted(hop.verdict(), wrapped("Why: " + hop.reason(), WHAT)));
        }
        if (!hop.remedy().isEmpty()) {
            line(" ".repeat(WHAT) + screen.title(wrapped(hop.remedy(), WHAT)));
        }
    }

    private static String mark(Verdict verdict) {
        return switch (verdict) {
            case OK -> "✓";
            case BROKEN -> "✗";
            case UNKNOWN -> "?";
        };
    }

    private String painted(Verdict verdict, String words) {
        return switch (verdict) {
            case OK -> screen.good(words);
            case BROKEN -> screen.bad(words);
            case UNKNOWN -> screen.doubtful(words);
        };
    }

    private String wrapped(String words, int indent) {
        return screen.wrapped(Printable.line(words), indent);
    }

    private void line(String words) {
        text.append(words).append(System.lineSeparator());
    }
}
