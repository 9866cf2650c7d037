package jflannel.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    private long now;

    private ProgressBar progress(boolean terminal) {
        return new ProgressBar(out, terminal, () -> now);
    }

    private String text() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void foretellsTheTimeLeftByHowLongItTookSoFar() {
        ProgressBar progress = progress(false);
        progress.start(100);
        assertThat(progress.secondsLeft()).isEqualTo(100);
        progress.done(20);
        now = 30_000_000_000L;
        assertThat(progress.secondsLeft()).isCloseTo(120, within(1e-9));
        progress.done(90); // more than planned
        assertThat(progress.secondsLeft()).isZero();
    }

    @Test
    void drawsABarOnATerminal() {
        ProgressBar progress = progress(true);
        progress.start(100);
        progress.done(50);
        now = 65_000_000_000L;
        progress.at("run 1 of 2");
        assertThat(text()).isEqualTo("\r  ████████████░░░░░░░░░░░░ 1:05 left  run 1 of 2\u001b[K");
    }

    @Test
    void printsWholeLinesElsewhere() {
        ProgressBar progress = progress(false);
        progress.start(100);
        progress.at("not worth a line");
        progress.tell("run 1 of 2: 7.81 Gbit/s");
        progress.clear();
        assertThat(text()).isEqualTo("  1:40 left  run 1 of 2: 7.81 Gbit/s" + System.lineSeparator());
    }
}
