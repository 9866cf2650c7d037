package jflannel.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static jflannel.report.StatusJson.number;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.ip.Ip;
import jflannel.json.Json;
import jflannel.kernel.DeviceCounts;
import jflannel.kernelpath.Counts;
import jflannel.work.Printable;

/// Snapshots as server-sent events: the first one whole, and then only what has changed.
///
/// | event | data |
/// |---|---|
/// | `status` | the node as in status.json, and what the page says at its top |
/// | `peers` | `put`: those that are new or changed; `gone`: keys of others; `all`: true if `put` has all of them |
/// | `traffic` | counts, with the time they were read at; `hosts`: those peers' hosts whose counts have changed |
final class Events {
    private final String version;
    private final String host;

    /// @param version of this program
    /// @param host this node's name
    Events(String version, String host) {
        this.version = version;
        this.host = host;
    }

    /// What has changed, for a client that has seen `former`.
    ///
    /// @param former null if it has seen nothing
    byte[] between(Snapshot former, Snapshot now) {
        StringBuilder text = new StringBuilder(former == null ? "retry: 3000\n\n" : "");
        Map<String, Object> status = status(now);
        if (former == null || !status.equals(status(former))) {
            event(text, "status", status);
        }
        boolean same = former != null && former.view().equals(now.view());
        if (!same && now.view().isPresent()) {
            List<Peer> before = former == null || former.view().isEmpty()
                    ? null
                    : former.view().get().peers();
            peers(text, before, now.view().get().peers());
        }
        event(text, "traffic", traffic(former == null ? Map.of() : former.byHost(), now));
        return text.toString().getBytes(UTF_8);
    }

    private static void event(StringBuilder text, String name, Map<String, Object> data) {
        text.append("event: ")
                .append(name)
                .append("\ndata: ")
                .append(Json.compact(data)) // on one line
                .append("\n\n");
    }

    private Map<String, Object> status(Snapshot now) {
        Map<String, Object> fields = new LinkedHashMap<>(now.status());
        fields.put("version", version);
        fields.put("host", Printable.line(host));
        fields.put("silent", now.silent());
        now.view().ifPresent(view -> {
            fields.put("networks", texts(view.networks()));
            fields.put("subnets", texts(view.own().cidrs()));
            fields.put("publicIps", texts(view.own().announced().publicIps().values()));
            fields.put("tunnels", texts(view.tunnels()));
            fields.put("uplinks", texts(view.uplinks()));
        });
        return fields;
    }

    private static void peers(StringBuilder text, List<Peer> before, List<Peer> now) {
        Map<Object, Peer> former = new HashMap<>();
        if (before != null) {
            before.forEach(peer -> former.put(peer.lease().key(), peer));
        }
        List<Object> put = new ArrayList<>();
        for (Peer peer : now) {
            if (!peer.equals(former.remove(peer.lease().key()))) {
                put.add(peer(peer));
            }
        }
        List<Object> gone = former.values().stream().<Object>map(Events::key).toList();
        if (before == null || !put.isEmpty() || !gone.isEmpty()) {
            Map<String, Object> data = new LinkedHashMap<>();
            data.put("all", before == null);
            data.put("put", put);
            data.put("gone", gone);
            event(text, "peers", data);
        }
    }

    private static String key(Peer peer) {
        return String.join(" ", texts(peer.lease().cidrs()));
    }

    private static Map<String, Object> peer(Peer peer) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("key", key(peer));
        fields.put("subnets", texts(peer.lease().cidrs()));
        fields.put("publicIps", texts(peer.lease().announced().publicIps().values()));
        fields.put("backend", Printable.line(peer.lease().announced().backendType()));
        fields.put("backendData", texts(peer.lease().announced().backendData().values()));
        fields.put("state", peer.reached() ? "programmed" : "failed");
        fields.put("link", peer.link().kind().word());
        fields.put("held", peer.held());
        fields.put("why", Printable.line(peer.why()));
        fields.put("daemon", Printable.line(peer.link().daemon()));
        return fields;
    }

    /// Foreign ones are made harmless.
    private static List<String> texts(Collection<?> values) {
        return values.stream()
                .map(value -> Printable.line(value.toString()))
                .sorted()
                .toList();
    }

    /// @param before counts that the client knows
    private static Map<String, Object> traffic(Map<Ip, Counts> before, Snapshot now) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("at", number(now.at()));
        data.put("devices", now.devices().stream().<Object>map(Events::device).toList());
        data.put("byPeer", !now.byHost().isEmpty());
        Map<String, Object> hosts = new TreeMap<>();
        now.byHost().forEach((host, counts) -> {
            if (!counts.equals(before.get(host))) {
                hosts.put(host.toString(), host(counts));
            }
        });
        data.put("hosts", hosts);
        Map<String, Object> filtered = new TreeMap<>();
        now.filtered().forEach((reason, packets) -> filtered.put(reason, number(packets)));
        data.put("filtered", filtered);
        return data;
    }

    private static Map<String, Object> host(Counts counts) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("receivedBytes", number(counts.receivedBytes()));
        fields.put("sentBytes", number(counts.sentBytes()));
        fields.put("wrongSource", number(counts.wrongSource()));
        return fields;
    }

    private static Map<String, Object> device(DeviceCounts counts) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("device", Printable.line(counts.device()));
        fields.put("up", counts.up());
        fields.put("receivedPackets", number(counts.receivedPackets()));
        fields.put("receivedBytes", number(counts.receivedBytes()));
        fields.put("sentPackets", number(counts.sentPackets()));
        fields.put("sentBytes", number(counts.sentBytes()));
        fields.put("dropped", number(counts.dropped()));
        fields.put("errors", number(counts.errors()));
        return fields;
    }
}
