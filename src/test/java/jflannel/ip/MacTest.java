package jflannel.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacTest {
    @Test
    void readsAndWritesTheSameText() {
        Mac mac = Mac.parse("82:4B:b6:2f:54:4e");
        assertThat(mac).hasToString("82:4b:b6:2f:54:4e");
        assertThat(Mac.of(mac.bytes())).isEqualTo(mac);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "82:4b:b6:2f:54",
                "82:4b:b6:2f:54:4e:00",
                "82-4b-b6-2f-54-4e",
                "82:4b:b6:2f:54:4g",
                "82:4b:b6:2f:54:4\u0665",
                "82:4b:b6:2f:5:44e",
                "824bb62f544e"
            })
    void refusesEverythingElse(String text) {
        assertThatThrownBy(() -> Mac.parse(text)).hasMessageContaining("is not an Ethernet address");
    }

    @Test
    void randomOnesAreUnicastAndLocallyAdministered() {
        Random random = new Random(3);
        for (int i = 0; i < 1000; i++) {
            Mac mac = Mac.random(random);
            assertThat(mac.isMulticast()).isFalse();
            assertThat(mac.bytes()[0] & 0x03).isEqualTo(0x02);
        }
    }

    @Test
    void equalsItsLikeAndNothingElse() {
        Mac mac = Mac.parse("82:4b:b6:2f:54:4e");
        assertThat(Mac.parse("82:4B:B6:2F:54:4E")).isEqualTo(mac).hasSameHashCodeAs(mac);
        assertThat(mac).isNotEqualTo(Mac.parse("82:4b:b6:2f:54:4f"));
        assertThat(mac.equals(null)).isFalse();
    }
}
