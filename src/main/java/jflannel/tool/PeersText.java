package jflannel.tool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import jflannel.inspect.Entry;
import jflannel.inspect.Inspection;
import jflannel.inspect.PeerState;
import jflannel.ip.Family;
import jflannel.json.Json;
import jflannel.json.JsonException;
import jflannel.kernel.Address;
import jflannel.kernel.Clsact;
import jflannel.kernel.DeviceNames;
import jflannel.kernel.Filter;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Neighbor;
import jflannel.kernel.Route;
import jflannel.kernel.RoutingRule;
import jflannel.lease.Announcement;

/// Peers as text for people or programs.
final class PeersText {
    private PeersText() {}

    static String of(Inspection seen, List<PeerState> peers, Screen screen) {
        Table table = new Table("SUBNET", "HOST", "BACKEND", "KERNEL");
        for (PeerState peer : peers) {
            table.row(
                    peer.isProgrammed() ? screen::good : screen::bad,
                    peer.lease().words(),
                    StatusText.addresses(peer.lease()),
                    backend(peer.lease().announced()),
                    kernel(peer));
        }
        return table.text(screen);
    }

    private static String backend(Announcement announced) {
        String data = announced.backendData().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .distinct()
                .collect(Collectors.joining(" "));
        String type = announced.backendType().isEmpty() ? "-" : announced.backendType();
        return data.isEmpty() ? type : type + " " + data;
    }

    /// What the kernel has for a peer.
    private static String kernel(PeerState peer) {
        List<String> words = new ArrayList<>();
        if (!peer.ignored().isEmpty()) {
            words.add("ignored: " + peer.ignored());
        } else if (peer.entries().isEmpty()) {
            words.add("needs nothing of its own");
        } else if (peer.isProgrammed()) {
            words.add(peer.entries().stream()
                    .map(entry -> kind(entry.wanted()))
                    .distinct()
                    .collect(Collectors.joining(", ")));
        } else {
            peer.entries().stream().filter(entry -> !entry.isPresent()).forEach(entry -> words.add(lacking(entry)));
        }
        if (peer.held()) {
            words.add("held: the store has lost its lease");
        }
        return String.join("; ", words);
    }

    private static String lacking(Entry entry) {
        String kind = kind(entry.wanted());
        String why = entry.obstacle().isEmpty() ? "" : ": " + entry.obstacle();
        return (entry.isMissing() ? "no " + kind : "another " + kind) + why;
    }

    private static String kind(KernelObject object) {
        return switch (object) {
            case Address _ -> "address";
            case Clsact _, Filter _ -> "filter";
            case Neighbor neighbor -> neighbor.forwarding() ? "fdb" : "neighbor";
            case Route _ -> "route";
            case RoutingRule _ -> "rule";
        };
    }

    static Map<String, Object> fields(Inspection seen, List<PeerState> peers) {
        DeviceNames names = DeviceNames.of(seen.links());
        return Map.of("peers", peers.stream().map(peer -> fields(peer, names)).toList());
    }

    private static Map<String, Object> fields(PeerState peer, DeviceNames names) {
        Map<String, Object> json = StatusFields.lease(peer.lease());
        Announcement announced = peer.lease().announced();
        json.put("backend", announced.backendType().isEmpty() ? null : announced.backendType());
        Map<String, Object> data = new LinkedHashMap<>();
        for (Family family : Family.values()) {
            announced.backendData(family).ifPresent(text -> data.put(family.title(), value(text)));
        }
        json.put("backendData", data);
        json.put("programmed", peer.isProgrammed());
        json.put("held", peer.held());
        json.put("ignored", peer.ignored());
        json.put(
                "entries",
                peer.entries().stream().map(entry -> fields(entry, names)).toList());
        return json;
    }

    private static Object value(String text) {
        try {
            return Json.value(text);
        } catch (JsonException e) {
            return text;
        }
    }

    private static Map<String, Object> fields(Entry entry, DeviceNames names) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", kind(entry.wanted()));
        json.put("state", entry.isPresent() ? "present" : entry.isMissing() ? "missing" : "different");
        json.put("wanted", names.in(entry.wanted().toString()));
        json.put("found", entry.found().map(it -> names.in(it.toString())).orElse(null));
        json.put("obstacle", entry.obstacle());
        return json;
    }
}
