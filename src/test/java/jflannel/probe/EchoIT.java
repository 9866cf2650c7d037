package jflannel.probe;

import static org.assertj.core.api.Assertions.assertThat;

import jflannel.ip.Ip;
import jflannel.testing.OwnNetns;
import jflannel.testing.Sh;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetns.class)
class EchoIT {
    @Test
    void findsOutWhatPasses() throws Exception {
        Sh.sh("ip link set lo up mtu 1400");
        Echo echo = Echo.of(Ip.parse("127.0.0.1"), 1500);
        assertThat(echo.isAnswered()).isTrue();
        assertThat(echo.hasHole()).isTrue();
        assertThat(echo.passed()).isEqualTo(1400);
    }

    @Test
    void oneAddressWithoutARouteIsNoReasonNotToAskTheOthers() throws Exception {
        assertThat(Echo.of(Ip.parse("192.0.2.1"), 1500).isAnswered()).isFalse();
        assertThat(Echo.of(Ip.parse("2001:db8::1"), 1500).isAnswered()).isFalse();
    }
}
