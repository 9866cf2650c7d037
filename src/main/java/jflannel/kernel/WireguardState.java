package jflannel.kernel;

import java.util.List;
import java.util.Optional;

/// A WireGuard device as the kernel has it.
///
/// @param publicKey that belongs to its private key; empty if it has none
/// @param port where it listens; 0 for nowhere
public record WireguardState(Optional<WireguardKey> publicKey, int port, List<Peer> peers) {
    static final WireguardState NONE = new WireguardState(Optional.empty(), 0, List.of());

    /// How long a session lasts without another handshake, in seconds: REJECT_AFTER_TIME,
    /// drivers/net/wireguard/messages.h.
    static final long SESSION_SECONDS = 180;

    /// A peer, and what has passed between it and this node.
    ///
    /// @param lastHandshake in seconds of the epoch; 0 if there was none
    /// @param received in bytes, what encrypts them included
    /// @param sent the same
    public record Peer(WireguardPeer settings, long lastHandshake, long received, long sent) {
        /// True if packets can pass without another handshake.
        ///
        /// @param now in seconds of the epoch
        public boolean hasSession(long now) {
            return lastHandshake != 0 && now - lastHandshake < SESSION_SECONDS;
        }

        /// The peer as one who wants it like that sees it. It was reached at the address from which it last sent, which
        /// may be another than it publishes: it may be behind NAT.
        ///
        /// @param wanted null if nobody wants it
        public WireguardPeer against(WireguardPeer wanted) {
            return wanted != null && settings.host() != null && lastHandshake != 0
                    ? settings.at(wanted.host(), wanted.port())
                    : settings;
        }
    }
}
