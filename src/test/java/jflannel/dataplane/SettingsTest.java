package jflannel.dataplane;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is refused before the kernel is asked.
class SettingsTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "flannel 0", "flannel/0", "flannel:0", "flannel-with-16b"})
    void namesThatNoDeviceCanHave(String name) {
        assertThatThrownBy(() -> Tun.open(name, 1, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + name + "\"");
    }

    @Test
    void noLocalAddressOrTwoOfAFamily() {
        assertThatThrownBy(() -> new UdpTunnel.Settings("flannel0", List.of(), 8285, Map.of()))
                .isInstanceOf(IllegalArgumentException.class);
        List<Ip> two = List.of(Ip.parse("192.0.2.1"), Ip.parse("192.0.2.2"));
        assertThatThrownBy(() -> new UdpTunnel.Settings("flannel0", two, 8285, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("192.0.2.2");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 65_536})
    void portsOutOfRange(int port) {
        assertThatThrownBy(() -> new Endpoint(Ip.parse("192.0.2.1"), port))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Integer.toString(port));
        assertThatThrownBy(() -> new UdpTunnel.Settings("flannel0", List.of(Ip.parse("192.0.2.1")), port, Map.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
