package jflannel.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpreadTest {
    private final Spread spread = new Spread(new Random(1));

    @Test
    void nobodyWaitsInASmallCluster() {
        assertThat(spread.beforeLook(50)).isZero();
        assertThat(spread.beforeWrite(20)).isZero();
    }

    @Test
    void aLoneNewcomerWaitsInNoCluster() {
        assertThat(spread.beforeWrite(1)).isZero();
    }

    @Test
    void manyWaitForARandomPartOfTheTimeThatAllOfThemTake() {
        for (int i = 0; i < 1000; i++) {
            assertThat(spread.beforeLook(200)).isBetween(Duration.ZERO, Duration.ofSeconds(11));
            assertThat(spread.beforeWrite(200)).isBetween(Duration.ZERO, Duration.ofSeconds(46));
            assertThat(spread.about(Duration.ofSeconds(300)))
                    .isBetween(Duration.ofSeconds(270), Duration.ofSeconds(330));
        }
    }
}
