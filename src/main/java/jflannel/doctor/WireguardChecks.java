package jflannel.doctor;

import java.util.List;
import java.util.stream.Stream;
import jflannel.kernel.WireguardState;

/// Whether WireGuard's peers answer.
final class WireguardChecks {
    private static final int NAMED = 3;

    private WireguardChecks() {}

    /// Peers to which this node has sent, and with which it never agreed on a session. It is the daemon's business to
    /// have the entries right.
    static Stream<Diagnosis> sessions(Snapshot snapshot) {
        return sessions(snapshot.surroundings().wireguard());
    }

    static Stream<Diagnosis> sessions(List<WireguardState.Peer> peers) {
        List<String> silent = peers.stream()
                .filter(peer -> peer.lastHandshake() == 0 && peer.sent() > 0)
                .map(peer -> peer.settings().endpoint())
                .filter(endpoint -> !endpoint.isEmpty())
                .sorted()
                .toList();
        if (silent.isEmpty()) {
            return Stream.empty();
        }
        boolean all = silent.size() == peers.size();
        return Stream.of(Diagnosis.of(
                        Check.WIREGUARD_SESSIONS,
                        "packets to %d of %d nodes go unanswered: there was never a handshake with %s"
                                .formatted(
                                        silent.size(),
                                        peers.size(),
                                        String.join(", ", silent.subList(0, Math.min(NAMED, silent.size())))))
                .graded(all ? Grade.BROKEN : Grade.DEGRADED)
                .seen("flannel peers", "no handshake")
                .with("endpoint", silent.getFirst()));
    }
}
