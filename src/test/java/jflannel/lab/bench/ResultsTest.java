package jflannel.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import jflannel.lab.Measurements;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;

class ResultsTest {
    private static final Contender VXLAN = Contender.of(Scenario.VXLAN);
    private static final Results.Setting DIRECT_ON = new Results.Setting(Contender.DIRECT, true);
    private static final Results.Setting VXLAN_ON = new Results.Setting(VXLAN, true);

    private final Results results = new Results();

    private void tcp(int run, Results.Setting setting, double value) {
        results.add(run, setting, Map.of(BenchMetric.TCP_ONE, value));
    }

    @Test
    void comparesRunByRunSoThatASlowMinuteCancelsOut() {
        tcp(1, DIRECT_ON, 20);
        tcp(1, VXLAN_ON, 10);
        tcp(2, DIRECT_ON, 8);
        tcp(2, VXLAN_ON, 4.4);
        tcp(3, DIRECT_ON, 21);
        tcp(3, VXLAN_ON, 9.45);
        // the medians alone would say 9.45 / 20 = 0.47
        assertThat(results.ratio(VXLAN_ON, Contender.DIRECT, BenchMetric.TCP_ONE)
                        .orElseThrow())
                .satisfies(ratio -> assertThat(ratio.median()).isEqualTo(0.5))
                .hasToString("0.500 (0.450–0.550)");
    }

    @Test
    void leavesARunOutOfRatiosIfOneOfBothFailed() {
        tcp(1, DIRECT_ON, 20);
        tcp(2, DIRECT_ON, 10);
        tcp(2, VXLAN_ON, 4);
        tcp(3, VXLAN_ON, 9);
        assertThat(results.of(VXLAN_ON, BenchMetric.TCP_ONE)).contains(new Measurements(List.of(4.0, 9.0)));
        assertThat(results.ratio(VXLAN_ON, Contender.DIRECT, BenchMetric.TCP_ONE))
                .contains(new Measurements(List.of(0.4)));
    }

    @Test
    void comparesNothingWithItselfOrWithAnotherStateOfTheOffloads() {
        tcp(1, DIRECT_ON, 20);
        tcp(1, new Results.Setting(VXLAN, false), 4);
        assertThat(results.ratio(DIRECT_ON, Contender.DIRECT, BenchMetric.TCP_ONE))
                .isEmpty();
        assertThat(results.ratio(new Results.Setting(VXLAN, false), Contender.DIRECT, BenchMetric.TCP_ONE))
                .isEmpty();
        assertThat(results.of(VXLAN_ON, BenchMetric.TCP_ONE)).isEmpty();
    }

    @Test
    void givesNoRatiosOfLosses() {
        results.add(1, DIRECT_ON, Map.of(BenchMetric.FLOWS_LOSS, 1.0));
        results.add(1, VXLAN_ON, Map.of(BenchMetric.FLOWS_LOSS, 2.0));
        assertThat(results.ratio(VXLAN_ON, Contender.DIRECT, BenchMetric.FLOWS_LOSS))
                .isEmpty();
    }

    @Test
    void notesAValueThatIsNoNumberAsAFailure() {
        results.add(2, VXLAN_ON, Map.of(BenchMetric.PING_MOST, Double.POSITIVE_INFINITY));
        assertThat(results.of(VXLAN_ON, BenchMetric.PING_MOST)).isEmpty();
        assertThat(results.failures())
                .singleElement()
                .hasToString("run 2, vxlan, offloads on, ping, p99: too few answers");
    }
}
