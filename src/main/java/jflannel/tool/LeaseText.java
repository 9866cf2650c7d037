package jflannel.tool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.Json;
import jflannel.lease.Announcement;
import jflannel.lease.StoredLease;
import jflannel.lease.StoredLease.Term;
import jflannel.work.Printable;

/// Leases as text for people or programs. Nothing that somebody wrote into the store reaches a terminal as it is.
final class LeaseText {
    private static final String GAP = "  ";
    private static final long DAY = 86_400;

    private LeaseText() {}

    static String table(List<StoredLease> leases) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("SUBNET", "HOST", "BACKEND", "ENDS", "STATE"));
        leases.forEach(
                lease -> rows.add(Stream.of(lease.words(), host(lease), backend(lease), end(lease.term()), state(lease))
                        .map(Printable::line)
                        .toList()));
        List<Integer> widths = IntStream.range(0, rows.getFirst().size() - 1)
                .mapToObj(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .toList();
        return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining());
    }

    private static String line(List<String> row, List<Integer> widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < widths.size(); column++) {
            String cell = row.get(column);
            line.append(cell).repeat(' ', widths.get(column) - cell.length()).append(GAP);
        }
        return line.append(row.getLast()).append('\n').toString();
    }

    /// All of one lease.
    static String details(StoredLease lease) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("state", state(lease));
        facts.put("ends", end(lease.term()));
        lease.announced().ifPresent(it -> {
            facts.put("public address", addresses(it));
            facts.put("backend", it.backendType().isEmpty() ? "(none announced)" : it.backendType());
            it.backendData().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(each -> facts.put("data for " + each.getKey().title(), each.getValue()));
        });
        facts.putAll(lease.origin());
        StringBuilder text = new StringBuilder(Printable.line(lease.words())).append('\n');
        facts.forEach(
                (name, value) -> text.append("  %-19s %s%n".formatted(Printable.line(name), Printable.line(value))));
        return text.toString();
    }

    static String json(List<StoredLease> leases) {
        Object all = Map.of("leases", leases.stream().map(LeaseText::fields).toList());
        return Printable.json(Json.indented(all)) + "\n";
    }

    private static Map<String, Object> fields(StoredLease lease) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", lease.name());
        json.put("subnets", lease.cidrs().stream().map(Cidr::toString).toList());
        json.put(
                "publicIps",
                lease.announced().stream().flatMap(LeaseText::sorted).toList());
        json.put("backend", lease.announced().map(Announcement::backendType).orElse(null));
        Map<String, Object> data = new LinkedHashMap<>();
        lease.announced()
                .ifPresent(it -> it.backendData().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .forEach(each -> data.put(each.getKey().title(), Json.value(each.getValue()))));
        json.put("backendData", data);
        json.put("reserved", lease.term() instanceof Term.Reserved);
        json.put(
                "secondsLeft",
                lease.term() instanceof Term.Renewed(long left, long _)
                        ? new Json.Number(Long.toString(Math.max(0, left)))
                        : null);
        json.put("state", lease.standing().name().toLowerCase(java.util.Locale.ROOT));
        json.put("why", lease.why());
        json.put("origin", new LinkedHashMap<>(lease.origin()));
        return json;
    }

    private static Stream<String> sorted(Announcement announced) {
        return Stream.of(Family.values())
                .flatMap(family -> announced.publicIp(family).stream())
                .map(Ip::toString);
    }

    private static String addresses(Announcement announced) {
        return sorted(announced).collect(Collectors.joining(" "));
    }

    /// In Kubernetes, a lease is called as its node is.
    private static String host(StoredLease lease) {
        String addresses = lease.announced().map(LeaseText::addresses).orElse("");
        boolean node = lease.term() instanceof Term.OfNode;
        String host = node ? lease.name() + (addresses.isEmpty() ? "" : " " + addresses) : addresses;
        return host.isEmpty() ? "?" : host;
    }

    private static String backend(StoredLease lease) {
        return lease.announced()
                .map(Announcement::backendType)
                .filter(type -> !type.isEmpty())
                .orElse("-");
    }

    private static String end(Term term) {
        return switch (term) {
            case Term.Renewed(long left, long _) when left < 0 -> "ended";
            case Term.Renewed(long left, long _) when left > 2 * DAY -> "in " + left / DAY + " days";
            case Term.Renewed(long left, long _) -> "in %d:%02d h".formatted(left / 3600, left / 60 % 60);
            case Term.Reserved() -> "reserved";
            case Term.OfNode() -> "with its node";
        };
    }

    private static String state(StoredLease lease) {
        return switch (lease.standing()) {
            case USED -> lease.why().isEmpty() ? "used" : "used, but " + lease.why();
            case WAITING -> "waits for its host" + (lease.why().isEmpty() ? "" : ": " + lease.why());
            case IGNORED -> "ignored: " + lease.why();
        };
    }
}
