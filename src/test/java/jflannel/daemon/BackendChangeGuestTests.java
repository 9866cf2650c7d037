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
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
            (ip route show proto static; ip -6 route show proto static) | sed -n '/100.96\\|fd00:100:96/ s/^/static /p'
            ip -o xfrm policy | sed 's/priority.*reqid/reqid/'; ip -o xfrm state | sed 's/.*reqid 11 .*/has keys/' | sort -u
            nft list ruleset | awk '/^table/ { named = / flannel-/ } named' | sed 's/packets [0-9]* bytes [0-9]*//'
            tc filter show dev eth0 ingress | grep -o 'flannel[^ ]*'; ls /run/flannel | grep charon.vici
            """;

    private final Map<String, List<String>> states = new HashMap<>();

    /// What only this backend has, in [#state].
    private static final Map<String, Pattern> SIGNS = Map.of(
            "vxlan", Pattern.compile("flannel\\.1|flannel-v6\\.1"),
            "ipsec", Pattern.compile("reqid 11|flannelx|charon|has keys"),
            "udp", Pattern.compile("flannel0|flannelv|flannelg|flannel_ingress"),
            "ipip", Pattern.compile("flannel\\.ipip|flannel-v6\\.ipip"),
            "extension", Pattern.compile("^static "),
            "wireguard", Pattern.compile("flannel-wg"),
            "host-gw", Pattern.compile("dev eth0 proto 102"));

    @Test
    void anyBackendFollowsAnyOtherAndNothingOfThatOneIsLeft() throws Exception {
        List<String> names = new ArrayList<>(BACKENDS.keySet());
        Lab lab = GuestLab.with(BACKENDS.get(names.getLast()));
        for (String name : names) {
            Traffic traffic = new Traffic(lab, 1, 2, 120);
            GuestLab.with(BACKENDS.get(name));
            Traffic.Count count = traffic.end();
            states.put(name, settled(lab));
            System.out.printf("to %s: lost %d of %d pings%n", name, count.lost(), count.lost() + count.received());
            assertThat(seen(states.get(name))).as("in the kernel with " + name).containsOnly(name);
        }
        for (String name : List.of("ipsec", "wireguard", "vxlan")) {
            changeWhileDown(lab, name);
            List<String> now = settledAs(states.get(name), lab);
            System.out.printf("to %s while no daemon ran%n", name);
            assertThat(now.stream().filter(line -> !states.get(name).contains(line)))
                    .as("what is left of another backend after " + name)
                    .isEmpty();
            assertThat(states.get(name).stream().filter(line -> !now.contains(line)))
                    .as("what %s lacks", name)
                    .isEmpty();
        }
    }

    /// The backends that the kernels of the nodes have something of.
    private static Set<String> seen(List<String> state) {
        return SIGNS.entrySet().stream()
                .filter(sign -> state.stream().anyMatch(sign.getValue().asPredicate()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private static void changeWhileDown(Lab lab, String name) throws IOException {
        lab.nodes().forEach(node -> node.flanneld().kill());
        lab.store().put("config", lab.setup().networkConfig(BACKENDS.get(name)));
        for (LabNode node : lab.nodes()) {
            node.startFlanneld();
        }
        for (LabNode node : lab.nodes()) {
            node.awaitReady();
        }
        GuestLab.with(BACKENDS.get(name));
    }

    private static List<String> state(Lab lab) throws IOException {
        List<String> lines = new ArrayList<>();
        for (LabNode node : lab.nodes()) {
            String state = Labs.kernelState(node).replaceAll("link/ether \\S+ ", ""); // veths get any
            lines.addAll(state.lines().toList());
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
