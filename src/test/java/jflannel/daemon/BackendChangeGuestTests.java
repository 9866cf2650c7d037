package jflannel.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.Patience;
import org.junit.jupiter.api.Test;

/// Changes between all backends, under traffic and while no daemon runs; run by [KernelBackendsIT]. What a backend has
/// in the kernel must be the same whichever one was there before, so nothing of that one is left.
class BackendChangeGuestTests {
    private static final Path HOST_GW =
            Path.of("docs/examples/extension/host-gw").toAbsolutePath();

    /// By name; the values of `Backend`.
    private static final Map<String, String> BACKENDS = new LinkedHashMap<>();

    static {
        BACKENDS.put("vxlan", "{\"Type\":\"vxlan\"}");
        BACKENDS.put("ipsec", "{\"Type\":\"ipsec\",\"PSK\":\"%s\"}".formatted("k".repeat(96)));
        BACKENDS.put("udp", "{\"Type\":\"udp\"}");
        BACKENDS.put("ipip", "{\"Type\":\"ipip\"}");
        BACKENDS.put(
                "extension",
                "{\"Type\":\"extension\",\"SubnetAddCommand\":\"%s add\",\"SubnetRemoveCommand\":\"%1$s remove\"}"
                        .formatted(HOST_GW));
        BACKENDS.put("wireguard", "{\"Type\":\"wireguard\"}");
        BACKENDS.put("host-gw", "{\"Type\":\"host-gw\"}");
    }

    /// What [Labs#kernelState] does not have, without counters, the keys themselves, and what packets leave behind.
    private static final String MORE = """
            ip route show proto static | grep 100.96; ip -6 route show proto static | grep fd00:100:96
            ip -o xfrm policy | sed 's/priority.*reqid/reqid/'; ip -o xfrm state | sed 's/.*reqid 11 .*/has keys/' | sort -u
            nft list ruleset | awk '/^table/ { named = / flannel-/ } named' | sed 's/packets [0-9]* bytes [0-9]*//'
            tc filter show dev eth0 ingress | grep -o 'flannel[^ ]*'; ls /run/flannel | grep charon.vici
            """;

    private final Map<String, List<String>> states = new HashMap<>();

    @Test
    void anyBackendFollowsAnyOtherAndNothingOfThatOneIsLeft() throws Exception {
        List<String> names = new ArrayList<>(BACKENDS.keySet());
        Lab lab = GuestLab.with(BACKENDS.get(names.getFirst()));
        for (String name : names) {
            long start = System.nanoTime();
            Traffic traffic = new Traffic(lab, 1, 2, 120);
            GuestLab.with(BACKENDS.get(name));
            Traffic.Count count = traffic.end();
            states.put(name, settled(lab));
            System.out.printf(
                    "to %s: lost %d of %d pings, %d ms%n",
                    name, count.lost(), count.lost() + count.received(), (System.nanoTime() - start) / 1_000_000);
        }
        assertThat(states.get("host-gw")).noneMatch(line -> line.contains("flannel.") || line.contains("reqid 11"));
        for (int i = 1; i <= names.size(); i++) { // each after another one than before, as their number is odd
            String name = names.get(3 * i % names.size());
            boolean running = i % 2 == 0;
            change(lab, name, running);
            assertThat(settledAs(states.get(name), lab)).as(name).isEqualTo(states.get(name));
        }
    }

    private static void change(Lab lab, String name, boolean running) throws IOException {
        if (!running) {
            lab.nodes().forEach(node -> node.flanneld().kill());
            lab.store().put("config", lab.setup().networkConfig(BACKENDS.get(name)));
            for (LabNode node : lab.nodes()) {
                node.startFlanneld();
            }
            for (LabNode node : lab.nodes()) {
                node.awaitReady();
            }
        }
        GuestLab.with(BACKENDS.get(name));
    }

    private static List<String> state(Lab lab) throws IOException {
        List<String> lines = new ArrayList<>();
        for (LabNode node : lab.nodes()) {
            lines.addAll(Labs.kernelState(node).lines().toList());
            lines.addAll(node.host().attempt("sh", "-c", MORE).output().lines().toList());
        }
        return lines;
    }

    /// As it is when it no longer changes.
    private static List<String> settled(Lab lab) throws Exception {
        List<String> before = List.of();
        List<String> now = state(lab);
        for (int i = 0; i < 20 && !now.equals(before); i++) {
            Thread.sleep(Patience.of(Duration.ofMillis(400)));
            before = now;
            now = state(lab);
        }
        return now;
    }

    /// Keys that are replaced stay for ten seconds.
    private static List<String> settledAs(List<String> expected, Lab lab) throws Exception {
        try {
            await().atMost(Patience.of(Duration.ofSeconds(8)))
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> state(lab).equals(expected));
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            return state(lab);
        }
        return expected;
    }
}
