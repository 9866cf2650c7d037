package jflannel.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.Link;
import jflannel.kernel.Route;
import jflannel.kernel.Wireguard;
import jflannel.kernel.WireguardKey;
import jflannel.kernel.WireguardPeer;
import jflannel.kernel.WireguardSecret;
import jflannel.kernel.WireguardState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The walk through a WireGuard device.
class WireguardTraceTest {
    private static final int DEVICE = 9;
    private final FakeView view = new FakeView();

    @BeforeEach
    void encrypt() {
        view.link(new Link(DEVICE, "flannel-wg", "wireguard", 1420, null, true, 0, new Wireguard(null, 0)));
        view.routes.removeIf(route -> route.protocol() == Route.OURS);
        view.route("100.96.0.0/16", null, DEVICE, Route.OURS);
    }

    private Trace trace() throws Exception {
        return Walker.walk(
                Question.echo(WalkerTest.POD, WalkerTest.REMOTE),
                view,
                WalkerTest.cluster(new Cluster.Peer(WalkerTest.SUBNET, false, false, "", List.of())));
    }

    private static WireguardState peer(String network, String host) {
        WireguardPeer peer = new WireguardPeer(
                DEVICE,
                new WireguardKey(1, 2, 3, 4),
                WireguardSecret.NONE,
                host == null ? null : Ip.parse(host),
                51999,
                0,
                Set.of(Cidr.parse(network)));
        return new WireguardState(Optional.empty(), 51820, List.of(new WireguardState.Peer(peer, 0, 0, 0)));
    }

    @Test
    void aPacketIsEncryptedForThePeerWhoseNetworkItIsFor() throws Exception {
        view.wireguard = peer("100.96.2.0/24", "10.168.0.3");

        Trace trace = trace();
        assertThat(trace.verdict()).as(trace.summary()).isNotEqualTo(Verdict.BROKEN);
        assertThat(trace.hops()).anySatisfy(hop -> {
            assertThat(hop.step()).isEqualTo(Step.KEY);
            assertThat(hop.evidence()).contains("there was no handshake yet");
        });
        assertThat(trace.hops())
                .anySatisfy(hop -> assertThat(hop.packet()).contains("10.168.0.3:51999 [ WireGuard [ "))
                .noneSatisfy(hop -> assertThat(hop.what()).contains("flanneld"));
    }

    @Test
    void aPeerThatIsMissingOrNowhereIsNamed() throws Exception {
        view.wireguard = peer("100.96.3.0/24", "10.168.0.3");
        assertThat(trace().hops().getLast().reason())
                .isEqualTo("no peer of flannel-wg has 100.96.2.3 in its networks, so the kernel drops the packet");

        view.wireguard = peer("100.96.2.0/24", null);
        assertThat(trace().hops().getLast().reason()).isEqualTo("the address of that peer is not known to flannel-wg");
    }
}
