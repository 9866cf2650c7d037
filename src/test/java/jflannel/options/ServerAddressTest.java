package jflannel.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerAddressTest {
    @ParameterizedTest
    @CsvSource({
        "9470, 127.0.0.1, 9470",
        "192.0.2.1:1, 192.0.2.1, 1",
        "0.0.0.0:65535, 0.0.0.0, 65535",
        "[::1]:9470, ::1, 9470"
    })
    void isAPortOfLoopbackOrAnAddressWithAPort(String word, String ip, int port) {
        assertThat(ServerAddress.parse(word)).isEqualTo(new ServerAddress(Ip.parse(ip), port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "65536",
                "-1",
                "+1",
                "x",
                ":9470",
                "127.0.0.1",
                "127.0.0.1:",
                "::1:9470",
                "[127.0.0.1]:1",
                "[::1]",
                "localhost:9470",
                "[::1:1"
            })
    void isNothingElse(String word) {
        assertThatThrownBy(() -> ServerAddress.parse(word)).isInstanceOf(Readings.Unfit.class);
    }

    @Test
    void isAbsentUnlessGiven() {
        for (String flag : List.of("--v=0", "--status-page=", "--status-page=0")) {
            assertThat(Options.parse(List.of(flag), Map.of()).statusPage).isEmpty();
        }
        assertThat(Options.parse(List.of("--status-page=9470"), Map.of()).statusPage)
                .isEqualTo("9470");
    }
}
