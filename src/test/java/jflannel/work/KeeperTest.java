package jflannel.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import jflannel.status.Board;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class KeeperTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final BlockingQueue<String> applied = new LinkedBlockingQueue<>();

    @Test
    void whoeverWishesDoesNotWaitAndTheNewestWishWins() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        try (Keeper<String> keeper = new Keeper<>("k", new Board(), wish -> {
            applied.add(wish);
            await(slow);
            return LONG;
        })) {
            keeper.keep("first");
            assertThat(applied.poll(10, TimeUnit.SECONDS)).isEqualTo("first");
            keeper.keep("second");
            keeper.keep("third");
            slow.countDown();
            assertThat(applied.poll(10, TimeUnit.SECONDS)).isEqualTo("third");
        }
    }

    @Test
    void looksAgainWhenTouchedButNotForAnEqualWish() throws Exception {
        try (Keeper<String> keeper = new Keeper<>("k", new Board(), wish -> {
            applied.add(wish);
            return LONG;
        })) {
            keeper.keep("wish");
            assertThat(applied.poll(10, TimeUnit.SECONDS)).isEqualTo("wish");
            keeper.keep("wish");
            assertThat(applied.poll(50, TimeUnit.MILLISECONDS)).isNull();
            keeper.touch();
            assertThat(applied.poll(10, TimeUnit.SECONDS)).isEqualTo("wish");
        }
    }

    @Test
    void triesAgainAfterADefect() throws Exception {
        AtomicBoolean failing = new AtomicBoolean(true);
        try (Keeper<String> keeper = new Keeper<>("k", new Board(), wish -> {
            if (failing.getAndSet(false)) {
                applied.add("failed");
                throw new IllegalStateException("a defect");
            }
            applied.add(wish);
            return LONG;
        })) {
            keeper.keep("wish");
            assertThat(applied.take()).isEqualTo("failed");
            assertThat(applied.poll(10, TimeUnit.SECONDS)).isEqualTo("wish");
            assertThat(keeper.failures()).isOne();
        }
    }

    @Test
    void aDefectAfterATouchIsNotLeftAloneUntilTheNextTimeComes() throws Exception {
        try (Keeper<String> keeper = new Keeper<>("k", new Board(), wish -> {
            applied.add(wish);
            if (applied.size() == 2) {
                throw new IllegalStateException("a defect");
            }
            return LONG;
        })) {
            keeper.keep("wish");
            await(1);
            keeper.touch();
            await(3);
        }
    }

    @Test
    void aTouchDuringALookIsNotLost() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        try (Keeper<String> keeper = new Keeper<>("k", new Board(), wish -> {
            applied.add(wish);
            await(slow);
            return LONG;
        })) {
            keeper.keep("wish");
            await(1);
            keeper.touch(Duration.ofMillis(1));
            slow.countDown();
            await(2);
        }
    }

    @Test
    void aTouchWithAPauseWaitsForItsEnd() throws Exception {
        try (Keeper<String> keeper = new Keeper<>("k", new Board(), wish -> {
            applied.add(wish);
            return LONG;
        })) {
            keeper.keep("wish");
            await(1);
            keeper.touch(Duration.ofMinutes(30));
            assertThat(applied).hasSize(1);
            keeper.touch(Duration.ofMillis(1));
            await(2);
        }
    }

    /// Until so many wishes were applied.
    private void await(int count) throws InterruptedException {
        while (applied.size() < count) {
            Thread.sleep(1);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
