package jflannel.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import jflannel.ip.Family;
import org.junit.jupiter.api.Test;

class UpkeepTest {
    private final FakeKeeper rules = new FakeKeeper(Family.IPV4);
    private Duration now = Duration.ofDays(1);

    @Test
    void checksAtOnceWhenSomethingElseIsWanted() {
        Upkeep<FirewallConfig> upkeep = upkeep(true);

        upkeep.keep(Configs.V4);
        upkeep.keep(Configs.V4);
        assertThat(rules.checks).isEqualTo(1);
        upkeep.keep(Configs.plainPorts(Configs.V4));
        assertThat(rules.checks).isEqualTo(2);
    }

    @Test
    void restsForMinutesWhenTheKernelReportsChanges() {
        Upkeep<FirewallConfig> upkeep = upkeep(true);
        upkeep.keep(Configs.V4);

        assertThat(upkeep.untilNext()).isEqualTo(Duration.ofMinutes(5));
        pass(Duration.ofMinutes(5));
        upkeep.keep(Configs.V4);
        assertThat(rules.checks).isEqualTo(2);
    }

    @Test
    void checksAfterEachPauseWhenNobodyReportsChanges() {
        rules.reported = false;
        Upkeep<FirewallConfig> upkeep = upkeep(true);
        upkeep.keep(Configs.V4);

        assertThat(upkeep.untilNext()).isEqualTo(Duration.ofSeconds(5));
        pass(Duration.ofSeconds(4));
        upkeep.keep(Configs.V4);
        assertThat(rules.checks).isEqualTo(1);
        pass(Duration.ofSeconds(1));
        upkeep.keep(Configs.V4);
        assertThat(rules.checks).isEqualTo(2);
    }

    @Test
    void checksAfterEachPauseWhenNobodyListensToTheKernel() {
        Upkeep<FirewallConfig> upkeep = upkeep(false);
        upkeep.keep(Configs.V4);

        assertThat(upkeep.untilNext()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void reactsAtOnceToAChangeOfOurTableButNotTwiceWithinThePause() {
        Upkeep<FirewallConfig> upkeep = upkeep(true);
        upkeep.keep(Configs.V4);
        pass(Duration.ofMinutes(1));

        upkeep.touched("ours");
        assertThat(upkeep.untilNext()).isZero();
        upkeep.keep(Configs.V4);
        upkeep.touched("ours");
        assertThat(upkeep.untilNext()).isEqualTo(Duration.ofSeconds(5));
        upkeep.keep(Configs.V4);
        assertThat(rules.checks).isEqualTo(2);
    }

    @Test
    void doesNotCareForTablesOfOthers() {
        Upkeep<FirewallConfig> upkeep = upkeep(true);
        upkeep.keep(Configs.V4);
        pass(Duration.ofMinutes(1));

        upkeep.touched("theirs");
        upkeep.keep(Configs.V4);
        assertThat(rules.checks).isEqualTo(1);
    }

    @Test
    void triesAgainAfterAFailure() {
        rules.failure = new IOException("nft is not in PATH");
        Upkeep<FirewallConfig> upkeep = upkeep(true);
        upkeep.keep(Configs.V4);

        assertThat(upkeep.fault()).hasValueSatisfying(fault -> assertThat(fault).hasMessage("nft is not in PATH"));
        assertThat(upkeep.untilNext()).isEqualTo(Duration.ofSeconds(5));
        rules.failure = null;
        pass(Duration.ofSeconds(5));
        upkeep.keep(Configs.V4);
        assertThat(upkeep.fault()).isEmpty();
        assertThat(upkeep.untilNext()).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void neverChecksMoreOftenThanOnceASecond() {
        rules.reported = false;
        Upkeep<FirewallConfig> upkeep = new Upkeep<>(firewall(), Duration.ZERO, true, now::toNanos);
        upkeep.keep(Configs.V4);

        assertThat(upkeep.untilNext()).isEqualTo(Duration.ofSeconds(1));
    }

    private Upkeep<FirewallConfig> upkeep(boolean watched) {
        return new Upkeep<>(firewall(), Duration.ofSeconds(5), watched, () -> now.toNanos());
    }

    private Firewall firewall() {
        Map<Family, RuleKeeper> keepers = new EnumMap<>(Family.class);
        keepers.put(Family.IPV4, rules);
        keepers.put(Family.IPV6, new FakeKeeper(Family.IPV6));
        return new Firewall(keepers, List.of());
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }
}
