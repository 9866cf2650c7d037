package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;

class SubnetAllocatorTest {
    private static final Predicate<Cidr> ANY = _ -> false;

    @Test
    void passesOverWhatTheHostCannotHave() {
        AddressPool pool = pool("10.5.0.0/20", 24, "10.5.1.0", "10.5.15.0");
        Cidr lan = Cidr.parse("10.5.0.0/22");
        assertThat(SubnetAllocator.free(pool, List.of(Cidr.parse("10.5.5.0/24")), lan::overlaps, 2))
                .containsExactly(Cidr.parse("10.5.4.0/24"), Cidr.parse("10.5.6.0/24"));
        assertThat(SubnetAllocator.pick(pool, List.of(), _ -> true, new Random(1)))
                .isEmpty();
    }

    @Test
    void endsItsSearchInAPoolWithoutEndOfWhichNothingCanBeUsed() {
        AddressPool pool = pool("fd00::/16", 64, "fd00::", "fdff:ffff:ffff:ffff::");
        assertThat(SubnetAllocator.free(pool, List.of(), _ -> true, 1)).isEmpty();
    }

    @Test
    void givesEachOfTwelveSubnetsOnceAndThenNone() {
        AddressPool pool = pool("10.5.0.0/26", 30, "10.5.0.4", "10.5.0.48");
        Random random = new Random(1);
        Set<Cidr> taken = new HashSet<>();
        for (int i = 0; i < 12; i++) {
            Cidr picked = SubnetAllocator.pick(pool, taken, ANY, random).orElseThrow();
            assertThat(pool.offers(picked)).isTrue();
            assertThat(taken.add(picked)).isTrue();
        }
        assertThat(SubnetAllocator.pick(pool, taken, ANY, random)).isEmpty();
    }

    @Test
    void picksAmongTheLowestHundred() {
        AddressPool pool = pool("10.0.0.0/8", 24, "10.0.1.0", "10.255.255.0");
        Random random = new Random(2);
        Set<Cidr> picked = new HashSet<>();
        for (int i = 0; i < 3_000; i++) {
            picked.add(SubnetAllocator.pick(pool, List.of(), ANY, random).orElseThrow());
        }
        assertThat(picked).hasSize(100).allMatch(it -> it.address().compareTo(Ip.parse("10.0.100.0")) <= 0);
    }

    @Test
    void passesLargeTakenBlocksInOneStep() {
        AddressPool pool = pool("fd00::/16", 64, "fd00::", "fdff:ffff:ffff:ffff::");
        assertThat(SubnetAllocator.free(
                        pool,
                        List.of(Cidr.parse("fd00::/17"), Cidr.parse("fd00::/64"), Cidr.parse("fd00:8000::/64")),
                        ANY,
                        1))
                .containsExactly(Cidr.parse("fd00:8000:0:1::/64"));
    }

    @Test
    void endsAtTheLastAddressOfTheFamily() {
        AddressPool pool = pool("255.255.255.0/24", 26, "255.255.255.64", "255.255.255.192");
        assertThat(SubnetAllocator.free(pool, List.of(), ANY, 100)).hasSize(3);
        assertThat(SubnetAllocator.free(pool, List.of(Cidr.parse("255.255.255.128/25")), ANY, 100))
                .containsExactly(Cidr.parse("255.255.255.64/26"));
    }

    @Test
    void findsNothingInAPoolWhoseEndsAreReversed() {
        assertThat(SubnetAllocator.free(pool("10.5.0.0/16", 24, "10.5.9.0", "10.5.8.0"), List.of(), ANY, 100))
                .isEmpty();
    }

    @Test
    void agreesWithAPlainSearchForRandomTakenBlocks() {
        AddressPool pool = pool("10.5.0.0/20", 24, "10.5.1.0", "10.5.15.0");
        Random random = new Random(3);
        for (int round = 0; round < 5_000; round++) {
            List<Cidr> taken = new ArrayList<>();
            for (int n = random.nextInt(8); n > 0; n--) {
                taken.add(new Cidr(Ip.parse("10.5.0.0").plus(random.nextInt(4096)), 19 + random.nextInt(10)));
            }
            taken.add(Cidr.parse("fd00::/64"));
            List<Cidr> plain = Stream.iterate(new Cidr(pool.min(), 24), Cidr::next)
                    .limit(15)
                    .filter(block -> taken.stream().noneMatch(block::overlaps))
                    .toList();
            assertThat(SubnetAllocator.free(pool, taken, ANY, 100))
                    .as("%s", taken)
                    .isEqualTo(plain);
        }
    }

    private static AddressPool pool(String network, int length, String min, String max) {
        return new AddressPool(Cidr.parse(network), length, Ip.parse(min), Ip.parse(max), false);
    }
}
