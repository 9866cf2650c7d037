package jflannel.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import jflannel.backend.IpipOnKernelGuestTests;
import jflannel.ipsec.EncryptionGuestTests;
import jflannel.lab.faults.FaultsGuestTests;
import jflannel.testing.VirtualMachine;
import org.junit.jupiter.api.Test;

/// Backends whose drivers many a kernel lacks, on one that has them all: Debian's, in a virtual machine, which boots
/// once for all of them. To run one class alone: `-Djflannel.guest=WireguardGuestTests`.
class KernelBackendsIT {
    /// Limits for a busy machine.
    private static final int SECONDS = 600;

    private static final int ON_DEMAND_SECONDS = 2400;

    /// What is an order of magnitude slower where all is emulated.
    private static final String PROPERTIES = "-Djflannel.lab.slowness=5";

    /// Each backend's tests; they may share the [GuestLab].
    private static final List<Class<?>> TESTS = List.of(
            WireguardGuestTests.class,
            IpipOnKernelGuestTests.class,
            IpipGuestTests.class,
            ExtensionGuestTests.class,
            EncryptionGuestTests.class,
            IpsecGuestTests.class);

    /// Too long for every day; the faults also need a machine with nothing else to do, as they promise seconds.
    private static final List<Class<?>> ON_DEMAND =
            List.of(TunnelsGuestTests.class, BackendChangeGuestTests.class, FaultsGuestTests.class);

    @Test
    void backendsWorkOnAKernelThatHasTheirDrivers() throws Exception {
        String only = System.getProperty("jflannel.guest", "");
        String[] tests = Stream.concat(TESTS.stream(), only.isEmpty() ? Stream.of() : ON_DEMAND.stream())
                .filter(test -> only.isEmpty() || test.getSimpleName().equals(only))
                .map(Class::getName)
                .toArray(String[]::new);
        VirtualMachine.Outcome result =
                VirtualMachine.test(only.isEmpty() ? SECONDS : ON_DEMAND_SECONDS, PROPERTIES, tests);
        System.out.println(result.output());
        assertThat(result.status()).as(result.output()).isZero();
        assertThat(result.output()).contains(" 0 failed, 0 skipped");
    }
}
