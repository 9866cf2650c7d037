package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutageTest {
    @Test
    void waitsTwiceAsLongEachTimeUpToFiveSeconds() {
        Random random = new Random(1);
        long[] most = {100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000};
        for (int attempts = 0; attempts < most.length; attempts++) {
            assertThat(Outage.pause(attempts, random))
                    .isBetween(Duration.ofMillis(most[attempts] / 2), Duration.ofMillis(most[attempts]));
        }
        assertThat(Outage.pause(1_000_000, random)).isLessThanOrEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void beginsAnewAfterAnOutageHasEnded() {
        Outage outage = new Outage("etcd", new Random(1));
        for (int i = 0; i < 10; i++) {
            outage.failed(new java.io.IOException("no answer"));
        }
        assertThat(outage.lasts()).isTrue();
        outage.ended();
        assertThat(outage.lasts()).isFalse();
        assertThat(outage.failed(new java.io.IOException("no answer"))).isLessThanOrEqualTo(Duration.ofMillis(100));
    }
}
