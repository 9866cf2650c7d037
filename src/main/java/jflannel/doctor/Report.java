package jflannel.doctor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jflannel.json.Json;

/// What the doctor says.
///
/// @param found worst first
/// @param unexamined what could not be looked at
/// @param probed how many peers were sent packets
public record Report(List<Diagnosis> found, List<Unexamined> unexamined, int probed) {
    public Report {
        found = List.copyOf(found);
        unexamined = List.copyOf(unexamined);
    }

    /// The worst of all; [Grade#NOTE] if nothing is wrong.
    public Grade worst() {
        return found.isEmpty() ? Grade.NOTE : found.getFirst().grade();
    }

    /// For programs, as JSON; docs/tools.md describes it.
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("state", worst() == Grade.NOTE ? "healthy" : worst().word());
        fields.put("findings", found.stream().map(Report::fields).toList());
        fields.put(
                "unexamined",
                unexamined.stream()
                        .map(it -> Map.<String, Object>of("what", it.what(), "why", it.why()))
                        .toList());
        fields.put("checks", new Json.Number(String.valueOf(Check.values().length)));
        fields.put("probed", new Json.Number(String.valueOf(probed)));
        return fields;
    }

    private static Map<String, Object> fields(Diagnosis one) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("check", one.check().code());
        fields.put("grade", one.grade().word());
        fields.put("cause", one.cause());
        fields.put("evidence", one.evidence());
        fields.put("remedy", one.remedy());
        return fields;
    }
}
