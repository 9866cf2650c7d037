package jflannel.testing;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetns.class)
class OwnNetnsIT {
    @Test
    void startsWithALoopbackDeviceOnly() throws Exception {
        assertThat(sh("ip -br link | wc -l")).isEqualTo("1");
        assertThat(sh("ls /run")).isEmpty();
    }
}
