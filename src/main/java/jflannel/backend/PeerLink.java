package jflannel.backend;

import java.util.Locale;

/// How packets reach a peer.
///
/// @param daemon why they pass through the daemon; empty if they do not
public record PeerLink(Kind kind, String daemon) {
    /// Before the first pass, or for a peer that it left out.
    public static final PeerLink UNKNOWN = new PeerLink(Kind.NONE, "");

    /// What lies between the two nodes.
    public enum Kind {
        /// Packets are routed to the peer's host as they are.
        DIRECT,
        /// They are wrapped.
        TUNNEL,
        /// What the commands of the administrator made, which this program does not know.
        COMMANDS,
        /// This node has no route for them.
        NONE;

        /// Its name for programs: `tunnel`.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
