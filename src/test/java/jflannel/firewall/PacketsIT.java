package jflannel.firewall;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What becomes of real packets. The tables are the same for every firewall.
@ExtendWith(OwnNetns.class)
class PacketsIT {
    private static final String V4 = """
            pod      10.244.31.2 | neighbor 10.244.31.3 |    0 | 10.244.31.2
            pod      10.244.31.2 | remote   10.244.99.2 |    0 | 10.244.31.2
            pod      10.244.31.2 | outside  192.0.2.2   |    0 | 192.0.2.1
            remote   10.244.99.2 | pod      10.244.31.2 |    0 | 10.244.99.2
            remote   10.244.99.2 | outside  192.0.2.2   |    0 | 192.0.2.1
            outside  192.0.2.2   | pod      10.244.31.2 |    0 | 192.0.2.2
            outside  192.0.2.2   | remote   10.244.99.2 |    0 | 10.244.31.0
            node     192.0.2.1   | pod      10.244.31.2 |    0 | 192.0.2.1
            node     192.0.2.1   | remote   10.244.99.2 |    0 | 10.244.31.0
            node     192.0.2.1   | outside  192.0.2.2   |    0 | 192.0.2.1
            node     10.244.31.0 | remote   10.244.99.2 |    0 | 10.244.31.0
            node     10.244.31.1 | outside  239.1.2.3   |    0 | 10.244.31.1
            node     10.244.31.1 | outside  192.0.2.2   |    0 | 192.0.2.1
            pod      10.244.31.2 | outside  192.0.2.2   | 4000 | 10.244.31.2
            pod      10.244.31.2 | outside  192.0.2.2   | 4001 | 10.244.31.2
            pod      10.244.31.2 | outside  192.0.2.2   | 4002 | 192.0.2.1
            """;

    private static final String V6 = """
            pod      fd00:244:0:31::2 | neighbor fd00:244:0:31::3 |    0 | fd00:244:0:31::2
            pod      fd00:244:0:31::2 | remote   fd00:244:0:99::2 |    0 | fd00:244:0:31::2
            pod      fd00:244:0:31::2 | outside  2001:db8::2      |    0 | 2001:db8::1
            remote   fd00:244:0:99::2 | pod      fd00:244:0:31::2 |    0 | fd00:244:0:99::2
            remote   fd00:244:0:99::2 | outside  2001:db8::2      |    0 | 2001:db8::1
            outside  2001:db8::2      | pod      fd00:244:0:31::2 |    0 | 2001:db8::2
            outside  2001:db8::2      | remote   fd00:244:0:99::2 |    0 | fd00:244:0:31::
            node     2001:db8::1      | pod      fd00:244:0:31::2 |    0 | 2001:db8::1
            node     2001:db8::1      | remote   fd00:244:0:99::2 |    0 | fd00:244:0:31::
            node     2001:db8::1      | outside  2001:db8::2      |    0 | 2001:db8::1
            node     fd00:244:0:31::  | remote   fd00:244:0:99::2 |    0 | fd00:244:0:31::
            node     fd00:244:0:31::1 | outside  ff0e::123        |    0 | fd00:244:0:31::1
            node     fd00:244:0:31::1 | outside  2001:db8::2      |    0 | 2001:db8::1
            pod      fd00:244:0:31::2 | outside  2001:db8::2      | 4000 | fd00:244:0:31::2
            pod      fd00:244:0:31::2 | outside  2001:db8::2      | 4001 | fd00:244:0:31::2
            pod      fd00:244:0:31::2 | outside  2001:db8::2      | 4002 | 2001:db8::1
            """;

    /// Marks of the ports in the tables: kube-proxy's, the same among others, and another one.
    private static final String MARKS = """
            nft -f - <<'END'
            table inet marks {
                chain prerouting {
                    type filter hook prerouting priority mangle;
                    udp dport 4000 meta mark set 0x4000
                    udp dport 4001 meta mark set 0xc001
                    udp dport 4002 meta mark set 0x8000
                }
            }
            END
            """;

    static Stream<Arguments> firewallsAndFamilies() {
        return Stream.of(Firewalls.values())
                .flatMap(kind -> Stream.of(Arguments.of(kind, Configs.V4, V4), Arguments.of(kind, Configs.V6, V6)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("firewallsAndFamilies")
    void masqueradesWhatLeavesTheClusterAndNothingElse(Firewalls kind, FirewallConfig wanted, String table)
            throws Exception {
        sh(MARKS);
        try (PodNetwork network = new PodNetwork()) {
            kind.started().converge(wanted);

            StringBuilder seen = new StringBuilder();
            for (String line : table.lines().toList()) {
                String[] words = line.split("[| ]+");
                String source = network.sourceSeen(words[0], words[1], words[2], words[3], Integer.parseInt(words[4]));
                seen.append(line, 0, line.lastIndexOf('|') + 2).append(source).append('\n');
            }
            assertThat(seen.toString()).isEqualTo(table);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"IPTABLES_LEGACY", "IPTABLES_NFT"})
    void forwardsPodTrafficWhereThePolicyIsToDrop(Firewalls kind) throws Exception {
        String variant = kind == Firewalls.IPTABLES_NFT ? "nft" : "legacy";
        try (PodNetwork network = new PodNetwork()) {
            sh("iptables-%1$s -P FORWARD DROP; ip6tables-%1$s -P FORWARD DROP".formatted(variant));
            kind.started().converge(Configs.DUAL);

            assertThat(network.sourceSeen("pod", "10.244.31.2", "outside", "192.0.2.2", 0))
                    .isEqualTo("192.0.2.1");
            assertThat(network.sourceSeen("outside", "2001:db8::2", "pod", "fd00:244:0:31::2", 0))
                    .isEqualTo("2001:db8::2");
        }
    }

    @ParameterizedTest
    @EnumSource
    void neverLetsAPodAddressOutWhileRulesAreReplaced(Firewalls kind) throws Exception {
        try (PodNetwork network = new PodNetwork()) {
            kind.started().converge(Configs.V4);
            Map<String, Integer> seen = whileSending(network, () -> {
                for (int i = 0; i < 25; i++) {
                    kind.started().converge(i % 2 == 0 ? Configs.plainPorts(Configs.V4) : Configs.V4);
                }
            });

            assertThat(seen).containsOnlyKeys("192.0.2.1");
            assertThat(seen.get("192.0.2.1")).isGreaterThan(100);
        }
    }

    @ParameterizedTest
    @EnumSource
    void neverLetsAPodAddressOutWhileTheModeChanges(Firewalls kind) throws Exception {
        List<Firewalls> modes = new ArrayList<>(List.of(Firewalls.values()));
        modes.remove(kind);
        modes.add(kind);
        try (PodNetwork network = new PodNetwork()) {
            kind.started().converge(Configs.V4);
            Map<String, Integer> seen = whileSending(network, () -> {
                for (Firewalls mode : modes) {
                    mode.started().converge(Configs.V4);
                }
            });

            assertThat(seen).containsOnlyKeys("192.0.2.1");
        }
    }

    @FunctionalInterface
    private interface Work {
        void run() throws Exception;
    }

    /// How often which source address was seen outside while the pod opened a new connection every 0.3 ms or so.
    private static Map<String, Integer> whileSending(PodNetwork network, Work work) throws Exception {
        InetSocketAddress target = new InetSocketAddress("192.0.2.2", 5000);
        AtomicBoolean done = new AtomicBoolean();
        Map<String, Integer> seen = new TreeMap<>();
        try (DatagramSocket arrivals = network.host("outside").call(() -> new DatagramSocket(5000))) {
            arrivals.setSoTimeout(500);
            CompletableFuture<Void> receiving = CompletableFuture.runAsync(
                    () -> unchecked(() -> {
                        String source = PodNetwork.sourceOfNext(arrivals);
                        while (!done.get() || !source.equals("nothing")) {
                            seen.merge(source, 1, Integer::sum);
                            source = PodNetwork.sourceOfNext(arrivals);
                        }
                    }),
                    task -> Thread.ofPlatform().start(task));
            CompletableFuture<Void> sending = CompletableFuture.runAsync(
                    () -> unchecked(() -> network.host("pod").call(() -> {
                        while (!done.get()) {
                            PodNetwork.send("10.244.31.2", target);
                            LockSupport.parkNanos(200_000);
                        }
                        return null;
                    })),
                    task -> Thread.ofPlatform().start(task));
            try {
                work.run();
            } finally {
                done.set(true);
            }
            sending.join();
            receiving.join();
        }
        seen.remove("nothing"); // the pause before the first packet
        return seen;
    }

    private static void unchecked(Work work) {
        try {
            work.run();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
