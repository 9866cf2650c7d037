package jflannel.trace;

import java.util.ArrayList;
import java.util.List;

/// A trace for people: a line or more for each hop, in the width of a terminal.
public final class TraceText {
    private static final int LEAST_WIDTH = 40;
    private static final int MARGIN = 6;
    private static final String RESET = "\u001b[0m";

    private final int width;
    private final boolean colour;
    private final List<String> lines = new ArrayList<>();

    private enum Style {
        PLAIN(""),
        BOLD("\u001b[1m"),
        DIM("\u001b[2m"),
        GOOD("\u001b[32m"),
        BAD("\u001b[1;31m"),
        DOUBTFUL("\u001b[33m");

        private final String code;

        Style(String code) {
            this.code = code;
        }
    }

    private TraceText(int width, boolean colour) {
        this.width = Math.max(width, LEAST_WIDTH);
        this.colour = colour;
    }

    /// @param width in columns
    /// @param colour true for a terminal
    public static List<String> of(Trace trace, int width, boolean colour) {
        TraceText text = new TraceText(width, colour);
        text.trace(trace);
        return text.lines;
    }

    private void trace(Trace trace) {
        Question question = trace.question();
        String port = question.port() == 0 ? "" : " port " + question.port();
        line(
                0,
                Style.BOLD,
                "%s > %s, %s%s".formatted(question.source(), question.destination(), question.protocolWord(), port));
        String node = "";
        int number = 1;
        for (Hop hop : trace.hops()) {
            if (!hop.node().equals(node)) {
                node = hop.node();
                line(0, Style.BOLD, hop.predicted() ? "on " + node + ", predicted" : node);
            }
            hop(number++, hop);
        }
        trace.notes().forEach(note -> line(0, Style.DOUBTFUL, note));
        line(0, style(trace.verdict()), trace.summary());
    }

    private void hop(int number, Hop hop) {
        String device = hop.device().isEmpty() ? "" : hop.device() + ": ";
        line(
                0,
                style(hop.verdict()),
                "%3d %s ".formatted(number, mark(hop.verdict())),
                device + hop.what() + (hop.daemon() ? " [flanneld]" : ""));
        hop.evidence().forEach(evidence -> line(MARGIN + 2, Style.DIM, evidence));
        if (!hop.reason().isEmpty()) {
            line(MARGIN, style(hop.verdict()), "Why: " + hop.reason());
        }
        if (!hop.remedy().isEmpty()) {
            line(MARGIN, Style.BOLD, hop.remedy());
        }
    }

    private static String mark(Verdict verdict) {
        return switch (verdict) {
            case OK -> "✓";
            case BROKEN -> "✗";
            case UNKNOWN -> "?";
        };
    }

    private static Style style(Verdict verdict) {
        return switch (verdict) {
            case OK -> Style.GOOD;
            case BROKEN -> Style.BAD;
            case UNKNOWN -> Style.DOUBTFUL;
        };
    }

    private void line(int indent, Style style, String words) {
        wrapped(words, width - indent).forEach(part -> lines.add(" ".repeat(indent) + painted(style, part)));
    }

    /// A styled beginning, and the rest in plain.
    private void line(int indent, Style style, String start, String words) {
        List<String> parts = wrapped(words, width - indent - start.length());
        lines.add(" ".repeat(indent) + painted(style, start) + parts.getFirst());
        parts.stream().skip(1).forEach(part -> lines.add(" ".repeat(indent + start.length()) + part));
    }

    private String painted(Style style, String words) {
        return colour && style != Style.PLAIN ? style.code + words + RESET : words;
    }

    /// Breaks between words; a word that is too long, such as an IPv6 address, stays whole.
    private static List<String> wrapped(String text, int columns) {
        List<String> parts = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.replaceAll("\\p{Cntrl}", "?").split(" ")) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > columns) {
                parts.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        parts.add(line.toString());
        return parts;
    }
}
