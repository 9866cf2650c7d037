package jflannel.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import jflannel.work.Printable;

/// Rows of text in columns. Whatever others wrote into a cell is made harmless. Where a row does not fit the
/// screen, its last column, which has sentences, goes on below.
final class Table {
    private static final int GAP = 2;

    private final List<Row> rows = new ArrayList<>();
    private final int columns;

    private record Row(List<String> cells, UnaryOperator<String> paint) {}

    Table(String... titles) {
        columns = titles.length;
        rows.add(new Row(List.of(titles), UnaryOperator.identity()));
    }

    /// @param paint colors the last cell
    void row(UnaryOperator<String> paint, String... cells) {
        if (cells.length != columns) {
            throw new IllegalArgumentException(columns + " cells make a row, not " + cells.length);
        }
        rows.add(new Row(List.of(cells).stream().map(Printable::line).toList(), paint));
    }

    String text(Screen screen) {
        int[] widths = new int[columns - 1];
        for (Row row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.cells.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (Row row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String cell = row.cells.get(i);
                line.append(cell).repeat(' ', widths[i] - cell.length() + GAP);
            }
            String last = screen.wrapped(row.cells.getLast(), line.length());
            text.append(line)
                    .append(last.isEmpty() ? "" : row.paint.apply(last))
                    .append(System.lineSeparator());
        }
        return text.toString();
    }
}
