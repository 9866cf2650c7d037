package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import jflannel.status.Board;
import jflannel.status.Condition;
import org.junit.jupiter.api.Test;

class ContestTest {
    private final Board board = new Board();
    private final AtomicLong now = new AtomicLong();
    private final Contest contest = new Contest(board, "it may be n2", now::get);

    private void repair(int times) {
        for (int i = 0; i < times; i++) {
            contest.repaired();
        }
    }

    @Test
    void aMistakeNowAndThenIsNone() {
        for (int i = 0; i < 10; i++) {
            repair(2);
            now.addAndGet(Duration.ofMinutes(3).toNanos());
            assertThat(contest.untilOver()).isZero();
        }
        assertThat(board.isRaised(Condition.LEASE_CONTESTED)).isFalse();
    }

    @Test
    void itIsOverTwoMinutesAfterTheLastRepair() {
        repair(3);
        now.addAndGet(Duration.ofSeconds(100).toNanos());
        repair(1);
        now.addAndGet(Duration.ofSeconds(100).toNanos());
        assertThat(contest.untilOver()).isBetween(Duration.ofSeconds(20), Duration.ofSeconds(21));
        assertThat(board.findings())
                .singleElement()
                .satisfies(it -> assertThat(it.words()).contains("it may be n2"));
        now.addAndGet(contest.untilOver().toNanos());
        assertThat(contest.untilOver()).isZero();
        assertThat(board.findings()).isEmpty();
    }

    @Test
    void itIsOverWhenNothingIsPublishedAnyMore() {
        repair(3);
        contest.forget();
        assertThat(board.findings()).isEmpty();
    }
}
