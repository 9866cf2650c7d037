package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Finding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class KernelWatchTest {
    private static final KernelNews SOMETHING = new KernelNews.DeviceGone("flannel.1");
    private static final KernelNews EVERYTHING = new KernelNews.Everything();

    private final Board board = new Board();
    private final BlockingQueue<String> conditions = new LinkedBlockingQueue<>();
    private final BlockingQueue<KernelNews> heard = new LinkedBlockingQueue<>();
    private final BlockingQueue<Step> script = new LinkedBlockingQueue<>();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicInteger noFiles = new AtomicInteger();

    /// What the kernel does next.
    private interface Step {
        List<KernelNews> take() throws KernelException;
    }

    private Fd alarm() throws KernelException {
        if (noFiles.getAndDecrement() > 0) {
            throw new KernelException("make an eventfd", Errno.ENOBUFS.number(), null);
        }
        return Libc.eventfd();
    }

    private NewsSource source(Fd stop) throws KernelException {
        if (refusals.getAndDecrement() > 0) {
            throw new KernelException("read links", Errno.ENOBUFS.number(), null);
        }
        open.incrementAndGet();
        return new NewsSource() {
            @Override
            public List<KernelNews> next() throws KernelException {
                try {
                    return script.take().take();
                } catch (InterruptedException e) {
                    return List.of();
                }
            }

            @Override
            public void close() {
                open.decrementAndGet();
            }
        };
    }

    private KernelWatch watch(Consumer<KernelNews> listener) {
        board.listen(new Board.Listener() {
            @Override
            public void changed(Finding before, Finding now) {
                Condition condition = now == null ? before.condition() : now.condition();
                if (condition == Condition.KERNEL_WATCH_DOWN) {
                    conditions.add(now == null ? "cleared" : now.detail());
                }
            }
        });
        return new KernelWatch(this::alarm, this::source, board, listener, Duration.ofMillis(1));
    }

    private boolean isDown() {
        return board.isRaised(Condition.KERNEL_WATCH_DOWN);
    }

    private KernelNews next() throws InterruptedException {
        return heard.poll(10, TimeUnit.SECONDS);
    }

    @Test
    void listensAgainAfterAFailureAndReportsThatSomethingWasMissed() throws Exception {
        try (KernelWatch _ = watch(heard::add)) {
            assertThat(isDown()).isFalse();
            for (int i = 0; i < 3; i++) {
                script.add(() -> {
                    throw new KernelException("listen to the kernel by netlink", Errno.ENOBUFS.number(), null);
                });
                assertThat(next()).isEqualTo(EVERYTHING);
                script.add(() -> List.of(SOMETHING));
                assertThat(next()).isEqualTo(SOMETHING);
            }
            assertThat(isDown()).isFalse();
            assertThat(open).hasValue(1);
            assertThat(heard).isEmpty();
        }
        assertThat(open).hasValue(0);
    }

    @Test
    void saysThatItIsDownUntilItIsNot() throws Exception {
        try (KernelWatch _ = watch(heard::add)) {
            refusals.set(3);
            script.add(() -> {
                assertThat(isDown()).isFalse();
                throw new KernelException("listen to the kernel by netlink", Errno.EBADF.number(), null);
            });
            assertThat(conditions.poll(10, TimeUnit.SECONDS)).contains("listen to the kernel by netlink");
            assertThat(conditions.poll(10, TimeUnit.SECONDS)).contains("read links");
            assertThat(conditions.poll(10, TimeUnit.SECONDS)).isEqualTo("cleared");
            assertThat(next()).isEqualTo(EVERYTHING);
            assertThat(isDown()).isFalse();
        }
    }

    @Test
    void isNotWatchingWhileItCannotListen() throws Exception {
        refusals.set(Integer.MAX_VALUE);
        try (KernelWatch _ = watch(heard::add)) {
            assertThat(conditions.poll(10, TimeUnit.SECONDS)).contains("read links");
            assertThat(isDown()).isTrue();
            assertThat(heard).isEmpty();
            refusals.set(0);
            assertThat(next()).isEqualTo(EVERYTHING);
            assertThat(isDown()).isFalse();
        }
        assertThat(board.findings()).isEmpty();
    }

    @Test
    void waitsForAFileThatItMayOpen() throws Exception {
        noFiles.set(3);
        try (KernelWatch _ = watch(heard::add)) {
            assertThat(next()).isEqualTo(EVERYTHING);
            assertThat(isDown()).isFalse();
        }
        noFiles.set(Integer.MAX_VALUE);
        try (KernelWatch _ = watch(heard::add)) {
            assertThat(isDown()).isTrue();
        }
        assertThat(board.findings()).isEmpty();
    }

    @Test
    void whoEndsLeavesTheConditionOfItsSuccessorAlone() throws Exception {
        KernelWatch former = watch(heard::add);
        refusals.set(Integer.MAX_VALUE);
        try (KernelWatch _ = watch(heard::add)) {
            former.close();
            assertThat(isDown()).isTrue();
        }
    }

    @Test
    void aListenerThatFailedHearsOfEverythingAfterwards() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        try (KernelWatch _ = watch(news -> {
            if (calls.incrementAndGet() <= 2) {
                throw new IllegalStateException("a defect");
            }
            heard.add(news);
        })) {
            script.add(() -> List.of(SOMETHING, SOMETHING));
            assertThat(next()).isEqualTo(EVERYTHING);
            script.add(() -> List.of(SOMETHING));
            assertThat(next()).isEqualTo(SOMETHING);
        }
    }

    @Test
    void mayBeClosedByItsListener() throws Exception {
        BlockingQueue<KernelWatch> self = new LinkedBlockingQueue<>();
        KernelWatch watch = watch(news -> {
            self.remove().close();
            heard.add(news);
        });
        self.add(watch);
        script.add(() -> List.of(SOMETHING));
        assertThat(next()).isEqualTo(SOMETHING);
        watch.close();
        assertThat(open).hasValue(0);
    }
}
