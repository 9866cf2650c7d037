package jflannel.metrics;

import java.util.Collection;
import java.util.function.Supplier;

/// What passes between this node and each peer of its WireGuard devices. Empty with other backends.
///
/// @param peers as last read
public record WireguardSource(Supplier<Collection<Peer>> peers) implements Source {
    /// As many as of the udp backend, and for the same reason.
    private static final int MOST_PEERS = 200;

    /// @param subnet of its pods; the first, if a device carries both families
    /// @param lastHandshake in seconds since 1970; 0 if there was none
    /// @param received in bytes
    /// @param sent in bytes
    public record Peer(String subnet, long lastHandshake, long received, long sent) {}

    @Override
    public void read(Readings readings) {
        peers.get().stream().limit(MOST_PEERS).forEach(peer -> {
            readings.put(Metric.WIREGUARD_HANDSHAKE, peer.lastHandshake, peer.subnet);
            readings.put(Metric.WIREGUARD_BYTES, peer.received, peer.subnet, "received");
            readings.put(Metric.WIREGUARD_BYTES, peer.sent, peer.subnet, "sent");
        });
    }
}
