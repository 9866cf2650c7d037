package jflannel.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import jflannel.status.Board;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class FeedTest {
    private final AtomicInteger readings = new AtomicInteger();
    private final Feed feed = new Feed(new Board(), InstantSource.system(), _ -> {
        readings.incrementAndGet();
        return List.of();
    });

    @AfterEach
    void end() {
        feed.close();
    }

    private Snapshot withPeers() throws InterruptedException {
        Snapshot next = feed.after(null).orElseThrow();
        while (next.view().isEmpty()) {
            next = feed.after(next).orElseThrow();
        }
        return next;
    }

    @Test
    void asksNobodyWhileNobodyWatches() throws InterruptedException {
        Sample sample = new Sample(3);
        feed.show(sample);
        assertThat(sample.requests()).isZero();
        assertThat(feed.join()).isTrue();
        assertThat(withPeers().view().orElseThrow().peers()).hasSize(3);
        feed.leave();
        int asked = sample.requests();
        int read = readings.get();
        sample.replace(Sample.broken(2, "?"));
        assertThat(sample.requests()).isEqualTo(asked);
        assertThat(readings.get()).isLessThanOrEqualTo(read + 1); // one may have been under way
    }

    @Test
    void asksAgainOnlyAfterAnotherPass() throws InterruptedException {
        Sample sample = new Sample(3);
        feed.show(sample);
        feed.join();
        Snapshot first = withPeers();
        feed.after(first);
        assertThat(sample.requests()).isEqualTo(1);
        sample.replace(Sample.broken(2, "its VNI is 2"));
        Snapshot next = first;
        while (next.view().equals(first.view())) {
            next = feed.after(next).orElseThrow();
        }
        assertThat(sample.requests()).isEqualTo(2);
    }

    @Test
    void showsTheBoardBeforeThereIsANode() throws InterruptedException {
        feed.join();
        Snapshot first = feed.after(null).orElseThrow();
        assertThat(first.status()).containsEntry("state", "starting");
        assertThat(first.view()).isEmpty();
    }

    @Test
    void letsNoMoreWatchThanItCanServe() {
        for (int i = 0; i < Feed.MOST; i++) {
            assertThat(feed.isFull()).isFalse();
            assertThat(feed.join()).isTrue();
        }
        assertThat(feed.isFull()).isTrue();
        assertThat(feed.join()).isFalse();
        feed.leave();
        assertThat(feed.join()).isTrue();
    }

    @Test
    void endsAllStreamsWhenItIsClosed() throws InterruptedException {
        feed.join();
        Snapshot first = feed.after(null).orElseThrow();
        feed.close();
        assertThat(feed.after(first)).isEqualTo(Optional.empty());
        assertThat(feed.join()).isFalse();
    }
}
