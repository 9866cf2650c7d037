package jflannel.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import jflannel.dataplane.Counter;
import jflannel.ip.Cidr;
import jflannel.kernelpath.Counts;
import jflannel.kernelpath.Tally;
import jflannel.lease.StoreFigures;
import org.junit.jupiter.api.Test;

class PageTest {
    private static String render(Source... sources) throws IOException {
        return new String(
                new Page(() -> Map.of("", List.of(sources))).render(null).body(), UTF_8);
    }

    @Test
    void showsEachKindOfMetric() throws IOException {
        String page = render(readings -> {
            readings.put(Metric.BUILD, 1, "1.0", "25\"\n");
            readings.put(Metric.READY, 1);
            readings.put(Metric.KERNEL_CHANGES, 3, "put");
            readings.put(Metric.KERNEL_CHANGES, 0, "delete");
            readings.put(Metric.RECONCILE_SECONDS, 4, Duration.ofMillis(2500));
        });
        assertThat(page)
                .contains("# TYPE flannel_build_info gauge\n", "java=\"25\\\"\\n\"", "version=\"1.0\"")
                .contains("# TYPE flannel_ready gauge\nflannel_ready 1.0\n")
                .contains("# TYPE flannel_kernel_changes_total counter\n")
                .contains("flannel_kernel_changes_total{verb=\"delete\"} 0.0\n")
                .contains("flannel_kernel_changes_total{verb=\"put\"} 3.0\n")
                .contains("# TYPE flannel_reconcile_seconds summary\n")
                .contains("flannel_reconcile_seconds_count 4\nflannel_reconcile_seconds_sum 2.5\n")
                .contains("# HELP flannel_ready 1 if the node is ready, as `/readyz` says\n");
    }

    @Test
    void speaksOpenMetricsIfItIsAskedTo() throws IOException {
        Page page = new Page(() -> Map.of("", List.of(readings -> readings.put(Metric.READY, 1))));
        Page.Text text = page.render("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.1");
        assertThat(text.contentType()).startsWith("application/openmetrics-text");
        assertThat(new String(text.body(), UTF_8)).endsWith("# EOF\n");
        assertThat(page.render("*/*").contentType()).startsWith("text/plain; version=0.0.4");
    }

    @Test
    void leavesOutWhatNobodyRead() throws IOException {
        assertThat(render(new UdpSource(Map::of, Optional::empty))).isEmpty();
    }

    @Test
    void showsEveryCounterOfTheDataPlaneOnce() throws IOException {
        Map<Counter, Long> counters = Arrays.stream(Counter.values())
                .collect(toMap(counter -> counter, counter -> 1000L + counter.ordinal()));
        List<String> values = render(new UdpSource(() -> counters, Optional::empty))
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .sorted()
                .toList();
        assertThat(values)
                .isEqualTo(counters.values().stream()
                        .sorted()
                        .map(value -> value + ".0")
                        .toList());
    }

    @Test
    void addsWhatTheKernelDroppedToWhatTheDaemonDroppedForTheSameReason() throws IOException {
        Map<Counter, Long> loops = Map.of(
                Counter.IN_WRONG_SOURCE, 1L, Counter.OUT_REFUSED, 2L, Counter.IN_REFUSED, 3L, Counter.OUT_NO_PEER, 4L);
        Tally tally = new Tally(new Counts(5, 50, 6, 60, 70), 10, 20, 30, Map.of());
        assertThat(render(new UdpSource(() -> loops, () -> Optional.of(tally))))
                .contains("flannel_udp_dropped_packets_total{direction=\"in\",reason=\"wrong_source\"} 11.0\n")
                .contains("flannel_udp_dropped_packets_total{direction=\"out\",reason=\"refused\"} 22.0\n")
                .contains("flannel_udp_dropped_packets_total{direction=\"in\",reason=\"refused\"} 33.0\n")
                .contains("flannel_udp_dropped_packets_total{direction=\"out\",reason=\"no_peer\"} 4.0\n")
                .contains("flannel_udp_packets_total{point=\"kernel_sent\"} 5.0\n");
    }

    @Test
    void showsTheKernelsCountsOfTheFirst200Peers() throws IOException {
        Map<Cidr, Counts> bySubnet = new LinkedHashMap<>();
        for (int i = 250; i > 0; i--) {
            bySubnet.put(Cidr.parse("10.5." + i + ".0/24"), new Counts(i, 10 * i, 20 * i, 30 * i, 0));
        }
        Tally tally = new Tally(new Counts(0, 0, 0, 0, 0), 0, 0, 0, bySubnet);
        String page = render(new UdpSource(Map::of, () -> Optional.of(tally)));
        assertThat(page)
                .contains("flannel_udp_peer_packets_total{point=\"kernel_sent\",subnet=\"10.5.250.0/24\"} 250.0\n")
                .contains("flannel_udp_peer_bytes_total{point=\"kernel_sent\",subnet=\"10.5.51.0/24\"} 510.0\n")
                .contains("flannel_udp_peer_packets_total{point=\"kernel_received\",subnet=\"10.5.51.0/24\"} 1020.0\n")
                .contains("flannel_udp_peer_bytes_total{point=\"kernel_received\",subnet=\"10.5.51.0/24\"} 1530.0\n")
                .doesNotContain("10.5.50.0/24");
        assertThat(page.lines()).filteredOn(line -> line.contains("subnet=")).hasSize(4 * 200);
    }

    @Test
    void showsWhatTheNodeDid() throws IOException {
        NodeFigures figures = new NodeFigures();
        figures.peers(5, 2);
        figures.converged(3, 1, 0, true);
        figures.converged(2, 0, 1, false);
        figures.firewallChanged(true);
        figures.firewallChanged(false);
        figures.firewallChanged(false);
        assertThat(render(figures))
                .contains("flannel_peers_desired 5.0\n", "flannel_peers_failed 2.0\n")
                .contains("flannel_peers_programmed 3.0\n")
                .contains("flannel_kernel_changes_total{verb=\"put\"} 5.0\n")
                .contains("flannel_kernel_changes_total{verb=\"delete\"} 1.0\n")
                .contains("flannel_drift_repaired_total 2.0\n", "flannel_kernel_objects_refused 1.0\n")
                .contains("flannel_firewall_changes_total{reason=\"repaired\"} 2.0\n");
    }

    @Test
    void showsWhatTheStoreTells() throws IOException {
        AtomicLong nanoTime = new AtomicLong(-7);
        AtomicReference<Instant> clock = new AtomicReference<>(Instant.ofEpochSecond(1_700_000_000));
        StoreFigures store = new StoreFigures(nanoTime::get);
        assertThat(render(new StoreSource(store, clock::get)))
                .contains("flannel_store_watched 0.0\n")
                .doesNotContain("watch_age", "lease_expiry");
        store.requested("range", Duration.ofMillis(5), false);
        store.requested("range", Duration.ofMillis(20), true);
        store.watchBegins();
        store.watchEnds();
        store.watchBegins();
        store.leaseEndsAt(OptionalLong.of(60_000_000_000L));
        nanoTime.set(50_000_000_000L);
        assertThat(render(new StoreSource(store, clock::get)))
                .contains("flannel_store_request_seconds_count{request=\"range\"} 2\n")
                .contains("flannel_store_request_seconds_sum{request=\"range\"} 0.025\n")
                .contains("flannel_store_request_errors_total{request=\"range\"} 1.0\n")
                .contains("flannel_store_watched 1.0\n", "flannel_store_watch_age_seconds 50.0\n")
                .contains("flannel_store_watch_reconnects_total 1.0\n")
                .contains("flannel_lease_expiry_timestamp_seconds 1.70000001E9\n");
        clock.set(Instant.ofEpochSecond(1_600_000_000)); // somebody sets it
        assertThat(render(new StoreSource(store, clock::get)))
                .contains("flannel_store_watch_age_seconds 50.0\n", "expiry_timestamp_seconds 1.60000001E9\n");
        store.leaseEndsAt(OptionalLong.empty());
        assertThat(render(new StoreSource(store, clock::get))).doesNotContain("lease_expiry");
    }

    @Test
    void showsThisProcess() throws IOException {
        String page = render(new ProcessSource("1.2"));
        for (String name : new String[] {
            "flannel_build_info", "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"
        }) {
            assertThat(page).containsPattern("(?m)^" + name + "(\\{.*\\})? [0-9]");
        }
        assertThat(page).containsPattern("process_start_time_seconds 1\\.[0-9]+E9");
    }
}
