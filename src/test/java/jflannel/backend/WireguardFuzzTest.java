package jflannel.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import jflannel.lease.ConfigException;

/// What other nodes publish is understood or refused with a reason.
class WireguardFuzzTest {
    @FuzzTest
    void data(byte[] json) {
        WireguardData data;
        try {
            data = WireguardData.parse(new String(json, UTF_8));
        } catch (ConfigException | IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        assertThat(data.port()).isBetween(0, 65535);
        assertThat(WireguardData.parse(data.json())).isEqualTo(data);
    }
}
