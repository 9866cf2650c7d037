package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class StartWatchTest {
    private static final String NO_TUN = condition("backend-failing", "no-network", "no tun");
    private static final String NO_LEASE = condition("no-lease", "no-network", "no answer");
    private static final String FORWARDING = condition("forwarding-off", "degraded", "off");

    private final StartWatch watch = new StartWatch();

    private static String condition(String code, String severity, String detail) {
        return ",{\"code\":\"%s\",\"severity\":\"%s\",\"detail\":\"%s\",\"remedy\":\"Mend it.\"}"
                .formatted(code, severity, detail);
    }

    /// A start is always among the conditions of a node that is coming up.
    private static String status(String conditions) {
        return "{\"state\":\"waiting-for-lease\",\"cause\":\"much\",\"conditions\":[%s%s]}"
                .formatted(condition("starting", "no-network", "starting").substring(1), conditions);
    }

    private static long at(int seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }

    @Test
    void aFaultOfTheNodeThatStaysIsFinal() {
        assertThat(watch.stuck(status(NO_TUN + FORWARDING), at(10))).isEmpty();
        assertThat(watch.stuck(status(NO_TUN + FORWARDING), at(12))).isEmpty();
        assertThat(watch.stuck(status(NO_TUN + FORWARDING), at(13))).hasValue("waiting-for-lease: no tun. Mend it.");
    }

    @Test
    void aFaultOfTheStoreMayTakeLonger() {
        assertThat(watch.stuck(status(NO_LEASE), at(10))).isEmpty();
        assertThat(watch.stuck(status(NO_LEASE), at(24))).isEmpty();
        assertThat(watch.stuck(status(NO_LEASE), at(25))).hasValue("waiting-for-lease: no answer. Mend it.");
    }

    @Test
    void anotherFaultIsProgress() {
        assertThat(watch.stuck(status(NO_TUN), at(10))).isEmpty();
        assertThat(watch.stuck(status(NO_TUN.replace("no tun", "busy")), at(12)))
                .isEmpty();
        assertThat(watch.stuck(status(NO_TUN.replace("no tun", "busy")), at(14)))
                .isEmpty();
        assertThat(watch.stuck(status(NO_TUN), at(16))).isEmpty();
    }

    @Test
    void whatDoesNotKeepPodsFromStartingIsNoFault() {
        String ready = status(NO_TUN).replace("waiting-for-lease", "ready");
        String odd = "{\"state\":\"starting\",\"conditions\":[1,{}]}";
        for (String status : List.of("", "{", "[]", "{}", odd, status(""), status(FORWARDING), ready)) {
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
