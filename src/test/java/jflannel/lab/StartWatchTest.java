package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StartWatchTest {
    private static final String KERNEL =
            "{\"state\":\"waiting-for-kernel\",\"since\":\"2026-01-31T12:00:00Z\",\"cause\":\"no tun\"}";
    private static final String STORE = KERNEL.replace("kernel", "lease");

    private final StartWatch watch = new StartWatch();

    private static long at(int seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }

    @Test
    void aFaultThatStaysIsFinal() {
        assertThat(watch.stuck(KERNEL, at(10))).isEmpty();
        assertThat(watch.stuck(KERNEL, at(12))).isEmpty();
        assertThat(watch.stuck(KERNEL, at(13))).hasValue("waiting-for-kernel: no tun");
    }

    @Test
    void aFaultOfTheStoreMayTakeLonger() {
        assertThat(watch.stuck(STORE, at(10))).isEmpty();
        assertThat(watch.stuck(STORE, at(24))).isEmpty();
        assertThat(watch.stuck(STORE, at(25))).hasValue("waiting-for-lease: no tun");
    }

    @Test
    void anotherFaultIsProgress() {
        assertThat(watch.stuck(KERNEL, at(10))).isEmpty();
        assertThat(watch.stuck(KERNEL.replace("no tun", "busy"), at(12))).isEmpty();
        assertThat(watch.stuck(KERNEL.replace("no tun", "busy"), at(14))).isEmpty();
        assertThat(watch.stuck(KERNEL, at(16))).isEmpty();
    }

    @Test
    void onlyAWaitThatHasACauseIsAFault() {
        for (String status : new String[] {
            "", "{", "[]", "{}", KERNEL.replace("no tun", ""), KERNEL.replace("waiting-for-kernel", "ready")
        }) {
            assertThat(watch.stuck(status, at(0))).isEmpty();
            assertThat(watch.stuck(status, at(60))).isEmpty();
        }
    }

    @Test
    void onlyWhatKeepsPodsFromStartingCounts() {
        String status = """
                {"state":"waiting-for-kernel","cause":"much","conditions":[%s
                 {"code":"starting","severity":"no-network","detail":"starting","remedy":"Wait."},
                 {"code":"forwarding-off","severity":"degraded","detail":"off","remedy":"Set it."}]}""";
        String refused =
                "{\"code\":\"backend-failing\",\"severity\":\"no-network\",\"detail\":\"no tun\",\"remedy\":\"Be root.\"},";
        assertThat(watch.stuck(status.formatted(""), at(0))).isEmpty();
        assertThat(watch.stuck(status.formatted(""), at(60))).isEmpty();
        assertThat(watch.stuck(status.formatted(refused), at(60))).isEmpty();
        assertThat(watch.stuck(status.formatted(refused), at(63))).hasValue("waiting-for-kernel: no tun. Be root.");
    }
}
