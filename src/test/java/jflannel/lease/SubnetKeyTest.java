package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubnetKeyTest {
    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, delimiter = '|', textBlock = """
            key                              | IPv4          | IPv6
            10.3.7.0-24                      | 10.3.7.0/24   |
            10.12.13.0-24&fd00:12:13::-56    | 10.12.13.0/24 | fd00:12:13::/56
            fd00:12:13::-64                  |               | fd00:12:13::/64
            0.0.0.0-0                        | 0.0.0.0/0     |
            10.3.7.1-32&::1-128              | 10.3.7.1/32   | ::1/128
            """)
    void namesBlocks(String key, String v4, String v6) {
        List<Cidr> cidrs = new ArrayList<>();
        if (v4 != null) {
            cidrs.add(Cidr.parse(v4));
        }
        if (v6 != null) {
            cidrs.add(Cidr.parse(v6));
        }
        assertThat(SubnetKey.format(cidrs)).isEqualTo(key);
        assertThat(SubnetKey.parse(key)).isEqualTo(cidrs);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "&",
                "garbage",
                "10.3.7.0",
                "10.3.7.0/24",
                "10.3.7.0-",
                "10.3.7.0-33",
                "10.3.7.1-24",
                "10.3.7.0-024",
                "010.3.7.0-24",
                "10.3.7.0-24/x",
                " 10.3.7.0-24",
                "10.3.7.0-24&",
                "&fd00::-64",
                "10.3.7.0-24&10.3.8.0-24",
                "fd00::-64&10.3.7.0-24",
                "10.3.7.0-24&fd00::-64&fd01::-64",
                "FD00::-64",
                "fd00:0::-64",
                "fd00::1-64",
                "fd00::-129",
                "fd00::%eth0-64",
                "10.3.7.0--1"
            })
    void refusesAnythingElse(String key) {
        assertThatThrownBy(() -> SubnetKey.parse(key)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keepsRandomBlocksAndRefusesRandomTextCleanly() {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            List<Cidr> cidrs = List.of(
                    new Cidr(new Ip(Family.IPV4, 0, random.nextInt() & 0xffffffffL), random.nextInt(33)),
                    new Cidr(new Ip(Family.IPV6, random.nextLong(), random.nextLong()), random.nextInt(129)));
            String key = SubnetKey.format(cidrs);
            assertThat(SubnetKey.parse(key)).isEqualTo(cidrs);
            char[] damaged = key.toCharArray();
            damaged[random.nextInt(damaged.length)] = (char) (random.nextInt(96) + 32);
            Throwable refused = catchThrowable(() -> assertThat(SubnetKey.format(SubnetKey.parse(new String(damaged))))
                    .isEqualTo(new String(damaged)));
            assertThat(refused)
                    .satisfiesAnyOf(
                            e -> assertThat(e).isNull(),
                            e -> assertThat(e).isInstanceOf(IllegalArgumentException.class));
        }
    }
}
