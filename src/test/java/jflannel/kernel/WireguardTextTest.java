package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import org.junit.jupiter.api.Test;

/// The text as <https://www.wireguard.com/xplatform/> has it.
class WireguardTextTest {
    private static final String A = "a1".repeat(32);
    private static final String B = "b2".repeat(32);
    private static final WireguardPeer PEER = new WireguardPeer(
            7,
            WireguardKey.of(HexFormat.of().parseHex(A)),
            secret(B),
            Ip.parse("2001:db8::2"),
            51821,
            25,
            Set.of(Cidr.parse("10.5.2.0/24"), Cidr.parse("fd05:0:0:2::/64")));

    private static WireguardSecret secret(String hex) {
        return WireguardSecret.of(HexFormat.of().parseHex(hex));
    }

    @Test
    void aPeerIsSetAndRemovedByItsKey() {
        assertThat(WireguardText.put(PEER)).isEqualTo("""
                        set=1
                        public_key=%s
                        replace_allowed_ips=true
                        preshared_key=%s
                        endpoint=[2001:db8::2]:51821
                        persistent_keepalive_interval=25
                        allowed_ip=10.5.2.0/24
                        allowed_ip=fd05:0:0:2::/64

                        """.formatted(A, B));
        assertThat(WireguardText.place(PEER)).isEqualTo("""
                        set=1
                        public_key=%s
                        update_only=true
                        endpoint=[2001:db8::2]:51821

                        """.formatted(A));
        assertThat(WireguardText.delete(PEER)).isEqualTo("set=1\npublic_key=%s\nremove=true\n\n".formatted(A));
    }

    @Test
    void whatADeviceHasIsReadBack() throws Exception {
        List<String> answer = """
                private_key=%s
                listen_port=51821
                public_key=%s
                preshared_key=%s
                protocol_version=1
                endpoint=[2001:db8::2]:51821
                last_handshake_time_sec=1700000000
                last_handshake_time_nsec=5
                tx_bytes=148
                rx_bytes=92
                persistent_keepalive_interval=25
                allowed_ip=fd05:0:0:2::/64
                allowed_ip=10.5.2.0/24
                public_key=%s
                preshared_key=%s
                errno=0""".formatted(B, A, B, B, "00".repeat(32)).lines().toList();
        WireguardText.Device device = WireguardText.decode(7, answer);
        WireguardKey other = WireguardKey.of(HexFormat.of().parseHex(B));
        assertThat(device.state())
                .isEqualTo(new WireguardState(
                        Optional.empty(),
                        51821,
                        List.of(
                                new WireguardState.Peer(PEER, 1700000000, 92, 148),
                                new WireguardState.Peer(
                                        new WireguardPeer(7, other, WireguardSecret.NONE, null, 0, 0, Set.of()),
                                        0,
                                        0,
                                        0))));
        assertThat(WireguardText.configure(device, new Wireguard(secret(B), 51821)))
                .as("what is right is left alone")
                .isEmpty();
        assertThat(WireguardText.configure(device, new Wireguard(secret(A), 51821)))
                .isEqualTo("set=1\nprivate_key=%s\n\n".formatted(A));
        assertThat(WireguardText.configure(device, new Wireguard(secret(B), 4))).isEqualTo("set=1\nlisten_port=4\n\n");
    }

    @Test
    void aRefusalOrNonsenseIsAnErrorThatRepeatsNoKey() {
        assertThatThrownBy(() -> WireguardText.decode(7, List.of("errno=-1")))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("Operation not permitted");
        assertThatThrownBy(() -> WireguardText.decode(7, List.of("private_key=x" + A)))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("private_key")
                .message()
                .doesNotContain(A);
    }

    @Test
    void anyAnswerIsTakenOrRefused() {
        Random random = new Random(7);
        List<String> names = List.of("public_key", "endpoint", "allowed_ip", "listen_port", "rx_bytes", "errno", "");
        for (int i = 0; i < 5000; i++) {
            byte[] value = new byte[random.nextInt(8)];
            random.nextBytes(value);
            String line = names.get(random.nextInt(names.size()))
                    + (random.nextBoolean() ? "=" : "")
                    + new String(value, java.nio.charset.StandardCharsets.ISO_8859_1);
            try {
                WireguardText.decode(7, List.of("public_key=" + A, line));
            } catch (KernelException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
    }
}
