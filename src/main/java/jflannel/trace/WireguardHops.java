package jflannel.trace;

import java.io.IOException;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeSet;
import jflannel.foreign.Packet;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Link;
import jflannel.kernel.WireguardPeer;
import jflannel.kernel.WireguardState;

/// How a WireGuard device encrypts the packet for one of its peers.
final class WireguardHops {
    /// UDP 8, WireGuard's header 16, what authenticates the content 16.
    private static final int OVERHEAD = 8 + 16 + 16;

    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;

    private final Journey journey;
    private final UnderlayHops underlay;

    WireguardHops(Journey journey, UnderlayHops underlay) {
        this.journey = journey;
        this.underlay = underlay;
    }

    boolean pass(Link link) throws IOException {
        Hop device =
                journey.hop(Step.DEVICE, link.name(), "the WireGuard device").because(Journey.words(link));
        if (!journey.add(Journey.judge(device, link))) {
            return false;
        }
        WireguardState state = journey.view.wireguard(link.index());
        Ip destination = journey.packet.destination();
        Optional<WireguardState.Peer> peer = state.peers().stream()
                .filter(it -> longest(it.settings(), destination) >= 0)
                .max(Comparator.comparingInt(it -> longest(it.settings(), destination)));
        Hop hop = journey.hop(Step.KEY, link.name(), "the peer that may have such packets");
        if (peer.isEmpty()) {
            journey.add(hop.broken(
                    "no peer of %s has %s in its networks, so the kernel drops the packet"
                            .formatted(link.name(), destination),
                    remedy()));
            return false;
        }
        WireguardPeer settings = peer.get().settings();
        hop = hop.because("peer %s, networks %s".formatted(settings.publicKey(), new TreeSet<>(settings.networks())))
                .because(handshake(peer.get()));
        if (settings.host() == null) {
            journey.add(hop.broken("the address of that peer is not known to " + link.name(), remedy()));
            return false;
        }
        journey.add(hop);
        return underlay.passTunnel(new UnderlayHops.Outer(
                null,
                settings.host(),
                Packet.UDP,
                state.port(),
                settings.port(),
                "WireGuard",
                link,
                OVERHEAD + (settings.host().family() == Family.IPV4 ? IPV4_BYTES : IPV6_BYTES),
                true,
                ""));
    }

    /// The length of the longest network of a peer that an address is in; -1 if it is in none.
    private static int longest(WireguardPeer peer, Ip ip) {
        return peer.networks().stream()
                .filter(network -> network.contains(ip))
                .mapToInt(Cidr::length)
                .max()
                .orElse(-1);
    }

    private static String handshake(WireguardState.Peer peer) {
        return peer.lastHandshake() == 0
                ? "there was no handshake yet"
                : "last handshake %d s ago".formatted(Instant.now().getEpochSecond() - peer.lastHandshake());
    }

    private String remedy() {
        return journey.cluster.running() ? "Wait for flanneld to put it right, or see its log" : "Start flanneld";
    }
}
