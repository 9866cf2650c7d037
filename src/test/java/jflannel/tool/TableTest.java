package jflannel.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class TableTest {
    private static final UnaryOperator<String> PLAIN = UnaryOperator.identity();

    private static String table(Screen screen, String... lastCells) {
        Table table = new Table("NODE", "STATE");
        Arrays.stream(lastCells).forEach(cell -> table.row(PLAIN, "192.0.2.1", cell));
        return table.text(screen);
    }

    @Test
    void columnsStandBelowEachOther() {
        assertThat(table(Screen.NONE, "well")).isEqualTo("NODE       STATE\n192.0.2.1  well\n");
    }

    @Test
    void nothingForeignSteersTheTerminal() {
        assertThat(table(Screen.NONE, "\u001b[2J\u202eevil\nroot#"))
                .endsWith("192.0.2.1  \\u001b[2J\\u202eevil\\nroot#\n");
    }

    @Test
    void aSentenceThatDoesNotFitGoesOnBelowItself() {
        String text = table(new Screen(false, 40), "ignored: its VNI is 2, and this node's is 1");
        assertThat(text.lines()).allMatch(line -> line.length() <= 40).hasSize(3);
        assertThat(text).endsWith("192.0.2.1  ignored: its VNI is 2, and\n           this node's is 1\n");
    }

    @Test
    void onlyAScreenThatShowsColorsIsSentAny() {
        assertThat(new Screen(true, 80).bad("x")).isEqualTo("\u001b[31mx\u001b[0m");
        assertThat(new Screen(false, 80).bad("x")).isEqualTo("x");
    }
}
