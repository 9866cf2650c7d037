package jflannel.lab.faults;

import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Faults of backends whose drivers many a kernel lacks; run by KernelBackendsIT.
public class FaultsGuestTests {
    @ParameterizedTest
    @CsvSource({
        "WIREGUARD, device-deleted device-renamed peers-removed daemon-killed interface-renumbered config-backend",
        "IPIP, device-deleted routes-flushed daemon-killed interface-bounced config-backend",
        "IPSEC, device-deleted policies-flushed policies-deleted keys-flushed daemon-killed charon-killed"
    })
    void promisesAreKept(Scenario scenario, String names) throws Exception {
        FaultsIT.run(LabSetup.of(scenario).withNftables(true), LeaseStoreKind.ETCD, names);
    }
}
