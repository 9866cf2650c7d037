package jflannel.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class InboxTest {
    private static final String LOOK = "look at everything";

    /// Messages are `subject=value`; those with a small letter are details.
    private final Inbox<String> inbox = new Inbox<>(
            3,
            message -> message.replaceFirst("=.*", ""),
            message -> Character.isLowerCase(message.charAt(0)) && !message.equals(LOOK),
            LOOK);

    private void post(String... messages) {
        for (String message : messages) {
            inbox.post(message);
        }
    }

    @Test
    void keepsTheOrder() {
        post("b=1", "A=1", "a=1");
        assertThat(inbox.drain()).containsExactly("b=1", "A=1", "a=1");
        assertThat(inbox.drain()).isEmpty();
    }

    @Test
    void theLaterOfTwoWithOneSubjectCountsInItsOwnPlace() {
        post("A=1", "a=1", "B=1", "A=2", "a=2");
        assertThat(inbox.drain()).containsExactly("B=1", "A=2", "a=2");
    }

    @Test
    void tooManyDetailsBecomeOneMessage() {
        post("A=1", "a=1", "b=1", "c=1", "B=1", "d=1", "e=1", "C=1", "f=1");
        assertThat(inbox.drain()).containsExactly("A=1", "B=1", LOOK, "C=1");
        post("a=1", "b=1", "c=1");
        assertThat(inbox.drain()).containsExactly("a=1", "b=1", "c=1");
    }

    @Test
    void detailsThatReplaceEachOtherAreNotTooMany() {
        for (int i = 0; i < 1_000; i++) {
            post("a=" + i, "b=" + i, "c=" + i);
        }
        assertThat(inbox.drain()).containsExactly("a=999", "b=999", "c=999");
    }

    @Test
    void aDetailThatGivesWayToAnotherKindIsNotCounted() {
        Inbox<Integer> signs = new Inbox<>(2, Math::abs, number -> number > 0, 0);
        for (int number : new int[] {1, -1, 2, -2, 3, 4, 3}) {
            signs.post(number);
        }
        assertThat(signs.drain()).containsExactly(-1, -2, 4, 3);
    }

    @Test
    void stillHoldsTheLastWordOnEachSubjectAfterAnyStorm() {
        Random random = new Random(7);
        Map<String, String> last = new HashMap<>();
        for (int i = 0; i < 10_000; i++) {
            String subject = String.valueOf((char) ('A' + random.nextInt(5)));
            last.put(subject, subject + "=" + i);
            post(subject + "=" + i, (char) ('a' + random.nextInt(26)) + "=" + i);
        }
        assertThat(inbox.drain()).hasSize(6).contains(LOOK).containsAll(last.values());
    }

    @Test
    void waitsForAMessageAndLeavesIt() throws Exception {
        assertThat(inbox.await(Duration.ZERO)).isEmpty();
        CompletableFuture<Void> later = CompletableFuture.runAsync(
                () -> post("A=1"), CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS));
        assertThat(inbox.await(Duration.ofSeconds(10))).contains("A=1");
        later.join();
        post("B=1");
        assertThat(inbox.await(Duration.ZERO)).contains("A=1");
        assertThat(inbox.drain()).containsExactly("A=1", "B=1");
    }
}
