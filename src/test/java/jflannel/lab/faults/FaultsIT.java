package jflannel.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.EnumSet;
import java.util.List;
import jflannel.ip.Family;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The short form of `flannel lab faults`: one fault of each kind.
class FaultsIT {
    /// Machines that run tests are busy; what promises no loss has to keep that all the same.
    private static final int TOLERANCE = 10;

    @ParameterizedTest
    @CsvSource({
        "VXLAN, false, false, etcd-emptied leases-vanish daemons-restarted device-replaced rules-flushed"
                + " interface-renumbered config-backend config-broken node-cut-off",
        "VXLAN, true, true, device-deleted device-renamed routes-flushed neighbours-flushed tables-deleted"
                + " peer-filter-deleted interface-bounced interface-address-late interface-renumbered-ipv6"
                + " config-firewall",
        "HOST_GW, false, false, interface-bounced interface-renumbered lease-deleted",
        "UDP, false, false, device-deleted device-renamed interface-mtu-udp",
        "AWS_VPC, false, false, cloud-route-deleted cloud-throttles cloud-machine-replaced"
    })
    void promisesAreKept(Scenario scenario, boolean dual, boolean nftables, String names) throws Exception {
        LabSetup setup = LabSetup.of(scenario)
                .withFamilies(dual ? EnumSet.allOf(Family.class) : EnumSet.of(Family.IPV4))
                .withNftables(nftables);
        run(setup, LeaseStoreKind.ETCD, names);
    }

    @Test
    void nobodyNoticesThatTheClockIsSet() throws Exception {
        assumeThat(FakeClock.library())
                .as("libfaketime is missing: install the package faketime")
                .isPresent();
        run(
                LabSetup.of(Scenario.VXLAN),
                LeaseStoreKind.ETCD,
                "clock-jumps clock-back-at-start clock-before-certificates");
    }

    /// @param words the faults' names, with spaces between
    static void run(LabSetup setup, LeaseStoreKind store, String words) throws Exception {
        List<String> names = List.of(words.split(" "));
        List<Fault> faults = FaultCatalogue.of(setup, store, names);
        assertThat(faults).hasSameSizeAs(names);
        List<FaultRun.Result> results = new FaultSuite(setup, store, 1, TOLERANCE)
                .run(
                        faults,
                        result -> System.out.printf(
                                "%s: lost %d of %d, repaired after %d ms %s%n",
                                result.fault().name(),
                                result.pings().lost(),
                                result.pings().sent(),
                                result.repairMillis(),
                                result.complaints()));
        assertThat(results)
                .allSatisfy(result -> assertThat(result.complaints())
                        .as(result.fault().name())
                        .isEmpty());
    }
}
