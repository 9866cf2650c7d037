package jflannel.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForeignRuleWatchTest {
    /// With 10,000 rules of the old iptables a check takes a second, and a slow tool ten.
    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, delimiter = '|', textBlock = """
            reported | took  | rest
            false    | 50    | 30
            false    | 1000  | 300
            false    | 10000 | 600
            true     | 50    | 600
            true     | 10000 | 600
            """)
    void changesThatNobodyReportsAreLookedForAsOftenAsIsCheap(boolean reported, long tookMillis, long restSeconds) {
        assertThat(ForeignRuleWatch.Pace.USUAL.rest(reported, Duration.ofMillis(tookMillis)))
                .isEqualTo(Duration.ofSeconds(restSeconds));
    }
}
