package jflannel.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReportsTest {
    private static final Contender VXLAN = Contender.of(Scenario.VXLAN);
    private static final BenchPlan PLAN = new BenchPlan(List.of(Contender.DIRECT, VXLAN), List.of(true), 2, 1);
    private static final MachineInfo MACHINE =
            new MachineInfo(2, "A <fast> one", 1 << 30, "6.18.0", "25", "iperf 3.12", "cubic");

    private static final BackgroundLoad DISTURBANCE = new BackgroundLoad(0.0123456789, 0.5, 0.25);

    private final Results results = new Results();

    @BeforeEach
    void measure() {
        Results.Setting direct = new Results.Setting(Contender.DIRECT, true);
        Results.Setting vxlan = new Results.Setting(VXLAN, true);
        results.add(1, direct, Map.of(BenchMetric.TCP_ONE, 20.0, BenchMetric.UDP_64_LOSS, 0.0));
        results.add(2, direct, Map.of(BenchMetric.TCP_ONE, 22.0));
        results.add(1, vxlan, Map.of(BenchMetric.TCP_ONE, 10.0, BenchMetric.UDP_64_LOSS, 1.0));
        results.add(new Results.Failure(2, vxlan, "TCP, one stream", "iperf3: </script><b>broken</b> {{data}}"));
    }

    private String json() {
        return new JsonReport("1.2.3", Instant.parse("2026-01-02T03:04:05Z"), MACHINE, DISTURBANCE, PLAN, results)
                .render();
    }

    private JsonNode row(String backend, String metric) throws IOException {
        for (JsonNode row : new ObjectMapper().readTree(json()).get("results")) {
            if (row.get("backend").asText().equals(backend)
                    && row.get("metric").asText().equals(metric)) {
                return row;
            }
        }
        throw new AssertionError("no row of " + backend + " and " + metric);
    }

    @Test
    void showsValuesAndRatiosAsTables() {
        List<String> lines = new TextReport(PLAN, results).render().lines().toList();
        assertThat(lines.getFirst()).isEqualTo("Medians of 2 runs of 1 s each (smallest–largest), offloads on");
        assertThat(lines)
                .contains(
                        "│                      │ unit        │ direct           │ vxlan │",
                        "│ TCP, one stream      │ Gbit/s      │ 21.0 (20.0–22.0) │ 10.0  │",
                        "│ TCP, four streams    │ Gbit/s      │ —                │ —     │",
                        "│                      │ vxlan / direct │",
                        "│ TCP, one stream      │ 0.500          │",
                        "  run 2, vxlan, offloads on, TCP, one stream: iperf3: </script><b>broken</b> {{data}}")
                .noneMatch(line -> line.contains("direct / "));
    }

    @Test
    void showsValuesAndRatiosInMarkdown() {
        String[] lines =
                new MarkdownReport(MACHINE, DISTURBANCE, PLAN, results).render().split("\n");
        assertThat(lines[0]).isEqualTo("2 cores (A <fast> one), Linux 6.18.0, Java 25, iperf 3.12, TCP cubic.");
        assertThat(lines)
                .contains(
                        "**Offloads on**",
                        "|  | unit | direct | vxlan | vxlan / direct |",
                        "|---|---|---|---|---|",
                        "| TCP, one stream | Gbit/s | 21.0 (20.0–22.0) | 10.0 | 0.500 |",
                        "| UDP 64 B, lost | % | 0.00 | 1.00 |  |")
                .anyMatch(line -> line.startsWith("Other programs used up to 50 %"))
                .anyMatch(line -> line.startsWith("Not measured: run 2, vxlan"));
    }

    @Test
    void comparesNothingIfThereIsNobodyToCompareWith() {
        assertThat(new TextReport(new BenchPlan(List.of(VXLAN), List.of(true), 1, 1), results).render())
                .startsWith("One run of 1 s each, offloads on\n")
                .doesNotContain("Ratios");
    }

    @Test
    void writesEachSpreadWithItsRatiosAsJson() throws IOException {
        assertThat(row("vxlan", "tcp-1")).isEqualTo(new ObjectMapper().readTree("""
                {"backend": "vxlan", "offloads": "on", "metric": "tcp-1", "title": "TCP, one stream",
                 "unit": "Gbit/s", "moreIsBetter": true,
                 "median": 10.0, "min": 10.0, "max": 10.0, "values": [10.0],
                 "ratios": {"direct": {"median": 0.5, "min": 0.5, "max": 0.5, "values": [0.5]}}}
                """));
        assertThat(row("vxlan", "udp-64-loss").get("ratios")).isEmpty();
        assertThat(row("direct", "tcp-1").get("values")).hasSize(2);
    }

    @Test
    void writesWhereAndHowItWasMeasuredAsJson() throws IOException {
        JsonNode root = new ObjectMapper().readTree(json());
        assertThat(root.get("format").asInt()).isEqualTo(1);
        assertThat(root.get("started").asText()).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(root.at("/machine/cores").asInt()).isEqualTo(2);
        assertThat(root.at("/othersLoad/before").asDouble()).isEqualTo(0.0123457);
        assertThat(root.at("/othersLoad/stolen").asDouble()).isEqualTo(0.25);
        assertThat(root.at("/warning").asText()).startsWith("Other programs used up to 50 % of the processors");
        assertThat(root.at("/plan/backends/1").asText()).isEqualTo("vxlan");
        assertThat(root.at("/failures/0/probe").asText()).isEqualTo("TCP, one stream");
    }

    @Test
    void warnsOfOthersOnlyIfTheyAreNoticed() {
        assertThat(new BackgroundLoad(0.1, 0.02, 0).warning()).isEmpty();
        assertThat(new BackgroundLoad(0, 0, 0.11).warning()).isPresent();
    }

    @Test
    void makesAPageThatHoldsAllItNeeds() {
        String page = HtmlReport.render(json());
        assertThat(page)
                .contains("Chart.js v4", "The MIT License (MIT)", "function drawCharts()", "--host-gw:")
                .doesNotContainPattern("(src|href)=")
                .doesNotContainPattern("@import|url\\(");
        // left in what a failure said, and nowhere else
        assertThat(page.split("\\{\\{", -1)).hasSize(2);
    }

    @Test
    void keepsDataFromEndingTheElementThatHoldsThem() throws IOException {
        String page = HtmlReport.render(json());
        assertThat(page).doesNotContain("<b>broken").doesNotContain("A <fast>");
        String start = "<script type=\"application/json\" id=\"data\">";
        int from = page.indexOf(start) + start.length();
        String data = page.substring(from, page.indexOf("</script>", from));
        assertThat(new ObjectMapper().readTree(data)).isEqualTo(new ObjectMapper().readTree(json()));
    }
}
