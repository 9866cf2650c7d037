package jflannel.tool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.inspect.Entry;
import jflannel.inspect.Inspection;
import jflannel.inspect.PeerState;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ipsec.SecurityAssociation;
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
import jflannel.kernel.WireguardPeer;
import jflannel.kernel.XfrmPolicy;
import jflannel.lease.Announcement;
import jflannel.lease.LeasedSubnet;
import jflannel.probe.Echo;
import jflannel.probe.PeerProbe;

/// Peers as text for people or programs.
///
/// @param keys that packets to each peer's subnet are encrypted with; empty if none are
/// @param sessions of WireGuard
/// @param probed true if they were probed
/// @param probes what came back, of those whose turn came
record PeersText(
        Inspection seen,
        List<PeerState> peers,
        Optional<Map<Cidr, SecurityAssociation>> keys,
        Sessions sessions,
        boolean probed,
        Map<LeasedSubnet, PeerProbe> probes) {
    /// True if nothing is missing, and no packet was lost.
    boolean isWell() {
        return peers.stream().allMatch(peer -> peer.isProgrammed() && hasKeys(peer))
                && probes.values().stream().allMatch(PeerProbe::isWell);
    }

    private boolean hasKeys(PeerState peer) {
        return keys.isEmpty() || keys.get().keySet().containsAll(peer.lease().cidrs());
    }

    String table(Screen screen) {
        return probed ? probeTable(screen) : kernelTable(screen);
    }

    private String probeTable(Screen screen) {
        Table table = new Table("SUBNET", "HOST", "OUTSIDE", "TUNNEL", "RESULT");
        for (PeerState peer : peers) {
            for (LeasedSubnet subnet : peer.lease().subnets()) {
                Optional<PeerProbe> probe = Optional.ofNullable(probes.get(subnet));
                boolean well =
                        peer.isProgrammed() && probe.filter(PeerProbe::isWell).isPresent();
                table.row(
                        well ? screen::good : screen::bad,
                        subnet.cidr().toString(),
                        subnet.publicIp().toString(),
                        probe.map(it -> echo(it.outside())).orElse("-"),
                        probe.flatMap(PeerProbe::within).map(PeersText::echo).orElse("-"),
                        result(peer, probe));
            }
        }
        return table.text(screen);
    }

    private String result(PeerState peer, Optional<PeerProbe> probe) {
        if (!peer.ignored().isEmpty()) {
            return kernel(peer);
        }
        String conclusion = probe.map(PeerProbe::conclusion).orElse("not tried: too little time, or no address for it");
        String kernel = peer.isProgrammed() ? "" : kernel(peer);
        String words =
                Stream.of(conclusion, kernel).filter(word -> !word.isEmpty()).collect(Collectors.joining("; "));
        return words.isEmpty() ? "ok" : words;
    }

    /// `0.21 ms, 1500 bytes`
    private static String echo(Echo echo) {
        if (!echo.isAnswered()) {
            return "no answer";
        }
        return "%.2f ms".formatted(echo.mean().toNanos() / 1e6)
                + (echo.loss() == 0 ? "" : ", " + echo.loss() + " % lost")
                + ", " + echo.passed() + (echo.hasHole() ? " of " + echo.whole() : "") + " bytes";
    }

    private String kernelTable(Screen screen) {
        Table table = new Table("SUBNET", "HOST", "BACKEND", "KERNEL");
        for (PeerState peer : peers) {
            table.row(
                    peer.isProgrammed() && hasKeys(peer) ? screen::good : screen::bad,
                    peer.lease().words(),
                    StatusText.addresses(peer.lease()),
                    backend(peer.lease().announced()),
                    keys.isEmpty() || !peer.ignored().isEmpty() ? kernel(peer) : kernel(peer) + "; " + keys(peer));
        }
        return table.text(screen);
    }

    /// `keys for 2 h, 12345 bytes in, 678 out`
    private String keys(PeerState peer) {
        List<SecurityAssociation> states = peer.lease().cidrs().stream()
                .map(keys.orElseThrow()::get)
                .filter(Objects::nonNull)
                .toList();
        if (states.size() < peer.lease().cidrs().size()) {
            return "no keys, so packets are dropped";
        }
        return "keys for %d s, %d bytes in, %d out"
                .formatted(
                        states.stream()
                                .mapToLong(SecurityAssociation::seconds)
                                .min()
                                .orElse(0),
                        states.stream().mapToLong(SecurityAssociation::bytesIn).sum(),
                        states.stream().mapToLong(SecurityAssociation::bytesOut).sum());
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
    private String kernel(PeerState peer) {
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
            String session = sessions.words(peer);
            if (!session.isEmpty()) {
                words.add(session);
            }
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
            case WireguardPeer _ -> "key";
            case XfrmPolicy _ -> "IPsec policy";
        };
    }

    Map<String, Object> fields() {
        DeviceNames names = DeviceNames.of(seen.links());
        return Map.of("peers", peers.stream().map(peer -> fields(peer, names)).toList());
    }

    private Map<String, Object> fields(PeerState peer, DeviceNames names) {
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
        keys.ifPresent(all -> json.put(
                "keys",
                peer.lease().cidrs().stream()
                        .map(cidr -> fields(cidr, all.get(cidr)))
                        .toList()));
        json.put(
                "entries",
                peer.entries().stream().map(entry -> fields(entry, names)).toList());
        List<Map<String, Object>> wireguard = sessions.fields(peer);
        if (!wireguard.isEmpty()) {
            json.put("wireguard", wireguard);
        }
        if (probed) {
            json.put(
                    "probes",
                    peer.lease().subnets().stream()
                            .flatMap(subnet -> Optional.ofNullable(probes.get(subnet)).stream())
                            .map(PeersText::fields)
                            .toList());
        }
        return json;
    }

    /// @param state null if there are no keys
    private static Map<String, Object> fields(Cidr subnet, SecurityAssociation state) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("subnet", subnet.toString());
        json.put("up", state != null);
        if (state != null) {
            json.put("seconds", StatusFields.number(state.seconds()));
            json.put("bytesIn", StatusFields.number(state.bytesIn()));
            json.put("bytesOut", StatusFields.number(state.bytesOut()));
        }
        return json;
    }

    private static Map<String, Object> fields(PeerProbe probe) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("subnet", probe.peer().cidr().toString());
        json.put("outside", fields(probe.outside()));
        json.put("tunnel", probe.within().map(PeersText::fields).orElse(null));
        json.put("well", probe.isWell());
        json.put("conclusion", probe.conclusion());
        return json;
    }

    private static Map<String, Object> fields(Echo echo) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("target", echo.target().toString());
        json.put("sent", StatusFields.number(echo.sent()));
        json.put("answered", StatusFields.number(echo.times().size()));
        json.put("microseconds", StatusFields.number(echo.mean().toNanos() / 1000));
        json.put("largest", StatusFields.number(echo.passed()));
        json.put("expected", StatusFields.number(echo.whole()));
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
