package jflannel.tool;

import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import jflannel.inspect.PeerState;
import jflannel.kernel.Link;
import jflannel.kernel.Wireguard;
import jflannel.kernel.WireguardDevices;
import jflannel.kernel.WireguardState;
import jflannel.report.StatusJson;

/// What passes between this node and the peers of its WireGuard devices.
///
/// @param byKey the peers, by [jflannel.kernel.WireguardPeer#key]
/// @param now in seconds of the epoch
record Sessions(Map<Object, WireguardState.Peer> byKey, long now) {
    private static final List<String> UNITS = List.of("bytes", "kB", "MB", "GB", "TB", "PB", "EB");

    /// Those of these devices that are WireGuard's.
    static Sessions of(List<Link> links) throws IOException {
        Map<Object, WireguardState.Peer> byKey = new HashMap<>();
        try (WireguardDevices devices = new WireguardDevices()) {
            for (Link link : links) {
                if (link.properties() instanceof Wireguard) {
                    devices.read(link.index())
                            .peers()
                            .forEach(peer -> byKey.put(peer.settings().key(), peer));
                }
            }
        }
        return new Sessions(byKey, Instant.now().getEpochSecond());
    }

    private List<WireguardState.Peer> of(PeerState peer) {
        return peer.entries().stream()
                .map(entry -> byKey.get(entry.wanted().key()))
                .filter(Objects::nonNull)
                .toList();
    }

    /// `handshake 12 s ago, 1.2 MB in, 340 kB out`, for each device; empty without one.
    String words(PeerState peer) {
        return of(peer).stream().map(this::words).collect(Collectors.joining("; "));
    }

    String words(WireguardState.Peer session) {
        String handshake =
                session.lastHandshake() == 0 ? "no handshake" : "handshake " + age(now - session.lastHandshake());
        return "%s, %s in, %s out".formatted(handshake, bytes(session.received()), bytes(session.sent()));
    }

    private static String age(long seconds) {
        return seconds < 600 ? seconds + " s ago" : seconds / 60 + " min ago";
    }

    private static String bytes(long count) {
        double value = count;
        int unit = 0;
        while (value >= 1000) {
            value /= 1000;
            unit++;
        }
        return (value < 10 && unit > 0 ? "%.1f %s" : "%.0f %s").formatted(value, UNITS.get(unit));
    }

    List<Map<String, Object>> fields(PeerState peer) {
        return of(peer).stream().map(Sessions::fields).toList();
    }

    private static Map<String, Object> fields(WireguardState.Peer session) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("endpoint", session.settings().endpoint());
        fields.put("lastHandshake", StatusJson.number(session.lastHandshake()));
        fields.put("received", StatusJson.number(session.received()));
        fields.put("sent", StatusJson.number(session.sent()));
        return fields;
    }
}
