package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Finding;
import jflannel.testing.LogLines;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutageTest {
    private final LogLines lines = new LogLines(Outage.class);
    private final Board board = new Board();
    private long now;
    private final Outage outage = new Outage("etcd", board, new Random(1), () -> now);

    @AfterEach
    void listenNoMore() {
        lines.close();
    }

    private Duration fails(String cause) {
        return outage.failed(new IOException(cause));
    }

    private void after(Duration time) {
        now += time.toNanos();
    }

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
    void startsOverOnceAnOutageHasEnded() {
        for (int i = 0; i < 10; i++) {
            fails("no answer");
        }
        assertThat(outage.lasts()).isTrue();
        outage.ended();
        assertThat(outage.lasts()).isFalse();
        assertThat(fails("no answer")).isLessThanOrEqualTo(Duration.ofMillis(100));
        assertThat(lines.all()).filteredOn("no answer; retrying"::equals).hasSize(2);
    }

    @Test
    void isAConditionFromTenSecondsOnAndNoLaterUntilItEnds() {
        fails("refused");
        after(Duration.ofSeconds(9));
        for (int i = 0; i < 10; i++) {
            assertThat(fails("refused")).isLessThanOrEqualTo(Duration.ofSeconds(1));
        }
        assertThat(board.isRaised(Condition.STORE_SILENT)).isFalse();
        after(Duration.ofSeconds(1));
        fails("refused");
        assertThat(board.findings()).map(Finding::detail).containsExactly("refused");
        outage.ended();
        assertThat(board.findings()).isEmpty();
    }

    @Test
    void isNoConditionOfAStoreThatWasClosed() {
        fails("refused");
        after(Duration.ofSeconds(10));
        fails("refused");
        assertThat(board.isRaised(Condition.STORE_SILENT)).isTrue();
        outage.close();
        assertThat(board.isRaised(Condition.STORE_SILENT)).isFalse();
    }

    @Test
    void saysANewCauseAtOnceAndAnOldOneAgainEachMinute() {
        fails("refused");
        fails("no route");
        assertThat(lines.all()).containsExactly("refused; retrying", "no route; retrying (for 0 s, 1 attempts)");
        after(Duration.ofSeconds(12));
        fails("refused");
        fails("401");
        assertThat(board.findings()).map(Finding::detail).containsExactly("401");
        assertThat(lines.all()).as("whoever listens to the board logs it").hasSize(2);
        after(Duration.ofSeconds(47));
        fails("refused");
        fails("401");
        assertThat(lines.all()).hasSize(2);
        after(Duration.ofSeconds(1));
        fails("refused");
        fails("401");
        assertThat(lines.all()).hasSize(3).last().isEqualTo("refused; retrying (for 60 s, 6 attempts)");
    }

    @Test
    void doesNotFloodTheLogHoweverManyCausesThereAre() {
        for (int i = 0; i < 100; i++) {
            fails("cause " + i);
        }
        assertThat(lines.all()).hasSize(5);
    }
}
