package jflannel.report;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import jflannel.json.Json;
import jflannel.json.JsonException;
import jflannel.status.CloudRouteState;
import jflannel.status.Condition;
import jflannel.status.Facts;
import jflannel.status.Finding;
import jflannel.status.FirewallRules;
import jflannel.status.LastRepair;
import jflannel.status.PacketCarriers;
import jflannel.work.Printable;

/// What a daemon wrote into its [StatusFile].
///
/// @param state as [jflannel.status.NodeStatus#state]
/// @param since when that state began
/// @param cause everything that is wrong, in one line; empty if nothing is
/// @param findings what is wrong, worst first, as far as this release knows the conditions
/// @param flags of the daemon, without secrets
/// @param firewall its rules as it last saw them in place; empty if it has not set them yet
/// @param cloudRoute empty if it needs none, or does not know it yet
/// @param lastRepair empty if there was none
public record ReportedStatus(
        String state,
        Instant since,
        String cause,
        List<Finding> findings,
        Facts facts,
        Optional<FirewallRules> firewall,
        Optional<CloudRouteState> cloudRoute,
        Optional<LastRepair> lastRepair,
        List<String> flags) {
    public ReportedStatus {
        findings = List.copyOf(findings);
        flags = List.copyOf(flags);
    }

    /// @throws IllegalArgumentException if that is no such text
    public static ReportedStatus parse(String text) {
        try {
            Map<String, Object> json = Json.object(text);
            List<Finding> findings = json.get("conditions") instanceof List<?> all
                    ? all.stream()
                            .flatMap(each -> finding(object(each)).stream())
                            .toList()
                    : List.of();
            return new ReportedStatus(
                    word(json, "state"),
                    instant(json, "since"),
                    word(json, "cause"),
                    findings,
                    facts(object(json.get("node"))),
                    firewall(object(object(json.get("node")).get("firewall"))),
                    cloudRoute(object(object(json.get("node")).get("cloudRoute"))),
                    lastRepair(object(object(json.get("node")).get("lastRepair"))),
                    flags(json.get("flags")));
        } catch (JsonException | DateTimeParseException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static Optional<Finding> finding(Map<String, Object> json) {
        String code = word(json, "code");
        return Arrays.stream(Condition.values())
                .filter(condition -> condition.code().equals(code))
                .findFirst()
                .map(condition ->
                        new Finding(condition, word(json, "subject"), word(json, "detail"), instant(json, "since")));
    }

    private static List<String> flags(Object json) {
        return json instanceof List<?> list
                ? list.stream()
                        .filter(String.class::isInstance)
                        .map(String.class::cast)
                        .toList()
                : List.of();
    }

    private static Facts facts(Map<String, Object> json) {
        return new Facts(
                word(json, "lease"),
                word(json, "backend"),
                word(json, "underlay"),
                number(json, "mtu"),
                number(json, "peers"),
                number(json, "failed"),
                number(json, "held"),
                json.containsKey("packets") ? carriers(object(json.get("packets"))) : PacketCarriers.NONE);
    }

    private static Optional<FirewallRules> firewall(Map<String, Object> json) {
        return json.get("places") instanceof List<?> places
                ? Optional.of(new FirewallRules(word(json, "tool"), lines(places)))
                : Optional.empty();
    }

    private static Optional<CloudRouteState> cloudRoute(Map<String, Object> json) {
        return json.get("tables") instanceof List<?> tables
                ? Optional.of(new CloudRouteState(
                        word(json, "node"),
                        lines(tables),
                        Boolean.TRUE.equals(json.get("inPlace")),
                        instant(json, "checked")))
                : Optional.empty();
    }

    private static List<String> lines(List<?> texts) {
        return texts.stream().map(text -> Printable.line(String.valueOf(text))).toList();
    }

    private static Optional<LastRepair> lastRepair(Map<String, Object> json) {
        return json.isEmpty() ? Optional.empty() : Optional.of(new LastRepair(instant(json, "at"), word(json, "what")));
    }

    private static PacketCarriers carriers(Map<String, Object> json) {
        Map<String, String> why = new TreeMap<>();
        object(json.get("why")).forEach((subnet, reason) -> why.put(subnet, Printable.line(String.valueOf(reason))));
        return new PacketCarriers(number(json, "kernel"), why);
    }

    @SuppressWarnings("unchecked") // objects have names for keys
    private static Map<String, Object> object(Object json) {
        return json instanceof Map<?, ?> object ? (Map<String, Object>) object : Map.of();
    }

    private static String word(Map<String, Object> json, String field) {
        return json.get(field) instanceof String word ? Printable.line(word) : "";
    }

    private static int number(Map<String, Object> json, String field) {
        try {
            return json.get(field) instanceof Json.Number(String digits) ? Integer.parseInt(digits) : 0;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(field + " is no number", e);
        }
    }

    private static Instant instant(Map<String, Object> json, String field) {
        return Instant.parse(word(json, field));
    }
}
