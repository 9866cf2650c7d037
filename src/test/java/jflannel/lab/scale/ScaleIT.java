package jflannel.lab.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import jflannel.ip.Family;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(OwnNetns.class)
class ScaleIT {
    /// That the kernel has an entry for each lease is required by the trial itself.
    @ParameterizedTest(name = "Kubernetes: {0}, External: {1}")
    @CsvSource({"false, false", "true, false", "false, true"})
    void measuresANodeAmongOthersOfBothFamilies(boolean kube, boolean external) throws Exception {
        StartupRun run = StartupRun.of(
                new SimulatedNodes(EnumSet.allOf(Family.class), true, kube, external),
                300,
                new StartupRun.Pace(3, 100, 200));
        assertThat(run.changeMillis().values()).hasSize(3).allMatch(millis -> millis > 0);
        assertThat(run.readyMillis()).isPositive();
        assertThat(run.settled().residentMib()).isBetween(20.0, 400.0);
        assertThat(run.startBytes()).isGreaterThan(300 * 100);
        assertThat(ScaleCommand.report(List.of(run)).toString()).contains("exec to all peers programmed", "MiB");
    }
}
