package jflannel.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class CpuTimesTest {
    @Test
    void sumsWorkAndRestOfAllProcessors() throws IOException {
        CpuTimes clock = CpuTimes.parse("""
                cpu  100 20 300 4000 50 6 70 800 9 10
                cpu0 1 2 3 4 5 6 7 8 9 10
                """);
        assertThat(clock.busy()).isCloseTo(4.96, within(1e-9));
        assertThat(clock.idle()).isCloseTo(40.5, within(1e-9));
        assertThat(clock.stolen()).isCloseTo(8, within(1e-9));
    }

    @Test
    void tellsThePartsOfWhatPassedSinceAnEarlierReading() {
        CpuTimes passed = new CpuTimes(11, 25, 3).since(new CpuTimes(10, 23, 2));
        assertThat(passed.busyShare()).isEqualTo(0.25);
        assertThat(passed.stolenShare()).isEqualTo(0.25);
        assertThat(passed.plus(new CpuTimes(3, 6, 0))).isEqualTo(new CpuTimes(4, 8, 1));
        assertThat(new CpuTimes(1, 1, 1).since(new CpuTimes(1, 1, 1)).busyShare())
                .isZero();
    }

    @Test
    void refusesAStrangeText() {
        assertThatThrownBy(() -> CpuTimes.parse("intr 5")).hasMessageContaining("\"intr 5\"");
    }

    @Test
    void readsTheTimeOfAProcessWhateverItsName() {
        String stat = "7 (a) S 1 (b c) R 1 7 7 0 -1 4194560 10 0 0 0 150 25 9 9 20 0 12 0 100 1 1";
        assertThat(CpuTimes.ofProcess(stat)).isCloseTo(1.75, within(1e-9));
    }
}
