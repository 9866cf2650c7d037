package jflannel.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collections;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.lease.LeasedSubnet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeerProbeTest {
    private static final LeasedSubnet PEER = new LeasedSubnet(Cidr.parse("10.5.2.0/24"), Ip.parse("192.0.2.2"), null);

    /// @param answered how many of four small packets
    private static Echo echo(int answered, int passed, int whole) {
        return new Echo(PEER.publicIp(), 4, Collections.nCopies(answered, Duration.ofMillis(1)), whole, passed);
    }

    @ParameterizedTest(name = "outside {0} of 4 and {1} bytes, tunnel {2} of 4 and {3} bytes: {5}")
    @CsvSource(delimiter = '|', textBlock = """
            4 | 1500 | 4 | 1450 | true  | ''
            0 | 0    | 4 | 1450 | true  | the host itself does not answer pings
            4 | 1500 | 0 | 0    | false | the tunnel is broken, the way between the hosts is not
            0 | 0    | 0 | 0    | false | neither the host nor the tunnel answers
            4 | 1400 | 4 | 1350 | false | the way between the hosts carries no packets of more than 1400 bytes
            4 | 1500 | 4 | 1350 | false | the tunnel carries no packets of more than 1350 bytes
            4 | 1500 | 3 | 1450 | false | the tunnel loses packets
            3 | 1500 | 3 | 1450 | false | the way between the hosts loses packets
            0 | 0    | 3 | 1450 | false | the tunnel loses packets
            """)
    void oneSeesWhichOfTheTwoIsBroken(
            int outside, int outsideBytes, int within, int withinBytes, boolean well, String conclusion) {
        PeerProbe probe =
                new PeerProbe(PEER, echo(outside, outsideBytes, 1500), Optional.of(echo(within, withinBytes, 1450)));
        assertThat(probe.isWell()).isEqualTo(well);
        assertThat(probe.conclusion()).isEqualTo(conclusion);
    }

    @ParameterizedTest(name = "outside {0} of 4 and {1} bytes, no tunnel: {3}")
    @CsvSource(delimiter = '|', textBlock = """
            4 | 1500 | true  | ''
            0 | 0    | false | the host does not answer pings
            4 | 1400 | false | the way between the hosts carries no packets of more than 1400 bytes
            2 | 1500 | false | the way between the hosts loses packets
            """)
    void withoutATunnelTheWayBetweenTheHostsIsAll(int outside, int bytes, boolean well, String conclusion) {
        PeerProbe probe = new PeerProbe(PEER, echo(outside, bytes, 1500), Optional.empty());
        assertThat(probe.isWell()).isEqualTo(well);
        assertThat(probe.conclusion()).isEqualTo(conclusion);
    }
}
