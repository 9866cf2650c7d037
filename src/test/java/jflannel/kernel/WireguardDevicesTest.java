package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;

class WireguardDevicesTest {
    private static final WireguardPeer PUBLISHED = new WireguardPeer(
            7,
            WireguardKey.of(new byte[32]),
            WireguardSecret.NONE,
            Ip.parse("192.0.2.2"),
            51820,
            0,
            Set.of(Cidr.parse("10.5.2.0/24")));

    private final WireguardDevices devices = new WireguardDevices();

    private List<KernelObject> look(WireguardPeer there, WireguardPeer wanted) {
        return devices.asWanted(
                List.of(new WireguardState.Peer(there, 1700000000, 1, 1)), Map.of(wanted.key(), wanted));
    }

    @Test
    void aPeerMayBeHeardFromElsewhereThanItPublishes() {
        WireguardPeer behindNat = PUBLISHED.at(Ip.parse("192.0.2.9"), 4711);
        assertThat(look(behindNat, PUBLISHED)).containsExactly(PUBLISHED);
        assertThat(look(behindNat, PUBLISHED)).containsExactly(PUBLISHED);
    }

    @Test
    void aPlaceThatIsPublishedLaterIsTriedAlthoughTheFormerOneAnswers() {
        assertThat(look(PUBLISHED, PUBLISHED)).containsExactly(PUBLISHED);
        WireguardPeer moved = PUBLISHED.at(PUBLISHED.host(), 51821);
        assertThat(look(PUBLISHED, moved)).as("it differs, so it is put").containsExactly(PUBLISHED);
        assertThat(look(PUBLISHED, moved)).as("it may come back").containsExactly(moved);
    }
}
