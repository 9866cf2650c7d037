package jflannel.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import jflannel.kernel.WireguardKey;
import jflannel.kernel.WireguardPeer;
import jflannel.kernel.WireguardSecret;
import jflannel.kernel.WireguardState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0    | 0       | 148        | no handshake, 0 bytes in, 148 bytes out
            1988 | 1200000 | 340000     | handshake 12 s ago, 1.2 MB in, 340 kB out
            1000 | 999     | 2500000000 | handshake 16 min ago, 999 bytes in, 2.5 GB out
            """)
    void aSessionIsDescribedForPeople(long handshake, long received, long sent, String words) {
        WireguardPeer peer =
                new WireguardPeer(7, new WireguardKey(1, 2, 3, 4), WireguardSecret.NONE, null, 0, 0, Set.of());
        assertThat(new Sessions(Map.of(), 2000).words(new WireguardState.Peer(peer, handshake, received, sent)))
                .isEqualTo(words);
    }
}
