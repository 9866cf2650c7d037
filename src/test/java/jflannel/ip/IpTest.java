package jflannel.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpTest {
    @ParameterizedTest(name = "{0} is written {1}")
    @CsvSource({
        "192.0.2.10, 192.0.2.10",
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255",
        "::, ::",
        "::1, ::1",
        "1::, 1::",
        "2001:DB8::A, 2001:db8::a",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "fc00:0:0:1::, fc00:0:0:1::",
        "1:0:0:2:0:0:0:3, 1:0:0:2::3",
        "::ffff:192.0.2.1, ::ffff:192.0.2.1",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221"
    })
    void writesTheCanonicalForm(String text, String canonical) {
        assertThat(Ip.parse(text)).hasToString(canonical);
        assertThat(Ip.parse(canonical)).isEqualTo(Ip.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "a.b.c.d", "1.2.3.-4", "+1.2.3.4",
                ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "::1%eth0",
                        "1:2:3:4:5:6:7::8",
                "1.2.3.4::", "::1.2.3", "localhost", "１.2.3.4"
            })
    void refusesEverythingElse(String text) {
        assertThatThrownBy(() -> Ip.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not an IP address");
    }

    @Test
    void agreesWithTheJdkOnRandomAddresses() throws Exception {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
            random.nextBytes(bytes);
            for (int zero = random.nextInt(bytes.length); zero < random.nextInt(bytes.length + 1); zero++) {
                bytes[zero] = 0;
            }
            Ip ip = Ip.of(bytes);
            assertThat(ip.bytes()).isEqualTo(bytes);
            assertThat(Ip.parse(ip.toString())).isEqualTo(ip);
            assertThat(InetAddress.getByName(ip.toString())).isEqualTo(InetAddress.getByAddress(bytes));
        }
    }

    @ParameterizedTest(name = "{0} plus {1} is {2}")
    @CsvSource({
        "10.0.0.255, 1, 10.0.1.0",
        "255.255.255.255, 1, 0.0.0.0",
        "::ffff:ffff:ffff:ffff, 1, 0:0:0:1::",
        "fd00::1, 255, fd00::100"
    })
    void counts(String ip, long count, String sum) {
        assertThat(Ip.parse(ip).plus(count)).isEqualTo(Ip.parse(sum));
    }

    @ParameterizedTest(name = "{0} comes before {1}")
    @CsvSource({
        "10.0.0.255, 10.0.1.0",
        "255.255.255.255, 0.0.0.0",
        "::ffff:ffff:ffff:ffff, 0:0:0:1::",
        "fd00::ff, fd00::100"
    })
    void countsBackwards(String ip, String next) {
        assertThat(Ip.parse(next).previous()).isEqualTo(Ip.parse(ip));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "0.0.0.0, any",
        "::, any",
        "127.0.0.1, loopback",
        "::1, loopback",
        "224.0.0.1, multicast",
        "ff02::1, multicast",
        "169.254.1.1, link-local",
        "fe80::1, link-local",
        "192.0.2.1, ordinary",
        "2001:db8::1, ordinary"
    })
    void knowsSpecialAddresses(String text, String kind) {
        Ip ip = Ip.parse(text);
        assertThat(ip.isAny()).isEqualTo(kind.equals("any"));
        assertThat(ip.isLoopback()).isEqualTo(kind.equals("loopback"));
        assertThat(ip.isMulticast()).isEqualTo(kind.equals("multicast"));
        assertThat(ip.isLinkLocal()).isEqualTo(kind.equals("link-local"));
    }

    @Test
    void equalsItsLikeAndNothingElse() {
        Ip ip = Ip.parse("fd00::1");
        assertThat(Ip.parse("fd00:0:0::1")).isEqualTo(ip).hasSameHashCodeAs(ip);
        assertThat(ip).isNotEqualTo(Ip.parse("fd00::2")).isNotEqualTo(Ip.parse("fd01::1"));
        assertThat(Ip.parse("0.0.0.1")).isNotEqualTo(Ip.parse("::1"));
        assertThat(ip.equals(null)).isFalse();
    }
}
