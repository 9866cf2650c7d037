package jflannel.dataplane;

import static jflannel.dataplane.QueueDelay.INTERVAL_NANOS;
import static jflannel.dataplane.QueueDelay.TARGET_NANOS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueueDelayTest {
    private static final long TICK = 1_000_000;
    private static final long LONG = 2 * TARGET_NANOS;

    private final QueueDelay delay = new QueueDelay();
    private long now = Long.MAX_VALUE - 50 * TICK; // wraps around meanwhile

    /// The ticks, counted from 1, at which a packet was dropped.
    private List<Integer> drops(int ticks, long waited) {
        List<Integer> drops = new ArrayList<>();
        for (int i = 1; i <= ticks; i++) {
            now += TICK;
            if (delay.drops(now, waited, false)) {
                drops.add(i);
            }
        }
        return drops;
    }

    private static int interval() {
        return (int) (INTERVAL_NANOS / TICK);
    }

    @Test
    void aBurstOfLessThanAnIntervalLosesNothing() {
        assertThat(drops(interval(), LONG)).isEmpty();
        assertThat(drops(1, TARGET_NANOS - 1)).isEmpty();
        assertThat(drops(interval(), LONG)).isEmpty();
    }

    @Test
    void aQueueThatStandsLosesPacketsMoreAndMoreOften() {
        assertThat(drops(4 * interval(), LONG)).startsWith(101, 201, 272, 330, 380);
    }

    @Test
    void aPacketThatWasAloneIsNoQueue() {
        drops(interval(), LONG);
        assertThat(delay.drops(now + INTERVAL_NANOS, LONG, true)).isFalse();
        assertThat(drops(interval(), LONG)).isEmpty();
    }

    @Test
    void itContinuesWhereItLeftOffUnlessThatWasLongAgo() {
        drops(6 * interval(), LONG);
        drops(1, 0);
        List<Integer> again = drops(3 * interval(), LONG);
        assertThat(again.get(1) - again.getFirst()).isLessThan(interval() / 2);
        drops(1, 0);
        drops(20 * interval(), 0);
        List<Integer> much = drops(3 * interval(), LONG);
        assertThat(much.get(1) - much.getFirst()).isEqualTo(interval());
    }
}
