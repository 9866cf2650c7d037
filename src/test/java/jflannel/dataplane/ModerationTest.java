package jflannel.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ModerationTest {
    private long now = 1_000;
    private final Moderation moderation = new Moderation(() -> now += 100);

    @Test
    void sleepsAtOnceWherePacketsComeRarely() {
        for (int i = 0; i < 10; i++) {
            assertThat(moderation.linger()).isFalse();
            sleep(1_000_000);
        }
    }

    @Test
    void lingersOnceWherePacketsComeDensely() {
        sleepShortly();
        long before = now;
        assertThat(moderation.linger()).isTrue();
        assertThat(now - before).isBetween(Moderation.MOST_NANOS, Moderation.MOST_NANOS + 1_000);
        assertThat(moderation.linger()).isFalse(); // in vain: now it sleeps
        sleep(1);
        assertThat(moderation.linger()).isTrue();
    }

    @Test
    void lingersForEachPacketThatWasFound() {
        sleepShortly();
        for (int i = 0; i < 10; i++) {
            assertThat(moderation.linger()).isTrue();
            moderation.found();
        }
    }

    @Test
    void doesNotLingerAnyLongerSoonAfterPacketsHaveBecomeRare() {
        sleepShortly();
        int lingered = 0;
        for (int i = 0; i < 20; i++) {
            if (moderation.linger()) {
                lingered++;
                moderation.linger();
            }
            sleep(1_000_000);
        }
        assertThat(lingered).isBetween(1, 5);
    }

    private void sleepShortly() {
        for (int i = 0; i < 10; i++) {
            if (moderation.linger()) {
                moderation.linger();
            }
            sleep(1_000);
        }
    }

    private void sleep(long nanos) {
        now += nanos;
        moderation.slept();
    }
}
