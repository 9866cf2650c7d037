package jflannel.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
class RuleKeeperTest {
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration SAFETY = Duration.ofMinutes(5);

    private final Board board = new Board();
    private final List<Boolean> written = new ArrayList<>();
    private final Rules rules = new Rules();

    /// Rules that are nowhere.
    private static final class Rules implements RuleSet<String> {
        final BlockingQueue<String> looks = new LinkedBlockingQueue<>();
        volatile boolean reported = true;
        volatile boolean changed;
        volatile IOException failure;
        volatile RuntimeException defect;
        volatile CountDownLatch slow = new CountDownLatch(0);

        @Override
        public boolean converge(String wanted) throws IOException {
            looks.add(wanted);
            await(slow);
            if (failure != null) {
                throw failure;
            }
            if (defect != null) {
                throw defect;
            }
            return changed;
        }

        @Override
        public Set<String> tables() {
            return Set.of("ours");
        }

        @Override
        public boolean reported() {
            return reported;
        }

        @Override
        public String words() {
            return "fake rules";
        }

        void awaitLook() throws InterruptedException {
            assertThat(looks.poll(10, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void whoeverWishesDoesNotWaitForASlowTool() throws Exception {
        rules.slow = new CountDownLatch(1);
        try (RuleKeeper<String> keeper = keeper(PAUSE)) {
            keeper.keep("rules");
            rules.awaitLook();
            keeper.keep("others"); // the test would hang here
            keeper.rulesChanged("ours");
            assertThat(rules.looks).isEmpty();
            rules.slow.countDown();
            assertThat(rules.looks.poll(10, TimeUnit.SECONDS)).isEqualTo("others");
        }
    }

    @Test
    void onlyChangesOfOurTablesMatter() {
        try (RuleKeeper<String> keeper = keeper(PAUSE)) {
            assertThat(keeper.concerns("theirs")).as("before the first look").isTrue();
            keeper.look("rules");
            assertThat(keeper.concerns("theirs")).isFalse();
            assertThat(keeper.concerns("ours")).isTrue();
            assertThat(keeper.concerns(RuleKeeper.ANY_TABLE)).isTrue();
        }
    }

    @Test
    void looksAgainWhenOurTableWasChanged() throws Exception {
        try (RuleKeeper<String> keeper = keeper(PAUSE)) {
            keeper.keep("rules");
            rules.awaitLook();
            keeper.rulesChanged("ours");
            rules.awaitLook(); // the next one would be in five minutes
        }
    }

    @Test
    void restsForMinutesOnlyWhereTheKernelReportsChanges() {
        try (RuleKeeper<String> keeper = keeper(PAUSE)) {
            assertThat(keeper.look("rules")).isEqualTo(SAFETY);
            rules.reported = false;
            assertThat(keeper.look("rules")).isEqualTo(PAUSE);
        }
        try (RuleKeeper<String> keeper = keeper(Duration.ZERO)) {
            assertThat(keeper.look("rules")).as("never more often").isEqualTo(Duration.ofSeconds(1));
        }
        rules.reported = true;
        try (RuleKeeper<String> keeper = keeper(SAFETY.plusMinutes(1))) {
            assertThat(keeper.look("rules")).isEqualTo(SAFETY.plusMinutes(1));
        }
    }

    @Test
    void looksOftenWhileTheKernelsNewsDoNotArrive() throws Exception {
        try (RuleKeeper<String> keeper = keeper(PAUSE)) {
            keeper.keep("rules");
            rules.awaitLook();
            Thread.sleep(200); // until it rests
            board.raise(Condition.KERNEL_WATCH_DOWN, "too many open files");
            rules.awaitLook(); // the next one would be in five minutes
            rules.awaitLook();
            board.clear(Condition.KERNEL_WATCH_DOWN);
            assertThat(keeper.look("rules")).isEqualTo(SAFETY);
        }
    }

    @Test
    void aFailureIsAConditionAndTriedAgainAfterThePause() {
        try (RuleKeeper<String> keeper = keeper(PAUSE)) {
            rules.failure = new IOException("nft is not in PATH");
            assertThat(keeper.look("rules")).isEqualTo(PAUSE);
            assertThat(board.findings())
                    .extracting(Finding::condition, Finding::detail)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple(Condition.FIREWALL_FAILING, "nft is not in PATH"));
            rules.failure = null;
            assertThat(keeper.look("rules")).isEqualTo(SAFETY);
            assertThat(board.findings()).isEmpty();
        }
    }

    @Test
    void aDefectIsAConditionAndNotTakenForSuccess() {
        try (RuleKeeper<String> keeper = keeper(PAUSE)) {
            rules.defect = new IllegalStateException("oops");
            assertThatThrownBy(() -> keeper.look("rules")).isSameAs(rules.defect);
            assertThat(board.findings().getFirst().detail())
                    .isEqualTo("a defect of this program: java.lang.IllegalStateException: oops");
            rules.defect = null;
            keeper.look("rules");
            assertThat(board.findings()).isEmpty();
        }
    }

    @Test
    void aDefectIsTriedAgainSoon() throws Exception {
        try (RuleKeeper<String> keeper = keeper(PAUSE)) {
            rules.defect = new IllegalStateException("oops");
            keeper.keep("rules");
            rules.awaitLook();
            rules.awaitLook();
        }
    }

    @Test
    void tellsRepairsFromWishes() {
        rules.changed = true;
        try (RuleKeeper<String> keeper = keeper(PAUSE)) {
            keeper.look("rules");
            keeper.look("rules");
            keeper.look("others");
            rules.failure = new IOException("locked");
            keeper.look("others");
            rules.failure = null;
            keeper.look("others");
            keeper.look("others");
        }
        assertThat(written).containsExactly(true, false, true, true, false);
    }

    @Test
    void leavesNoConditionBehind() {
        RuleKeeper<String> keeper = keeper(PAUSE);
        rules.failure = new IOException("nft is not in PATH");
        keeper.look("rules");
        keeper.close();
        assertThat(board.findings()).isEmpty();
    }

    private RuleKeeper<String> keeper(Duration pause) {
        return new RuleKeeper<>("rules", Condition.FIREWALL_FAILING, rules, pause, board, written::add);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
