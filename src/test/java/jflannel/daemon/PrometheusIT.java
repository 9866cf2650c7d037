package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.lease.SubnetKey;
import jflannel.linux.Command;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A real Prometheus that reads real daemons: the dashboard's expressions have data, and the alerts' rules work.
class PrometheusIT {
    private static final int PORT = 9464;
    private static final Path RULES = Path.of("deploy/prometheus-rules.yml");

    /// Names only what fails, and nothing does.
    private static final String FAILING_CHECKS = "flannel_check_passed";

    @TempDir
    private Path folder;

    private static String program(String name) {
        Optional<Path> found = Command.find(name);
        assumeTrue(found.isPresent(), "there is no " + name + " in PATH; Debian's package of it is prometheus");
        return found.get().toString();
    }

    @Test
    void alertsFireWhenTheyShouldAndNotBefore() throws IOException {
        Command.run(program("promtool"), "check", "rules", RULES.toString());
        Command.run(
                program("promtool"), "test", "rules", "src/test/resources/jflannel/deploy/prometheus-rules-test.yml");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(textBlock = """
            UDP_DAEMON, flannel_peer_filter_|flannel_udp_peer_
            VXLAN, flannel_udp_
            """)
    void everyExpressionOfTheDashboardHasData(Scenario scenario, Pattern notThere) throws Exception {
        Files.writeString(folder.resolve("prometheus.yml"), """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: ['%s']
                scrape_configs: [{job_name: flannel, static_configs: [{targets: ['127.0.0.1:%d']}]}]
                """.formatted(RULES.toAbsolutePath(), PORT));
        LabSetup setup = LabSetup.of(scenario)
                .withNftables(scenario == Scenario.VXLAN)
                .withReservations(false)
                .withFlags("--metrics-port=" + PORT);
        Set<String> silent = queries().stream()
                .filter(query -> notThere.matcher(query).find() || query.contains(FAILING_CHECKS))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(silent).hasSizeGreaterThan(1);
        try (Lab lab = lab(setup)) {
            LabNode node = lab.node(1);
            node.host()
                    .start(
                            "prometheus",
                            program("prometheus"),
                            "--config.file=" + folder.resolve("prometheus.yml"),
                            "--storage.tsdb.path=" + folder.resolve("data"),
                            "--web.listen-address=127.0.0.1:9090");
            await("prometheus has read the page")
                    .atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .until(() -> isNumber(query(node, "flannel_ready == 1")));
            assertThat(isNumber(query(node, "up{job=\"flannel\"} == 1"))).isTrue();
            node.sh("curl -sf -m 5 http://127.0.0.1:" + PORT + "/metrics | " + program("promtool") + " check metrics");

            // a peer that no node has an address to reach it from
            lab.store().put("subnets/100.96.99.0-24", "{\"PublicIPv6\":\"2001:db8::9\",\"BackendType\":\"vxlan\"}");
            lab.store().delete("subnets/" + SubnetKey.format(List.of(node.subnet(Family.IPV4)))); // is asked for again
            await("what has data has it").atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                lab.reach(1, 2, Family.IPV4, 5);
                assertThat(withoutData(node)).isEqualTo(silent);
            });
            await("the alert of the odd peer waits for its time")
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(alerts(node)).containsEntry("FlannelPeersFailed", "pending"));
        }
    }

    private static List<String> queries() throws IOException {
        JsonNode dashboard = new ObjectMapper()
                .readTree(Path.of("deploy/grafana-dashboard.json").toFile());
        return dashboard.findValuesAsText("expr").stream()
                .map(query -> query.replace("$job", ".*").replace("$instance", ".*"))
                .toList();
    }

    private static Set<String> withoutData(LabNode node) throws IOException {
        Set<String> silent = new TreeSet<>();
        for (String query : queries()) {
            if (!isNumber(query(node, query))) {
                silent.add(query);
            }
        }
        return silent;
    }

    /// True if any of the values is one: a quotient of two zeros is not.
    private static boolean isNumber(JsonNode result) {
        for (JsonNode series : result) {
            if (Double.isFinite(
                    Double.parseDouble(series.at("/value/1").asText().replace("Inf", "Infinity")))) {
                return true;
            }
        }
        return false;
    }

    private static JsonNode query(LabNode node, String query) throws IOException {
        return ask(node, "query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8))
                .path("result");
    }

    /// The state of each alert, by its name. A rule that cannot be evaluated fails here.
    private static Map<String, String> alerts(LabNode node) throws IOException {
        Map<String, String> states = new TreeMap<>();
        for (JsonNode rule : ask(node, "rules").at("/groups/0/rules")) {
            assertThat(rule.path("health").asText()).as(rule.toString()).isEqualTo("ok");
            states.put(rule.path("name").asText(), rule.path("state").asText());
        }
        return states;
    }

    private static JsonNode ask(LabNode node, String path) throws IOException {
        JsonNode answer =
                new ObjectMapper().readTree(node.sh("curl -s -m 5 'http://127.0.0.1:9090/api/v1/" + path + "'"));
        assertThat(answer.path("status").asText()).as(path + ": " + answer).isEqualTo("success");
        return answer.path("data");
    }
}
