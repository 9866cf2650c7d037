package jflannel.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.lab.kube.KubeRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MetricTest {
    private static final Pattern NAME = Pattern.compile("\\b(flannel|process|jvm)_[a-z_]+");

    @ParameterizedTest
    @EnumSource
    void isNamedByTheRulesOfPrometheus(Metric metric) {
        assertThat(metric.fullName()).matches(NAME);
        assertThat(metric.fullName().endsWith("_total")).isEqualTo(metric.type() == Metric.Type.COUNTER);
        assertThat(metric.fullName().endsWith("_info")).isEqualTo(metric.type() == Metric.Type.INFO);
        assertThat(metric.help()).matches("[A-Z1].*[^.]");
        assertThat(metric.labels()).allMatch(label -> label.matches("[a-z]+"));
    }

    @Test
    void noTwoHaveOneName() {
        assertThat(Metric.values()).extracting(Metric::fullName).doesNotHaveDuplicates();
    }

    @Test
    void theTableOfTheDocumentIsThisOne() throws IOException {
        List<String> expected = Arrays.stream(Metric.values())
                .map(metric -> "| `%s` | %s | %s | %s |"
                        .formatted(
                                metric.fullName(),
                                metric.type().name().toLowerCase(java.util.Locale.ROOT),
                                metric.labels().stream()
                                        .map(label -> "`" + label + "`")
                                        .collect(Collectors.joining(", ")),
                                metric.help()))
                .map(line -> line.replace("|  |", "| |"))
                .toList();
        assertThat(Files.readString(Path.of("docs/metrics.md")).lines())
                .filteredOn(line -> line.matches("\\| `\\w+` \\| (gauge|counter|summary|info) \\|.*"))
                .isEqualTo(expected);
    }

    @Test
    void theDashboardAndTheAlertsAskOnlyForWhatThereIs() throws IOException {
        Set<String> known = Arrays.stream(Metric.values())
                .flatMap(metric -> metric.type() == Metric.Type.SUMMARY
                        ? Stream.of(metric.fullName() + "_count", metric.fullName() + "_sum")
                        : Stream.of(metric.fullName()))
                .collect(Collectors.toSet());
        Set<String> asked = new TreeSet<>();
        List<String> queries = queries();
        assertThat(queries).hasSizeGreaterThan(30);
        for (String query : queries) {
            Set<String> names =
                    NAME.matcher(query).results().map(MatchResult::group).collect(Collectors.toSet());
            assertThat(names).as(query).isNotEmpty();
            asked.addAll(names);
        }
        assertThat(known).containsAll(asked);
    }

    @Test
    void theAlertsOfTheDocumentAreThoseOfTheRules() throws IOException {
        List<String> expected = alerts().stream()
                .map(rule -> "| `%s` | %s |"
                        .formatted(
                                rule.path("alert").asText(),
                                rule.at("/labels/severity").asText()))
                .toList();
        assertThat(Files.readString(Path.of("docs/metrics.md")).lines())
                .filteredOn(line -> line.startsWith("| `Flannel"))
                .extracting(line -> line.replaceFirst("(\\| \\S+ \\| \\w+ \\|).*", "$1"))
                .isEqualTo(expected);
    }

    private static List<String> queries() throws IOException {
        JsonNode dashboard = new ObjectMapper()
                .readTree(Path.of("deploy/grafana-dashboard.json").toFile());
        List<String> queries = new ArrayList<>(dashboard.findValuesAsText("expr"));
        alerts().stream()
                .map(rule -> rule.path("expr").asText())
                .filter(query -> !query.startsWith("up{")) // Prometheus' own
                .forEach(queries::add);
        return queries;
    }

    private static List<JsonNode> alerts() throws IOException {
        List<JsonNode> alerts = new ArrayList<>();
        KubeRule.documents(Path.of("deploy/prometheus-rules.yml"))
                .getFirst()
                .at("/groups/0/rules")
                .forEach(alerts::add);
        return alerts;
    }
}
