package jflannel.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jflannel.work.Printable;

/// A trace as a picture: the hops from top to bottom, one lane for each node, the hop that the packet does not pass
/// in red. Light or dark as the reader's system is.
public final class TraceSvg {
    private static final int WIDTH = 860;
    private static final int MARGIN = 24;
    private static final int BOX = WIDTH - 2 * MARGIN;
    private static final int LINE = 18;
    private static final int PADDING = 12;
    private static final int GAP = 16;
    /// Characters of the small type that fit into a box.
    private static final int COLUMNS = 112;

    private static final int COLUMNS_BOLD = 92;

    private static final String STYLE = """
            <style>
            :root { color-scheme: light dark; --paper: #ffffff; --ink: #1b2733; --quiet: #52616f; --box: #f4f7fa;
              --edge: #8b9aa8; --good: #1a7f37; --bad: #c62828; --doubt: #8a5a00 }
            @media (prefers-color-scheme: dark) { :root { --paper: #10161f; --ink: #e3eaf2; --quiet: #a3b1bf;
              --box: #18212d; --edge: #5b6b7b; --good: #57c278; --bad: #ff7b72; --doubt: #e3b341 } }
            .paper { fill: var(--paper) }
            text { font-family: system-ui, sans-serif; font-size: 13px; fill: var(--ink) }
            .title { font-size: 17px; font-weight: 600 }
            .node { font-weight: 600; fill: var(--quiet) }
            .what { font-weight: 600 }
            .line { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 11.5px;
              fill: var(--quiet) }
            .box { fill: var(--box); stroke: var(--edge); stroke-width: 1 }
            .predicted { stroke-dasharray: 5 4 }
            .ok { fill: var(--good) }
            .broken { fill: var(--bad) }
            .unknown { fill: var(--doubt) }
            rect.broken { fill: var(--box); stroke: var(--bad); stroke-width: 2.5 }
            rect.unknown { fill: var(--box); stroke: var(--doubt); stroke-width: 2 }
            .way { stroke: var(--edge); stroke-width: 2 }
            </style>
            """;

    private final StringBuilder body = new StringBuilder();
    private int y = MARGIN;

    private TraceSvg() {}

    /// A whole document.
    public static String of(Trace trace) {
        TraceSvg svg = new TraceSvg();
        svg.draw(trace);
        Question question = trace.question();
        String title = "The way of a packet from %s to %s".formatted(question.source(), question.destination());
        return """
                <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" role="img" \
                aria-labelledby="title desc">
                <title id="title">%3$s</title>
                <desc id="desc">%4$s</desc>
                %5$s<rect class="paper" width="%1$d" height="%2$d"/>
                %6$s</svg>
                """.formatted(WIDTH, svg.y + MARGIN, escaped(title), escaped(description(trace)), STYLE, svg.body);
    }

    /// What somebody hears who does not see it.
    private static String description(Trace trace) {
        List<String> sentences = new ArrayList<>(List.of(trace.summary()));
        int number = 1;
        for (Hop hop : trace.hops()) {
            sentences.add("%d: %s%s%s, %s."
                    .formatted(
                            number++,
                            hop.predicted() ? "on " + hop.node() + ", predicted: " : "",
                            hop.device().isEmpty() ? "" : hop.device() + ": ",
                            hop.what(),
                            hop.verdict().word()));
        }
        return String.join(" ", sentences);
    }

    private void draw(Trace trace) {
        Question question = trace.question();
        y += LINE;
        text(
                MARGIN,
                "title",
                "%s → %s, %s%s"
                        .formatted(
                                question.source(),
                                question.destination(),
                                question.protocolWord(),
                                question.port() == 0 ? "" : " port " + question.port()));
        y += LINE;
        wrapped(trace.summary(), COLUMNS_BOLD).forEach(line -> {
            y += 4;
            text(MARGIN, trace.verdict().word(), line);
            y += LINE - 4;
        });
        String node = "";
        int number = 0;
        for (Hop hop : trace.hops()) {
            if (!hop.node().equals(node)) {
                node = hop.node();
                y += node.equals(Hop.HERE) ? LINE / 2 : LINE;
                text(MARGIN, "node", hop.predicted() ? node + " (predicted)" : node);
                y += 8;
            } else {
                way();
            }
            int index = number++;
            hop(hop, trace.live().flatMap(live -> live.at(index)));
        }
    }

    private void way() {
        body.append("<line class=\"way\" x1=\"%1$d\" y1=\"%2$d\" x2=\"%1$d\" y2=\"%3$d\"/>%n"
                .formatted(MARGIN + 22, y, y + GAP));
        y += GAP;
    }

    /// A line of a hop's box.
    private record Line(String style, String words) {}

    private void hop(Hop hop, Optional<Sighting> sighting) {
        List<Line> lines = new ArrayList<>();
        String device = hop.device().isEmpty() ? "" : hop.device() + ": ";
        add(lines, "what", device + hop.what(), COLUMNS_BOLD);
        add(lines, "line", hop.packet(), COLUMNS);
        hop.evidence().forEach(evidence -> add(lines, "line", evidence, COLUMNS));
        sighting.ifPresent(seen -> add(lines, "node", seen.words(), COLUMNS_BOLD));
        add(lines, hop.verdict().word(), hop.reason(), COLUMNS_BOLD);
        add(lines, "what", hop.remedy(), COLUMNS_BOLD);
        int height = lines.size() * LINE + PADDING;
        String judged = hop.verdict() == Verdict.OK ? "" : " " + hop.verdict().word();
        body.append("<g><rect class=\"box%s%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>%n"
                .formatted(judged, hop.predicted() ? " predicted" : "", MARGIN, y, BOX, height));
        int top = y;
        y += LINE;
        text(MARGIN + 14, hop.verdict().word(), mark(hop.verdict()));
        String carrier = hop.daemon() ? "flanneld" : "kernel";
        body.append("<text class=\"node\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text>%n"
                .formatted(WIDTH - MARGIN - 12, y, hop.predicted() ? "" : carrier));
        for (Line line : lines) {
            text(MARGIN + 38, line.style, line.words);
            y += LINE;
        }
        y = top + height;
        body.append("</g>\n");
    }

    private static void add(List<Line> lines, String style, String words, int columns) {
        if (!words.isEmpty()) {
            wrapped(words, columns).forEach(line -> lines.add(new Line(style, line)));
        }
    }

    private static String mark(Verdict verdict) {
        return switch (verdict) {
            case OK -> "✓";
            case BROKEN -> "✗";
            case UNKNOWN -> "?";
        };
    }

    private void text(int x, String style, String words) {
        body.append("<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>%n".formatted(style, x, y, escaped(words)));
    }

    private static List<String> wrapped(String text, int columns) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > columns) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    /// Rules and names of devices are others' words.
    private static String escaped(String text) {
        return Printable.line(text)
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
