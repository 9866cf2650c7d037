package jflannel.lab.bench;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import jflannel.lab.Scenario;
import jflannel.lease.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchPlanTest {
    private static final Contender UDP = Contender.of(Scenario.UDP);

    @Test
    void readsAListOfBackendsInItsOrderWithoutRepetitions() {
        assertThat(Contender.list("udp, direct,udp")).containsExactly(UDP, Contender.DIRECT);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            udp,geneve | --backends: "geneve" cannot be used
            udp,       | --backends: an empty value cannot be used
            all        | --backends: "all" cannot be used
            """)
    void refusesAListWithAWordThatIsNoBackend(String list, String message) {
        assertThatThrownBy(() -> Contender.list(list))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message)
                .hasMessageContaining(Stream.of(Scenario.values())
                        .filter(scenario -> scenario.cloud().isEmpty())
                        .map(Scenario::title)
                        .collect(joining(", ", "direct, ", ",")));
    }

    @Test
    void readsTheStatesOfOffloads() {
        assertThat(BenchPlan.offloads("on")).containsExactly(true);
        assertThat(BenchPlan.offloads("off")).containsExactly(false);
        assertThat(BenchPlan.offloads("both")).containsExactly(true, false);
        assertThatThrownBy(() -> BenchPlan.offloads("ON")).hasMessageContaining("Give on, off or both");
    }

    @ParameterizedTest(name = "{0} runs of {1} s")
    @CsvSource({"0, 1, --runs", "101, 1, --runs", "1, 0, --seconds", "1, 31, --seconds"})
    void refusesTooFewOrTooMany(int runs, int seconds, String flag) {
        assertThatThrownBy(() -> new BenchPlan(List.of(UDP), List.of(true), runs, seconds))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(flag);
    }

    @Test
    void comparesWithDirectAndWithVxlanIfTheyAreThere() {
        Contender vxlan = Contender.of(Scenario.VXLAN);
        assertThat(new BenchPlan(Contender.list("vxlan,udp,direct"), List.of(true), 1, 1).bases())
                .containsExactly(Contender.DIRECT, vxlan);
        assertThat(new BenchPlan(List.of(UDP), List.of(true), 1, 1).bases()).isEmpty();
    }

    @Test
    void comparesPoliciesWithTheSameBackendWithoutThem() {
        BenchPlan plan = new BenchPlan(Contender.list("policies,direct"), List.of(true), 1, 1);
        assertThat(plan.contenders())
                .extracting(Contender::title)
                .containsExactly("host-gw", "queue", "policies-0", "policies-10", "policies-1000", "direct");
        assertThat(plan.bases()).containsExactly(Contender.DIRECT, Contender.UNFILTERED);
        assertThat(new BenchPlan(Contender.list("host-gw,vxlan"), List.of(true), 1, 1).bases())
                .as("a backend among others")
                .containsExactly(Contender.of(Scenario.VXLAN));
    }

    @Test
    void foreseesHowLongItTakes() {
        BenchPlan plan = new BenchPlan(Contender.list("direct,vxlan"), List.of(true, false), 3, 1);
        List<Probe> probes = List.of(
                new Probe("a", BenchMetric.TCP_ONE, 2, bed -> null),
                new Probe("b", BenchMetric.TCP_ONE, 3, bed -> null));
        // two states of three runs of two backends of 5 s; in each state a cold stream and a warm-up of each lab, and
        // vxlan's flanneld starts again
        assertThat(plan.plannedSeconds(probes)).isCloseTo(60 + 4 * 2 * 1.35 + 2 * 1.5, within(1e-9));
    }

    @Test
    void asksForEveryMetric() {
        assertThat(Probe.all(1, List.of())).hasSize(10).extracting(Probe::main).doesNotHaveDuplicates();
    }

    @Test
    void findsWhichFeaturesOfADeviceAreOn() {
        assertThat(LinkOffloads.enabled("""
                Features for eth0:
                tx-checksumming: on
                tcp-segmentation-offload: on
                \ttx-tcp-segmentation: on
                generic-segmentation-offload: off
                generic-receive-offload: off
                tx-udp-segmentation: on [fixed]
                """))
                .containsExactlyInAnyOrder("tcp-segmentation-offload", "tx-udp-segmentation");
    }

    @Test
    void findsAValueInTheListsOfTheKernel() {
        assertThat(MachineInfo.value("processor\t: 0\nmodel name\t: AMD EPYC\n", "model name"))
                .isEqualTo("AMD EPYC");
        assertThat(MachineInfo.value("", "model name")).isEqualTo("unknown");
    }
}
