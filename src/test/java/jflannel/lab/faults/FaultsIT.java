package jflannel.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import jflannel.lab.Scenario;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The short form of `flannel lab faults`: one fault of each kind.
class FaultsIT {
    /// Machines that run tests are busy; what promises no loss has to keep that all the same.
    private static final int TOLERANCE = 10;

    @ParameterizedTest
    @CsvSource({
        "VXLAN, etcd-emptied leases-vanish daemons-restarted device-replaced rules-flushed interface-renumbered"
                + " config-backend config-broken node-cut-off",
        "HOST_GW, interface-bounced lease-deleted",
        "UDP, device-deleted interface-mtu-udp"
    })
    void promisesAreKept(Scenario scenario, String names) throws Exception {
        List<Fault> faults = Catalogue.of(scenario, List.of(names.split(" ")));
        assertThat(faults).hasSize(names.split(" ").length);
        List<Drill.Verdict> verdicts = new Campaign(scenario, 1, TOLERANCE)
                .run(
                        faults,
                        verdict -> System.out.printf(
                                "%s: lost %d of %d, repaired after %d ms %s%n",
                                verdict.fault().name(),
                                verdict.traffic().lost(),
                                verdict.traffic().sent(),
                                verdict.repairMillis(),
                                verdict.complaints()));
        assertThat(verdicts)
                .allSatisfy(verdict -> assertThat(verdict.complaints())
                        .as(verdict.fault().name())
                        .isEmpty());
    }
}
