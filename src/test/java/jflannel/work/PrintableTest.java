package jflannel.work;

import static org.assertj.core.api.Assertions.assertThat;

import jflannel.json.Json;
import org.junit.jupiter.api.Test;

class PrintableTest {
    /// ESC, CSI as one character, DEL, a mark that reverses the direction of writing, a line separator.
    private static final String EVIL = "a\u001b[2Jb\u009b31mc\u007fd\u202ee\u2028f\ng";

    @Test
    void escapesWhateverATerminalObeys() {
        String plain = "a\\u001b[2Jb\\u009b31mc\\u007fd\\u202ee\\u2028f";
        assertThat(Printable.line(EVIL)).isEqualTo(plain + "\\ng");
        assertThat(Printable.lines(EVIL)).isEqualTo(plain + "\ng");
        assertThat(Printable.line("Grüße, 日本 🙂 \ud800", 40)).isEqualTo("Grüße, 日本 🙂 \\ud800");
    }

    @Test
    void shortensALongLine() {
        assertThat(Printable.line("abcdef", 6)).isEqualTo("abcdef");
        assertThat(Printable.line("abcdefg", 6)).isEqualTo("abcdef…");
    }

    @Test
    void keepsTheMeaningOfJson() {
        String json = Json.indented(Json.value("{\"k\":\"\\u009b\\u202e\\u007f\\udb40\\udc01\"}"));
        assertThat(Printable.json(json)).contains("\\u009b\\u202e\\u007f", "\\udb40\\udc01");
        assertThat(Json.value(Printable.json(json))).isEqualTo(Json.value(json));
    }
}
