package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static jflannel.daemon.Labs.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;

/// The kernel carries the udp backend's packets between nodes of this program.
class UdpKernelIT {
    private static final Pattern COUNT =
            Pattern.compile("flannel_udp_packets_total\\{point=\"kernel_sent\"} ([0-9.E]+)");
    private static final String METRICS = "--metrics-port=9400";
    private static final String OURS = "tc filter show dev eth0 ingress | grep -c flannel0";

    private static LabSetup setup() {
        return LabSetup.of(Scenario.UDP).withFlags(METRICS);
    }

    private static String status(LabNode node) throws IOException {
        return node.sh("cat /run/flannel/status.json");
    }

    private static double sentByKernel(LabNode node) throws IOException {
        Matcher count = COUNT.matcher(node.sh("curl -s http://127.0.0.1:9400/metrics"));
        return count.find() ? Double.parseDouble(count.group(1)) : 0;
    }

    @Test
    void pingsAndStreamsOfBothFamiliesStayInTheKernel() throws Exception {
        LabSetup setup = LabSetup.of(Scenario.UDP).withFlags(METRICS, "--status-page=9470");
        try (Lab lab = lab(setup.withFamilies(EnumSet.allOf(Family.class)))) {
            LabNode node = lab.node(1);
            soon(
                    "the kernel carries both subnets",
                    () -> status(node).contains("\"packets\":{\"kernel\":2,\"daemon\":0,\"why\":{}}"));
            double before = sentByKernel(node);
            for (Family family : Family.values()) {
                lab.reach(1, 2, family, 5);
                assertThat(stream(lab, lab.node(2).podAddress(family).toString()))
                        .contains("receiver");
            }
            assertThat(sentByKernel(node)).isGreaterThan(before + 100);
            assertThat(node.sh("curl -s http://127.0.0.1:9400/metrics | grep peer_packets.*kernel_sent"))
                    .containsPattern("subnet=\"100\\.96\\.2\\.0/24\"} [1-9]")
                    .containsPattern("subnet=\"[0-9a-f:]+/\\d+\"} [1-9]");
            assertThat(node.sh("curl -sfN -m 2 http://127.0.0.1:9470/events || [ $? = 28 ]"))
                    .as("the status page shows it for each peer")
                    .contains("\"byPeer\":true")
                    .containsPattern("\"10\\.168\\.0\\.3\":\\{\"receivedBytes\":\\d+,\"sentBytes\":\\d{6,}");
            LabNode receiver = lab.node(2);
            long whole = received(receiver, "packets");
            assertThat(received(receiver, "bytes") / whole)
                    .as("super-packets arrive in one piece")
                    .isGreaterThan(20_000);
            receiver.sh("iptables -A INPUT -i lo -j DROP");
            receiver.sh("ip link set eth0 mtu 1499"); // so that it looks now
            String target = receiver.podAddress(Family.IPV4).toString();
            soon("they do not have to", () -> {
                long now = received(receiver, "packets");
                return stream(lab, target).contains("receiver") && received(receiver, "packets") == now;
            });
            assertThat(node.flanneld().output())
                    .containsOnlyOnce("the kernel carries the packets to and from nodes that announce the same");
        }
    }

    /// What came out of the tunnel to itself.
    private static long received(LabNode node, String what) throws IOException {
        return Long.parseLong(node.sh("cat /sys/class/net/flannelv/statistics/rx_" + what));
    }

    private static String stream(Lab lab, String target) throws Exception {
        var server = lab.pod(2).start("server.log", "iperf3", "--server", "--one-off");
        soon("iperf3 listens", () -> lab.pod(2).sh("ss -ltnH").contains("5201"));
        String said = lab.pod(1).sh("timeout 20 iperf3 --client " + target + " --time 1 --connect-timeout 3000");
        server.await(10);
        return said;
    }

    @Test
    void aDaemonThatIsKilledAndStartedAgainCostsNothing() throws Exception {
        try (Lab lab = lab(setup())) {
            LabNode node = lab.node(1);
            soon("the kernel carries the peer", () -> status(node).contains("\"kernel\":1"));
            Traffic there = new Traffic(lab, 1, 2, 60);
            Traffic back = new Traffic(lab, 2, 1, 60);
            for (boolean killed : new boolean[] {true, false}) {
                if (killed) {
                    node.flanneld().kill();
                } else {
                    assertThat(node.flanneld().terminate(10)).isZero();
                }
                node.startFlanneld();
                node.awaitReady();
            }
            for (Traffic traffic : new Traffic[] {there, back}) {
                Traffic.Count ping = traffic.end();
                assertThat(ping.received()).isGreaterThan(100);
                assertThat(ping.lost()).isZero();
            }
        }
    }

    @Test
    void aFilterThatIsDeletedByHandIsBackAtOnceAndNothingIsLost() throws Exception {
        try (Lab lab = lab(setup())) {
            LabNode node = lab.node(1);
            soon("the filter is there", () -> node.sh(OURS).equals("1"));
            for (String damage : new String[] {
                "tc filter del dev eth0 ingress",
                "tc filter del dev flannel0 egress",
                "tc qdisc del dev eth0 clsact",
                "tc filter del dev eth0 ingress prio 7000 handle 8285 bpf"
            }) {
                Traffic traffic = new Traffic(lab, 1, 2, 60);
                Thread.sleep(200);
                node.sh(damage);
                soon(
                        "`" + damage + "` is repaired",
                        () -> node.sh(OURS).equals("1")
                                && node.sh("tc filter show dev flannel0 egress").contains("flannel0"));
                Thread.sleep(200);
                Traffic.Count ping = traffic.end();
                assertThat(ping.received()).isGreaterThan(20);
                // the kernel stops a device for a moment to change its queueing discipline (qdisc_graft)
                assertThat(ping.lost()).as(damage).isLessThanOrEqualTo(damage.contains("qdisc") ? 10 : 0);
            }
        }
    }

    @Test
    void anInterfaceThatGetsAnotherNameCostsNothing() throws Exception {
        try (Lab lab = lab(setup())) {
            LabNode node = lab.node(1);
            soon("the filter is there", () -> node.sh(OURS).equals("1"));
            Traffic traffic = new Traffic(lab, 1, 2, 60);
            node.sh("ip link set eth0 name other0");
            soon("it is reported", () -> status(node).contains("the interface eth0 is gone"));
            Thread.sleep(1500);
            node.sh("ip link set other0 name eth0");
            node.awaitReady();
            Traffic.Count ping = traffic.end();
            assertThat(ping.received()).isGreaterThan(100);
            assertThat(ping.lost()).isZero();
            assertThat(node.flanneld().output()).doesNotContain("restarting", "all packets pass through the daemon");
        }
    }

    @Test
    void theConfigurationMayLeaveAllPacketsToTheDaemonAndTakeThemBack() throws Exception {
        try (Lab lab = lab(setup())) {
            LabNode node = lab.node(1);
            soon("the filter is there", () -> node.sh(OURS).equals("1"));
            String auto = lab.store().get("config");
            Traffic traffic = new Traffic(lab, 1, 2, 60);
            lab.store().put("config", auto.replace("\"udp\"", "\"udp\",\"DataPath\":\"daemon\""));
            // flanneld restarts meanwhile, with the compiler that it needs now
            await("the filters are gone")
                    .atMost(Duration.ofSeconds(40))
                    .until(() -> node.sh("tc filter show dev eth0 ingress; tc filter show dev flannel0 egress")
                            .isEmpty());
            await("the lease does not announce it")
                    .atMost(Duration.ofSeconds(40))
                    .until(() -> !lab.store().get("subnets/100.96.1.0-24").contains("Kernel"));
            lab.store().put("config", auto);
            await("the filter is back")
                    .atMost(Duration.ofSeconds(40))
                    .ignoreExceptions() // there is none to count
                    .until(() -> node.sh(OURS).equals("1"));
            Traffic.Count ping = traffic.end();
            assertThat(ping.received()).isGreaterThan(20);
            System.out.printf("two changes of the data path lost %d pings%n", ping.lost());
        }
    }

    @Test
    void packetsThatIpsecPoliciesMightMeanPassThroughTheDaemon() throws Exception {
        try (Lab lab = lab(setup())) {
            LabNode node = lab.node(1);
            soon("the filter is there", () -> node.sh(OURS).equals("1"));
            node.sh("ip xfrm policy add src 203.0.113.0/24 dst 203.0.113.0/24 dir out");
            node.sh("ip link set eth0 mtu 1499"); // so that it looks now
            soon(
                    "the filter is gone",
                    () -> node.sh("tc filter show dev eth0 ingress").isEmpty());
            assertThat(node.flanneld().output())
                    .contains("all packets pass through the daemon: there are IPsec policies");
            assertThat(lab.reach(1, 2, Family.IPV4, 20))
                    .as("flanneld restarts meanwhile, with the compiler that it needs now")
                    .isPositive();
        }
    }
}
