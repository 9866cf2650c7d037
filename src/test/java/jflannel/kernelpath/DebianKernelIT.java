package jflannel.kernelpath;

import static org.assertj.core.api.Assertions.assertThat;

import jflannel.testing.VirtualMachine;
import org.junit.jupiter.api.Test;

/// The programs on a kernel as Debian ships it, whose verifier is another one.
class DebianKernelIT {
    /// A limit for a busy machine: it takes some 40 s of processor time.
    private static final int SECONDS = 600;

    @Test
    void theProgramsLoadThereAndDoTheSameAsTheDaemon() throws Exception {
        VirtualMachine.Outcome result = VirtualMachine.test(
                SECONDS, "-Djflannel.oracle.packets=200", KernelPathIT.class.getName(), OracleIT.class.getName());
        System.out.println(result.output());
        assertThat(result.status()).as(result.output()).isZero();
        assertThat(result.output()).contains(" 0 failed, 0 skipped");
    }
}
