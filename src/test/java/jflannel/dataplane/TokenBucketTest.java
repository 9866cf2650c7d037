package jflannel.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private long now = -5_000_000_000L;
    private final TokenBucket bucket = new TokenBucket(1000, 50, () -> now);

    @Test
    void allowsABurstThenTheRate() {
        assertThat(taken(100)).isEqualTo(50);
        now += 1_000_000;
        assertThat(taken(100)).isEqualTo(1);
        now += 999_999;
        assertThat(taken(100)).isZero();
        now += 1;
        assertThat(taken(100)).isEqualTo(1);
    }

    @Test
    void savesNoMoreThanABurstHoweverLongItIsIdle() {
        taken(1);
        now += Long.MAX_VALUE;
        assertThat(taken(100)).isEqualTo(50);
    }

    private int taken(int attempts) {
        int taken = 0;
        for (int i = 0; i < attempts; i++) {
            taken += bucket.take() ? 1 : 0;
        }
        return taken;
    }
}
