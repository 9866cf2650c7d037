package jflannel.tool;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jflannel.control.Overlay;
import jflannel.firewall.RulesSeen;
import jflannel.inspect.DeviceState;
import jflannel.inspect.Inspection;
import jflannel.inspect.PeerCounts;
import jflannel.inspect.Problem;
import jflannel.inspect.Verdict;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.Json;
import jflannel.kernel.Link;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.names.NameChoice;
import jflannel.report.ReportedStatus;
import jflannel.status.CloudRouteState;
import jflannel.status.LastRepair;
import jflannel.work.Printable;

/// A status for programs; docs/tools.md has its schema.
final class StatusFields {
    private StatusFields() {}

    static Map<String, Object> of(Inspection seen, Verdict verdict) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("status", verdict.grade().word());
        json.put("daemon", daemon(seen));
        json.put(
                "network",
                seen.network().value().map(network -> network(network, seen)).orElse(null));
        json.put("lease", seen.own().value().map(own -> lease(own, seen)).orElse(null));
        json.put(
                "interfaces",
                seen.overlay().value().map(StatusFields::interfaces).orElse(List.of()));
        json.put(
                "mtu",
                seen.overlay().value().map(it -> number(it.backend().mtu())).orElse(null));
        json.put("devices", seen.devices().stream().map(StatusFields::device).toList());
        json.put("peers", seen.peers().map(it -> peers(it, seen)).orElse(null));
        json.put(
                "firewall",
                seen.firewall().value().map(it -> firewall(it, seen)).orElse(null));
        json.put(
                "cloudRoute",
                seen.status()
                        .value()
                        .flatMap(ReportedStatus::cloudRoute)
                        .map(StatusFields::cloudRoute)
                        .orElse(null));
        json.put(
                "lastRepair",
                seen.status()
                        .value()
                        .flatMap(ReportedStatus::lastRepair)
                        .map(StatusFields::lastRepair)
                        .orElse(null));
        json.put("store", store(seen));
        json.put(
                "problems",
                verdict.problems().stream().map(StatusFields::problem).toList());
        return json;
    }

    static Json.Number number(long value) {
        return new Json.Number(Long.toString(value));
    }

    private static Map<String, Object> daemon(Inspection seen) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("running", seen.flannel().process().isPresent());
        json.put("go", seen.flannel().isGo());
        json.put("pid", seen.flannel().process().map(it -> number(it.pid())).orElse(null));
        json.put("state", seen.status().value().map(ReportedStatus::state).orElse(null));
        json.put("since", seen.status().value().map(it -> it.since().toString()).orElse(null));
        return json;
    }

    private static Map<String, Object> network(NetworkConfig network, Inspection seen) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", NameChoice.word(seen.flannel().names()));
        json.put(
                "ranges",
                Stream.of(Family.values())
                        .flatMap(family -> network.pool(family).stream())
                        .map(pool -> pool.network().toString())
                        .toList());
        json.put("backend", network.type().title());
        json.put("from", seen.network().words());
        return json;
    }

    private static Map<String, Object> lease(Lease own, Inspection seen) {
        Map<String, Object> json = lease(own);
        json.put("from", seen.own().words());
        return json;
    }

    static Map<String, Object> lease(Lease lease) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("subnets", lease.cidrs().stream().map(Cidr::toString).toList());
        json.put(
                "publicIps",
                Stream.of(Family.values())
                        .flatMap(family -> lease.announced().publicIp(family).stream())
                        .map(Ip::toString)
                        .toList());
        return json;
    }

    private static List<Map<String, Object>> interfaces(Overlay overlay) {
        return overlay.underlay().uplinks().entrySet().stream()
                .map(entry -> {
                    Map<String, Object> json = new LinkedHashMap<>();
                    json.put("family", entry.getKey().title());
                    json.put("name", entry.getValue().device());
                    json.put("mtu", number(entry.getValue().mtu()));
                    json.put("address", entry.getValue().address().toString());
                    json.put("publicIp", entry.getValue().publicIp().toString());
                    return json;
                })
                .toList();
    }

    private static Map<String, Object> device(DeviceState device) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", device.name());
        json.put("present", device.found().isPresent());
        json.put("right", device.isRight());
        json.put("up", device.found().map(Link::up).orElse(false));
        json.put("mtu", device.found().map(link -> number(link.mtu())).orElse(null));
        return json;
    }

    private static Map<String, Object> peers(PeerCounts peers, Inspection seen) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("total", number(peers.total()));
        json.put("programmed", number(peers.programmed()));
        json.put("failed", number(peers.failed()));
        json.put("held", number(peers.held()));
        json.put(
                "superfluous",
                peers.superfluous().isPresent() ? number(peers.superfluous().getAsInt()) : null);
        json.put("from", seen.comparison().value().isPresent() ? "the kernel" : "the daemon");
        return json;
    }

    private static Map<String, Object> firewall(RulesSeen rules, Inspection seen) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("tool", rules.wanted().tool());
        json.put("places", rules.wanted().places());
        json.put("lacking", rules.lacking().stream().map(Printable::line).toList());
        json.put("from", seen.firewall().words());
        return json;
    }

    private static Map<String, Object> cloudRoute(CloudRouteState route) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("node", route.node());
        json.put("tables", route.tables());
        json.put("inPlace", route.inPlace());
        json.put("checked", route.checked().toString());
        return json;
    }

    private static Map<String, Object> lastRepair(LastRepair repair) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("at", repair.at().toString());
        json.put("what", repair.what());
        return json;
    }

    private static Map<String, Object> store(Inspection seen) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", seen.store());
        json.put("answers", seen.storeFault().isEmpty());
        return json;
    }

    private static Map<String, Object> problem(Problem problem) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("code", problem.code());
        json.put("severity", problem.severity().word());
        json.put("detail", problem.detail());
        json.put("remedy", problem.remedy());
        return json;
    }
}
