package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import org.junit.jupiter.api.Test;

/// Messages byte by byte, grouped by attribute, on a little-endian machine; linux/wireguard.h says what they mean.
class WireguardMessagesTest {
    private static final WireguardMessages MESSAGES = new WireguardMessages(30);
    private static final String A = "a1".repeat(32);
    private static final String B = "b2".repeat(32);
    private static final WireguardKey KEY = WireguardKey.of(bytes(A));
    private static final WireguardPeer PEER = new WireguardPeer(
            7,
            KEY,
            WireguardSecret.of(bytes(B)),
            Ip.parse("192.0.2.2"),
            51820,
            25,
            Set.of(Cidr.parse("10.5.2.0/24"), Cidr.parse("fd05:0:0:2::/64")));

    @Test
    void aPeerIsSetWithAllItsNetworksInOneMessage() {
        assertThat(hex(MESSAGES.put(PEER).body()))
                .isEqualTo(hex("01010000  08000100 07000000"
                        + "bc000880  b8000080" // the list of peers, and the one in it
                        + "24000100" + A + "08000300 02000000  24000200" + B
                        + "14000400 0200ca6c c0000202 00000000 00000000" // struct sockaddr_in
                        + "06000500 19000000"
                        + "48000980" // allowed networks
                        + "1c000080 06000100 02000000 08000200 0a050200 05000300 18000000"
                        + "28000080 06000100 0a000000 14000200 fd050000 00000002 00000000 00000000"
                        + "05000300 40000000"));
    }

    @Test
    void anEndpointOverIpv6IsASockaddrIn6() {
        WireguardPeer there = PEER.at(Ip.parse("2001:db8::2"), 51821);
        assertThat(hex(MESSAGES.put(there).body()))
                .contains(hex("20000400 0a00ca6d 00000000 20010db8 00000000 00000000 00000002 00000000"));
    }

    @Test
    void aPeerIsRemovedByItsKey() {
        assertThat(hex(MESSAGES.delete(PEER).body()))
                .isEqualTo(hex("01010000  08000100 07000000  34000880 30000080  24000100" + A + "08000300 01000000"));
    }

    @Test
    void aDeviceHasAKeyAndAPort() {
        Link link = new Link(7, "flannel-wg", "wireguard", 1420, null, true, 0, Wireguard.ANY);
        assertThat(hex(MESSAGES.configure(link, new Wireguard(WireguardSecret.of(bytes(B)), 51820))
                        .body()))
                .isEqualTo(hex("01010000  08000100 07000000  24000300" + B + "06000600 6cca0000"));
    }

    private static final String PEER_READ = "24000100" + A + "24000200" + B
            + "14000a00 00000000 00000000 00000000 00000000" // something newer
            + "14000600 05000000 00000000 06000000 00000000  0c000700 07000000 00000000  0c000800 08000000 00000000"
            + "06000500 19000000  14000400 0200ca6c c0000202 00000000 00000000"
            + "20000980 1c000080 06000100 02000000 08000200 0a050200 05000300 18000000";

    @Test
    void whatTheKernelSaysIsReadBack() throws Exception {
        WireguardState state = decode("00010000  24000400" + B + "06000600 6cca0000 " + list(PEER_READ));
        assertThat(state.publicKey()).contains(WireguardKey.of(bytes(B)));
        assertThat(state.port()).isEqualTo(51820);
        assertThat(state.peers())
                .containsExactly(new WireguardState.Peer(
                        new WireguardPeer(
                                7,
                                KEY,
                                PEER.preshared(),
                                PEER.host(),
                                PEER.port(),
                                25,
                                Set.of(Cidr.parse("10.5.2.0/24"))),
                        5,
                        7,
                        8));
    }

    /// A message holds some 300 peers, and the networks of one may go on in the next.
    @Test
    void aPeerThatIsSplitBetweenMessagesIsWhole() throws Exception {
        String rest =
                "24000100" + A + "2c000980 28000080 06000100 0a000000 14000200 fd050000 00000002 00000000 00000000"
                        + "05000300 40000000";
        WireguardState state = WireguardMessages.join(
                List.of(decode("00010000 06000600 6cca0000" + list(PEER_READ)), decode("00010000" + list(rest))));
        assertThat(state.port()).isEqualTo(51820);
        assertThat(state.peers())
                .singleElement()
                .satisfies(peer -> assertThat(peer.settings()).isEqualTo(PEER));
    }

    @Test
    void nonsenseIsRefused() {
        for (String nonsense : List.of(
                "00010000 08000400 00000000", // a key of four bytes
                "00010000" + list("08000300 00000000"), // a peer without one
                "00010000" + list("24000100" + A + "08000400 0300ca6c"))) { // neither IPv4 nor IPv6
            assertThatThrownBy(() -> decode(nonsense)).isInstanceOf(KernelException.class);
        }
    }

    @Test
    void aPeerThatWasHeardElsewhereIsAsWanted() {
        WireguardState.Peer roaming = new WireguardState.Peer(PEER.at(Ip.parse("203.0.113.9"), 4321), 1000, 0, 0);
        assertThat(roaming.against(PEER)).isEqualTo(PEER);
        assertThat(roaming.against(null)).isEqualTo(roaming.settings());
        WireguardState.Peer silent = new WireguardState.Peer(PEER.at(Ip.parse("203.0.113.9"), 4321), 0, 0, 0);
        assertThat(silent.against(PEER)).isNotEqualTo(PEER);
    }

    @Test
    void noTextShowsASecret() {
        WireguardState state =
                new WireguardState(Optional.of(KEY), 51820, List.of(new WireguardState.Peer(PEER, 0, 0, 0)));
        String secret = java.util.Base64.getEncoder().encodeToString(bytes(B));
        Device device = new Device("flannel-wg", new Wireguard(WireguardSecret.of(bytes(B)), 51820), null, 1420);
        for (Object each : List.of(
                state, PEER, device, PEER.preshared(), MESSAGES.put(PEER).words())) {
            assertThat(each.toString()).doesNotContain(secret).doesNotContain(B);
        }
        assertThatThrownBy(() -> WireguardSecret.parse("hunter2!")).hasMessage("it is not 32 bytes in base64");
    }

    private static WireguardState decode(String hex) throws KernelException {
        return WireguardMessages.decode(7, new MessageReader("peers", bytes(hex)));
    }

    /// The list of peers with one in it, as the kernel writes it.
    private static String list(String peer) {
        int length = bytes(peer).length;
        return "%s0880%s0080%s".formatted(u16(length + 8), u16(length + 4), peer);
    }

    private static String u16(int value) {
        return "%02x%02x".formatted(value & 0xff, value >> 8);
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex(hex));
    }

    private static String hex(String grouped) {
        return grouped.replace(" ", "");
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
