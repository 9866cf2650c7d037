package jflannel.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import jflannel.report.Health;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlLoopTest {
    /// Among 20,000 nodes, an audit of 0.7 s puts the next one off for more than a minute.
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 10, 70, 86400})
    void noRestIsSoLongThatAnIdleLoopLooksDead(long secondsUntilTheNextLook) {
        Duration patience = Duration.ofSeconds(secondsUntilTheNextLook);
        assertThat(ControlLoop.rest(patience))
                .isLessThanOrEqualTo(patience)
                .isLessThanOrEqualTo(Health.STALL.dividedBy(2));
    }
}
