package jflannel.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import jflannel.ip.Ip;
import jflannel.kernel.WireguardKey;
import jflannel.kernel.WireguardPeer;
import jflannel.kernel.WireguardSecret;
import jflannel.kernel.WireguardState;
import org.junit.jupiter.api.Test;

class WireguardChecksTest {
    private static WireguardState.Peer peer(int number, long handshake, long sent) {
        return new WireguardState.Peer(
                new WireguardPeer(
                        7,
                        new WireguardKey(number, 0, 0, 0),
                        WireguardSecret.NONE,
                        Ip.parse("192.0.2." + number),
                        51820,
                        0,
                        Set.of()),
                handshake,
                0,
                sent);
    }

    @Test
    void onlyPeersThatWereSentToInVainAreNamed() {
        assertThat(WireguardChecks.sessions(List.of(peer(2, 0, 0), peer(3, 1000, 500))))
                .isEmpty();
        assertThat(WireguardChecks.sessions(List.of(peer(2, 0, 0), peer(3, 1000, 500), peer(4, 0, 148))))
                .singleElement()
                .satisfies(found -> {
                    assertThat(found.cause()).contains("1 of 3 nodes").contains("192.0.2.4:51820");
                    assertThat(found.grade()).isEqualTo(Grade.DEGRADED);
                    assertThat(found.remedy()).contains("192.0.2.4:51820");
                });
        assertThat(WireguardChecks.sessions(List.of(peer(4, 0, 148))))
                .singleElement()
                .satisfies(found -> assertThat(found.grade()).isEqualTo(Grade.BROKEN));
    }
}
