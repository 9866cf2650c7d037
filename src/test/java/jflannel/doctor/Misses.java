package jflannel.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import jflannel.field.FieldHost;
import jflannel.inspect.LocalFlannel;

/// What the doctor did not say of planted faults, so that one run shows all of it.
final class Misses {
    private final List<String> misses = new ArrayList<>();

    /// What the doctor says on a host.
    static Report examine(FieldHost host, boolean probe, String... flags) throws IOException {
        return host.host().call(() -> Doctor.examine(LocalFlannel.find(List.of(flags), Map.of()), probe));
    }

    static String codes(Report report) {
        return report.found().stream().map(it -> it.check().code()).collect(Collectors.joining(" "));
    }

    /// @param check code of the check that should name the fault
    /// @param words that the finding should say somewhere
    void expect(Report report, String check, String words, String plant) {
        boolean found = report.found().stream()
                .anyMatch(it -> it.check().code().equals(check)
                        && (it.cause() + it.evidence() + it.remedy()).contains(words)
                        && !it.remedy().matches(".*\\{[a-z]+}.*"));
        if (!found) {
            add(plant + "\n   not found: " + check + ", " + words + "; but " + report.found());
        }
    }

    void add(String miss) {
        misses.add(miss);
    }

    String words() {
        return String.join("\n", misses);
    }
}
