package jflannel.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Finding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class WorkerTest {
    private final Board board = new Board();

    @Test
    void goesOnAfterAnythingThatATurnThrows() throws Exception {
        BlockingQueue<Throwable> faults = new LinkedBlockingQueue<>(
                List.of(new IllegalStateException("one"), new AssertionError("two"), new StackOverflowError()));
        CountDownLatch succeeded = new CountDownLatch(1);
        try (Worker worker = Worker.start("w", board, Duration.ofMillis(1), () -> {
            Throwable fault = faults.poll();
            if (fault instanceof Error error) {
                throw error;
            }
            if (fault instanceof RuntimeException defect) {
                throw defect;
            }
            succeeded.countDown();
            Thread.sleep(10_000);
        })) {
            assertThat(succeeded.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(worker.failures()).isEqualTo(3);
        }
    }

    @Test
    void aMissingClassEndsTheLoopAndReachesTheHandlerOfUncaughtExceptions() throws Exception {
        BlockingQueue<String> done = new LinkedBlockingQueue<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> done.add(thread.getName() + " " + e.getMessage()));
        Worker.Turn turn = () -> {
            done.add("turn");
            throw new NoClassDefFoundError("gone");
        };
        try (Worker _ = Worker.start("w", board, turn, () -> done.add("end"))) {
            assertThat(done.poll(10, TimeUnit.SECONDS)).isEqualTo("turn");
            assertThat(done.poll(10, TimeUnit.SECONDS)).isEqualTo("end");
            assertThat(done.poll(10, TimeUnit.SECONDS)).isEqualTo("w gone");
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void showsWhatFailedUntilATurnSucceeds() throws Exception {
        BlockingQueue<Boolean> fails = new LinkedBlockingQueue<>(List.of(true));
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        board.listen(new Board.Listener() {
            @Override
            public void changed(Finding before, Finding now) {
                seen.add(now == null ? "cleared" : now.detail());
            }
        });
        try (Worker _ = Worker.start("w", board, Duration.ofMillis(1), () -> {
            if (fails.poll(50, TimeUnit.MILLISECONDS) != null) {
                throw new IllegalStateException("a defect");
            }
        })) {
            assertThat(seen.poll(10, TimeUnit.SECONDS)).contains("the thread w failed", "a defect");
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("cleared");
        }
    }

    @Test
    void releasesWhatTheTurnsUseAfterTheLastOfThem() throws Exception {
        BlockingQueue<String> done = new LinkedBlockingQueue<>();
        CountDownLatch began = new CountDownLatch(1);
        Worker worker = Worker.start(
                "w",
                board,
                () -> {
                    began.countDown();
                    try {
                        Thread.sleep(10_000);
                    } finally {
                        done.add("turn");
                    }
                },
                () -> done.add("end"));
        began.await();
        worker.close();
        assertThat(done).containsExactly("turn", "end");
    }

    @Test
    void endsInTheMiddleOfATurn() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        Worker worker = Worker.start("w", board, () -> {
            began.countDown();
            Thread.sleep(60_000);
        });
        began.await();
        worker.close();
        assertThat(board.isRaised(Condition.WORKER_FAILING)).isFalse();
    }
}
