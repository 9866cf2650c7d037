package jflannel.control;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import jflannel.kernel.KernelNews;
import jflannel.kernel.WireguardPeer;
import jflannel.kernel.WireguardState;

/// Notices which peers do not answer where their packets go. Behind NAT a node is found only where it sends from, and
/// another one that moved only where it publishes to be, so that both are tried in turn. Used by one thread.
final class WireguardEndpoints {
    /// Some attempts to begin a session, of which there is one in five seconds.
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final long NOT_YET = -1;

    private Map<Object, Trial> trials = Map.of();

    /// @param sent how many bytes were, when the peer was last heard or the last trial ended
    /// @param since when this node has sent more, by [System#nanoTime]
    /// @param heard as it was when a session was there; null if none was
    private record Trial(long sent, long since, WireguardPeer heard) {}

    /// Takes the next reading of a device's peers, and forgets those that are gone.
    ///
    /// @param seconds of the epoch
    /// @param nanos by [System#nanoTime]
    /// @return those that do not answer
    Map<Object, KernelNews.PeerSilent> take(Collection<WireguardState.Peer> peers, long seconds, long nanos) {
        Map<Object, Trial> next = HashMap.newHashMap(peers.size());
        Map<Object, KernelNews.PeerSilent> silent = new HashMap<>();
        for (WireguardState.Peer peer : peers) {
            Object key = peer.settings().key();
            Trial trial = next(peer, Optional.ofNullable(trials.get(key)), seconds, nanos);
            if (trial.since != NOT_YET && nanos - trial.since >= PATIENCE.toNanos()) {
                silent.put(key, new KernelNews.PeerSilent(peer, trial.heard));
                trial = new Trial(peer.sent(), NOT_YET, trial.heard);
            }
            next.put(key, trial);
        }
        trials = next;
        return silent;
    }

    /// Without a session nothing is sent but attempts to begin one.
    private static Trial next(WireguardState.Peer peer, Optional<Trial> before, long seconds, long nanos) {
        if (peer.hasSession(seconds)) {
            return new Trial(peer.sent(), NOT_YET, peer.settings());
        }
        if (before.isEmpty()) {
            return new Trial(peer.sent(), NOT_YET, peer.lastHandshake() == 0 ? null : peer.settings());
        }
        Trial trial = before.get();
        return peer.sent() > trial.sent && trial.since == NOT_YET ? new Trial(trial.sent, nanos, trial.heard) : trial;
    }
}
