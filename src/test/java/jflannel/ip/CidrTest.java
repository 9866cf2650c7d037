package jflannel.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
    @ParameterizedTest(name = "{0} is {1}, ends at {2}, and {3} follows")
    @CsvSource({
        "10.3.7.9/16, 10.3.0.0/16, 10.3.255.255, 10.4.0.0/16",
        "10.3.7.0/24, 10.3.7.0/24, 10.3.7.255, 10.3.8.0/24",
        "0.0.0.0/0, 0.0.0.0/0, 255.255.255.255, 0.0.0.0/0",
        "10.0.0.1/32, 10.0.0.1/32, 10.0.0.1, 10.0.0.2/32",
        "fd00:10:244:7::1/64, fd00:10:244:7::/64, fd00:10:244:7:ffff:ffff:ffff:ffff, fd00:10:244:8::/64",
        "fd00:10:244::/48, fd00:10:244::/48, fd00:10:244:ffff:ffff:ffff:ffff:ffff, fd00:10:245::/48",
        "fd00::/126, fd00::/126, fd00::3, fd00::4/126",
        "::/0, ::/0, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ::/0"
    })
    void knowsItsEnds(String text, String masked, String last, String next) {
        Cidr cidr = Cidr.parse(text);
        assertThat(cidr).hasToString(masked);
        assertThat(cidr.last()).hasToString(last);
        assertThat(cidr.next()).hasToString(next);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "fd00::/129", "10.0.0.0/-1", "/8", "10.0.0.0/8/8", "x/8"
            })
    void refusesEverythingElse(String text) {
        assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void containsWhatTheArithmeticOfBigNumbersSays() {
        Random random = new Random(11);
        for (int i = 0; i < 20_000; i++) {
            Family family = random.nextBoolean() ? Family.IPV4 : Family.IPV6;
            Cidr one = randomCidr(random, family);
            Cidr two = randomCidr(random, family);
            boolean contains = number(one.address()).compareTo(number(two.address())) <= 0
                    && number(one.last()).compareTo(number(two.last())) >= 0;
            assertThat(one.contains(two)).as(one + " contains " + two).isEqualTo(contains);
            assertThat(one.overlaps(two)).isEqualTo(contains || two.contains(one));
            assertThat(number(one.last()).subtract(number(one.address())))
                    .isEqualTo(BigInteger.ONE
                            .shiftLeft(family.bits() - one.length())
                            .subtract(BigInteger.ONE));
        }
    }

    @Test
    void familiesNeverContainEachOther() {
        assertThat(Cidr.all(Family.IPV6).contains(Ip.parse("10.0.0.1"))).isFalse();
        assertThat(Cidr.all(Family.IPV4).overlaps(Cidr.all(Family.IPV6))).isFalse();
    }

    private static Cidr randomCidr(Random random, Family family) {
        byte[] bytes = new byte[family.bytes()];
        bytes[bytes.length - 1] = (byte) random.nextInt(256);
        bytes[0] = (byte) random.nextInt(2);
        return new Cidr(Ip.of(bytes), random.nextInt(family.bits() + 1));
    }

    private static BigInteger number(Ip ip) {
        return new BigInteger(1, ip.bytes());
    }

    @Test
    void equalsItsLikeAndNothingElse() {
        Cidr cidr = Cidr.parse("10.3.0.0/16");
        assertThat(Cidr.parse("10.3.7.9/16")).isEqualTo(cidr).hasSameHashCodeAs(cidr);
        assertThat(cidr).isNotEqualTo(Cidr.parse("10.3.0.0/17")).isNotEqualTo(Cidr.parse("10.4.0.0/16"));
        assertThat(cidr.equals(null)).isFalse();
    }

    @Test
    void spreadsInATableOfManyNetworks() {
        // where a hash map of 16,384 places puts them
        long places = IntStream.range(0, 10_000)
                .map(i -> new Cidr(new Ip(Family.IPV4, 0, 0x0a000000L + ((long) i << 8)), 24).hashCode())
                .map(hash -> (hash ^ hash >>> 16) & 0x3fff)
                .distinct()
                .count();
        assertThat(places).isGreaterThan(7_000); // 7,500 by chance
    }
}
