package jflannel.tool;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import jflannel.control.Overlay;
import jflannel.firewall.RulesSeen;
import jflannel.inspect.DeviceState;
import jflannel.inspect.Inspection;
import jflannel.inspect.LocalFlannel;
import jflannel.inspect.Part;
import jflannel.inspect.PeerCounts;
import jflannel.inspect.Problem;
import jflannel.inspect.Verdict;
import jflannel.lease.Lease;
import jflannel.names.NameChoice;
import jflannel.names.RunningFlanneld;
import jflannel.report.ReportedStatus;
import jflannel.status.CloudRouteState;
import jflannel.status.LastRepair;
import jflannel.status.PacketCarriers;
import jflannel.work.Printable;

/// A status for people.
record StatusText(Inspection seen, Verdict verdict, Screen screen) {
    private static final int LABEL = 11;

    String text() {
        StringBuilder text = new StringBuilder();
        line(text, "status", grade());
        line(text, "daemon", daemon());
        line(text, "lease", lease());
        line(text, "network", network());
        seen.overlay().value().ifPresent(overlay -> overlay(text, overlay));
        line(text, "peers", peers());
        line(text, "store", store());
        line(
                text,
                "firewall",
                seen.firewall()
                        .value()
                        .map(this::firewall)
                        .orElseGet(() -> Printable.line(seen.firewall().words())));
        seen.status().value().flatMap(ReportedStatus::cloudRoute).ifPresent(route -> line(text, "cloud", cloud(route)));
        seen.status()
                .value()
                .ifPresent(status -> line(
                        text,
                        "repaired",
                        status.lastRepair().map(StatusText::repair).orElse("nothing since the daemon's start")));
        verdict.problems().forEach(problem -> problem(text, problem));
        return text.toString();
    }

    private void line(StringBuilder text, String label, String value) {
        text.append(label)
                .repeat(' ', LABEL - label.length())
                .append(screen.wrapped(value, LABEL))
                .append(System.lineSeparator());
    }

    private String grade() {
        String word = verdict.grade().word().replace('-', ' ');
        return switch (verdict.grade()) {
            case WORKING -> screen.good(word);
            case DEGRADED -> screen.doubtful(word);
            case NOT_WORKING -> screen.bad(word);
        };
    }

    private String daemon() {
        LocalFlannel flannel = seen.flannel();
        String others = flannel.others().isEmpty()
                ? ""
                : "; others run for other networks: "
                        + flannel.others().stream()
                                .map(it -> Long.toString(it.pid()))
                                .collect(Collectors.joining(", "));
        if (flannel.process().isEmpty()) {
            return "not running" + others;
        }
        RunningFlanneld process = flannel.process().get();
        String name = flannel.isGo() ? "Go flannel" : "jflannel";
        String state = seen.status()
                .value()
                .map(status -> ", " + status.state() + " since " + status.since() + ago(status.since()))
                .orElse("");
        return name + ", process " + process.pid() + state + others;
    }

    private static String ago(Instant then) {
        long seconds = Math.max(0, Duration.between(then, Instant.now()).toSeconds());
        long minutes = seconds / 60;
        String time = minutes == 0
                ? seconds + " s"
                : minutes < 120 ? minutes + " min" : minutes < 48 * 60 ? minutes / 60 + " h" : minutes / 1440 + " days";
        return " (" + time + " ago)";
    }

    private String lease() {
        return seen.own()
                .value()
                .map(own -> own.words() + " at " + addresses(own) + from(seen.own()))
                .orElseGet(() -> Printable.line(seen.own().words()));
    }

    static String addresses(Lease lease) {
        return lease.announced().publicIps().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getValue().toString())
                .collect(Collectors.joining(" and "));
    }

    /// Where it was found, unless that is where everybody expects it.
    private static String from(Part<?> part) {
        return part.words().equals("the store") || part.words().equals("the daemon")
                ? ""
                : " (by " + part.words() + ")";
    }

    private String network() {
        String name = seen.flannel().names().isDefault()
                ? ""
                : NameChoice.word(seen.flannel().names()) + ": ";
        return seen.network()
                .value()
                .map(network -> name
                        + network.pools().values().stream()
                                .map(pool -> pool.network().toString())
                                .sorted(Comparator.comparing(it -> it.contains(":")))
                                .collect(Collectors.joining(" and "))
                        + ", " + network.type().title() + from(seen.network()))
                .orElseGet(() -> name + Printable.line(seen.network().words()));
    }

    private void overlay(StringBuilder text, Overlay overlay) {
        List<DeviceState> devices = seen.devices();
        line(
                text,
                "device",
                devices.isEmpty()
                        ? "none; pods may send " + overlay.backend().mtu() + " bytes"
                        : devices.stream().map(StatusText::device).collect(Collectors.joining("; ")));
        line(text, "interface", overlay.underlay().words());
    }

    private static String device(DeviceState device) {
        return device.name()
                + device.found()
                        .map(link -> (link.up() ? ", up" : ", down") + ", MTU " + link.mtu()
                                + (device.isRight() ? "" : ", not as it should be"))
                        .orElse(", missing");
    }

    private String peers() {
        return seen.peers()
                .map(this::peers)
                .orElseGet(() -> Printable.line(seen.comparison().words()));
    }

    private String peers(PeerCounts peers) {
        List<String> words = new ArrayList<>();
        words.add("%d of %d programmed".formatted(peers.programmed(), peers.total()));
        if (peers.failed() > 0) {
            words.add(screen.bad(peers.failed() + " failed"));
        }
        if (peers.held() > 0) {
            words.add(screen.doubtful(peers.held() + " held, which the store has lost"));
        }
        seen.status()
                .value()
                .map(status -> status.facts().carriers())
                .filter(carriers -> !carriers.equals(PacketCarriers.NONE))
                .ifPresent(carriers -> words.add("the kernel carries the packets of %d, the daemon those of %d"
                        .formatted(carriers.byKernel(), carriers.byDaemon().size())));
        return String.join(", ", words)
                + (seen.comparison().value().isPresent() ? from(seen.leases()) : " (says the daemon)");
    }

    private String firewall(RulesSeen rules) {
        String tool = rules.wanted().tool();
        String places = rules.wanted().places().isEmpty()
                ? "no rules wanted"
                : tool + ": " + String.join(", ", rules.wanted().places());
        return rules.lacking().isEmpty()
                ? places + (rules.wanted().places().isEmpty() ? "" : ", in place")
                : places + ", " + screen.bad("not all in place");
    }

    private String cloud(CloudRouteState route) {
        return (route.inPlace() ? "routes pods to " : screen.bad("does not route pods") + " to ")
                + Printable.line(route.node()) + "; " + String.join(", ", route.tables()) + "; checked at "
                + route.checked() + ago(route.checked());
    }

    private static String repair(LastRepair repair) {
        return repair.at() + ago(repair.at()) + ": " + Printable.line(repair.what());
    }

    private String store() {
        String store = Printable.line(seen.store().isEmpty() ? "unknown" : seen.store());
        String by = seen.leases().value().isEmpty() && seen.status().value().isPresent() ? ", says the daemon" : "";
        return store + ", " + (seen.storeFault().isEmpty() ? "answers" : screen.bad("does not answer")) + by;
    }

    private void problem(StringBuilder text, Problem problem) {
        String mark = switch (problem.severity()) {
            case NO_NETWORK -> screen.bad(problem.code());
            case FAILING, DEGRADED -> screen.doubtful(problem.code());
        };
        text.append(System.lineSeparator())
                .append(mark)
                .append(": ")
                .append(screen.wrapped(Printable.line(problem.detail()), 0))
                .append(System.lineSeparator())
                .append("  remedy: ")
                .append(screen.wrapped(problem.remedy(), "  remedy: ".length()))
                .append(System.lineSeparator());
    }
}
