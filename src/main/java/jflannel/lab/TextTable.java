package jflannel.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Rows of text, drawn in columns with lines around them. Cells contain no control characters.
public final class TextTable {
    private final List<List<String>> rows = new ArrayList<>();
    private final int columns;

    public TextTable(String... titles) {
        columns = titles.length;
        rows.add(List.of(titles));
    }

    /// @param cells as many as there are titles
    public TextTable row(String... cells) {
        if (cells.length != columns) {
            throw new IllegalArgumentException(columns + " cells make a row, not " + cells.length);
        }
        rows.add(List.of(cells));
        return this;
    }

    @Override
    public String toString() {
        List<Integer> widths = IntStream.range(0, columns)
                .mapToObj(column -> rows.stream()
                        .mapToInt(row -> width(row.get(column)))
                        .max()
                        .orElse(0))
                .toList();
        List<String> lines = new ArrayList<>();
        lines.add(rule("┌", "┬", "┐", widths));
        for (List<String> row : rows) {
            lines.add(IntStream.range(0, columns)
                    .mapToObj(i -> row.get(i) + " ".repeat(widths.get(i) - width(row.get(i))))
                    .collect(Collectors.joining(" │ ", "│ ", " │")));
            if (lines.size() == 2) {
                lines.add(rule("├", "┼", "┤", widths));
            }
        }
        lines.add(rule("└", "┴", "┘", widths));
        return String.join("\n", lines);
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }

    private static String rule(String left, String middle, String right, List<Integer> widths) {
        return widths.stream().map(width -> "─".repeat(width + 2)).collect(Collectors.joining(middle, left, right));
    }
}
