package jflannel.lab.faults;

import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// As [FaultsIT], with leases in Kubernetes.
class KubeFaultsIT {
    @ParameterizedTest
    @CsvSource({
        "VXLAN, api-killed api-down-at-start api-compacted api-refuses authority-rotated node-registered-again"
                + " annotations-removed daemon-ended config-vni",
        "HOST_GW, nodes-vanish token-rotated"
    })
    void promisesAreKept(Scenario scenario, String names) throws Exception {
        FaultsIT.run(LabSetup.of(scenario), LeaseStoreKind.KUBERNETES, names);
    }
}
