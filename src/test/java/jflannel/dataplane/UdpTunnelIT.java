package jflannel.dataplane;

import static java.util.concurrent.TimeUnit.SECONDS;
import static jflannel.dataplane.TwoNodes.in;
import static jflannel.dataplane.TwoNodes.inA;
import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The tunnel between two kernels: [TwoNodes] draws the topology.
@ExtendWith(OwnNetns.class)
class UdpTunnelIT {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest(name = "to {0} over {1}")
    @CsvSource({"10.5.2.0, IPV4", "10.5.2.0, IPV6", "fd05:2::, IPV4", "fd05:2::, IPV6"})
    void carriesEitherFamilyOverEitherAndBothEndsCountAHop(String destination, Family outer) throws Exception {
        try (TwoNodes nodes = new TwoNodes(outer)) {
            assertThat(inA("ping -c 1 -W 5 " + destination))
                    .contains("1 received")
                    .contains("ttl=62");
            assertThat(nodes.b.counters().get(Counter.TUN_WRITTEN_PACKETS)).isPositive();
        }
    }

    @Test
    void aDatagramIsTheBarePacket() throws Exception {
        try (TwoNodes nodes = new TwoNodes(Family.IPV4)) {
            Process tcpdump = nodes.startInB("tcpdump -i eth0 -c 2 -l -n -v udp port 8285", "/run/captured");
            await().atMost(10, SECONDS).until(() -> sh("cat /run/captured").contains("listening"));
            inA("ping -c 1 -s 56 -W 2 10.5.2.0");
            assertThat(tcpdump.waitFor(10, SECONDS)).isTrue();
            assertThat(sh("cat /run/captured"))
                    .contains("192.0.2.1.8285 > 192.0.2.2.8285")
                    .contains("192.0.2.2.8285 > 192.0.2.1.8285")
                    .contains("UDP, length 84")
                    .contains("flags [DF]");
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void largeDatagramsTravelInInnerFragments(Family outer) throws Exception {
        try (TwoNodes nodes = new TwoNodes(outer)) {
            assertThat(inA("ping -c 1 -s 60000 -W 5 10.5.2.0")).contains("1 received");
            assertThat(inA("ping -c 1 -s 60000 -W 5 fd05:2::")).contains("1 received");
            assertThat(nodes.a.counters().get(Counter.UDP_SENT_PACKETS)).isGreaterThanOrEqualTo(2 * 40);
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void datagramsLargerThanTheUnderlayTravelInOuterFragments(Family outer) throws Exception {
        try (TwoNodes nodes = new TwoNodes(outer)) {
            sh("for n in a b; do ip -n $n link set flannel0 mtu 9000; done");
            assertThat(inA("ping -c 1 -s 8000 -W 5 10.5.2.0")).contains("1 received");
            assertThat(nodes.b.counters().get(Counter.IN_MALFORMED)).isZero();
        }
    }

    @Test
    void aPacketBeyondTheLargestDatagramIsAnsweredWithTheMtuThatFits() throws Exception {
        try (TwoNodes nodes = new TwoNodes(Family.IPV4)) {
            sh("ip -n a link set flannel0 mtu 65535");
            assertThat(inA("ping -c 1 -s 65480 -M do -W 2 10.5.2.0")).contains("mtu = 1472");
            assertThat(inA("ping -c 1 -s 65480 -M do -W 2 fd05:2::")).contains("Packet too big: mtu=1472");
            assertThat(nodes.a.counters().get(Counter.OUT_TOO_BIG)).isEqualTo(2);
        }
    }

    @ParameterizedTest(name = "{0} with {1} hops is answered by {2}")
    @CsvSource({"10.5.2.0, 1, 10.5.1.0", "10.5.2.0, 2, 10.5.2.0", "fd05:2::, 1, fd05:1::", "fd05:2::, 2, fd05:2::"})
    void whereThePacketExpiresItsSenderIsTold(String destination, int hops, String answering) throws Exception {
        try (var _ = new TwoNodes(Family.IPV4)) {
            assertThat(inA("ping -c 1 -W 5 -t " + hops + " " + destination))
                    .containsPattern("From " + answering + " icmp_seq=1 Time (to live exceeded|exceeded: Hop limit)");
        }
    }

    @Test
    void sendersToNobodyAreTold() throws Exception {
        try (TwoNodes nodes = new TwoNodes(Family.IPV4)) {
            assertThat(inA("ping -c 1 -W 5 10.5.77.1"))
                    .contains("From 10.5.1.0 icmp_seq=1 Destination Net Unreachable");
            assertThat(inA("ping -c 1 -W 5 fd05:77::1"))
                    .contains("From fd05:1:: icmp_seq=1 Destination unreachable: No route");
            assertThat(nodes.a.counters().get(Counter.OUT_NO_PEER)).isEqualTo(2);
            assertThat(nodes.a.counters().get(Counter.ICMP_SENT)).isEqualTo(2);
        }
    }

    @Test
    void carriesTcpWithoutGarbage() throws Exception {
        try (TwoNodes nodes = new TwoNodes(Family.IPV4)) {
            nodes.startInB("iperf3 -s", "/run/iperf");
            await().atMost(10, SECONDS)
                    .until(() -> sh("ip netns exec b ss -ltnH").contains("5201"));
            sh("ip netns exec a iperf3 -c 10.5.2.0 -t 2"); // until then all is compiled
            long packets = sum(nodes.a.counters(), Counter.UDP_SENT_PACKETS, Counter.TUN_WRITTEN_PACKETS);
            long bytes = allocatedByLoops();
            String report = sh("ip netns exec a iperf3 -c 10.5.2.0 -n 200M -f m");
            bytes = allocatedByLoops() - bytes;
            packets = sum(nodes.a.counters(), Counter.UDP_SENT_PACKETS, Counter.TUN_WRITTEN_PACKETS) - packets;
            System.out.println(report.lines()
                            .filter(line -> line.contains("receiver"))
                            .findFirst()
                            .orElseThrow() + ", " + packets + " packets, " + bytes + " bytes allocated in both nodes");
            assertThat(packets).isGreaterThan(100_000);
            assertThat(bytes).isLessThan(packets);
        }
    }

    @Test
    void bothOuterFamiliesMayBeUsedAtOnce() throws Exception {
        try (TwoNodes nodes = new TwoNodes(Family.IPV4)) {
            for (int node = 1; node <= 2; node++) {
                String name = node == 1 ? "a" : "b";
                (node == 1 ? nodes.a : nodes.b).close();
                List<Ip> local = List.of(Ip.parse("2001:db8::" + node), Ip.parse("192.0.2." + node));
                UdpTunnel tunnel = in(
                        name, () -> UdpTunnel.open(new UdpTunnel.Settings("flannel0", local, TwoNodes.PORT, Map.of())));
                int n = node;
                in(name, () -> {
                    TwoNodes.configure(n, 1400);
                    return null;
                });
                int other = 3 - node;
                tunnel.peers(PeerTable.of(Map.of(
                        Cidr.parse("10.5." + other + ".0/24"),
                        new Endpoint(Ip.parse("2001:db8::" + other), TwoNodes.PORT),
                        Cidr.parse("fd05:" + other + "::/64"),
                        new Endpoint(Ip.parse("192.0.2." + other), TwoNodes.PORT))));
                tunnel.start();
                nodes.replace(node, tunnel);
            }
            assertThat(inA("ping -c 1 -W 5 10.5.2.0")).contains("1 received");
            assertThat(inA("ping -c 1 -W 5 fd05:2::")).contains("1 received");
        }
    }

    @Test
    void randomDatagramsAreCountedAndDoNoHarm() throws Exception {
        try (TwoNodes nodes = new TwoNodes(Family.IPV4)) {
            Random random = new Random(7);
            in("a", () -> {
                try (DatagramSocket socket = new DatagramSocket()) {
                    for (int i = 0; i < 2_000; i++) {
                        byte[] junk = new byte[random.nextInt(120)];
                        random.nextBytes(junk);
                        if (junk.length > 3 && i % 2 == 0) { // half of them pass for IPv4 of the right length
                            junk[0] = 0x45;
                            junk[2] = 0;
                            junk[3] = (byte) junk.length;
                        }
                        socket.send(new DatagramPacket(
                                junk, junk.length, InetAddress.getByName("192.0.2.2"), TwoNodes.PORT));
                    }
                }
                return null;
            });
            assertThat(inA("ping -c 1 -W 5 10.5.2.0")).contains("1 received");
            Map<Counter, Long> counted = nodes.b.counters();
            assertThat(counted.get(Counter.IN_MALFORMED)).isGreaterThanOrEqualTo(1_000);
            assertThat(sum(
                            counted,
                            Counter.TUN_WRITTEN_PACKETS,
                            Counter.IN_MALFORMED,
                            Counter.IN_WRONG_SOURCE,
                            Counter.IN_EXPIRED,
                            Counter.IN_DEVICE_DOWN,
                            Counter.IN_REFUSED))
                    .isEqualTo(counted.get(Counter.UDP_RECEIVED_PACKETS));
        }
    }

    @Test
    void aDeviceThatIsDownIsWaitedForWithoutSpinning() throws Exception {
        try (TwoNodes nodes = new TwoNodes(Family.IPV4)) {
            sh("ip -n b link set flannel0 down");
            inA("ping -c 3 -i 0.05 -W 1 10.5.2.0");
            long before = cpuMillisOfLoops();
            Thread.sleep(500);
            assertThat(cpuMillisOfLoops() - before).isLessThan(200);
            assertThat(nodes.b.counters().get(Counter.IN_DEVICE_DOWN)).isGreaterThanOrEqualTo(3);
            assertThat(nodes.b.broken()).isFalse();
            in("b", () -> {
                TwoNodes.configure(2, 1472);
                return null;
            });
            assertThat(inA("ping -c 1 -W 5 10.5.2.0")).contains("1 received");
        }
    }

    @Test
    void aDeletedDeviceBreaksTheTunnelAndANewOneTakesItsPlace() throws Exception {
        try (TwoNodes nodes = new TwoNodes(Family.IPV4)) {
            sh("ip -n b link del flannel0");
            await().atMost(5, SECONDS).until(nodes.b::broken);
            assertThat(nodes.a.broken()).isFalse();
            nodes.b.close();
            nodes.b = nodes.tunnel("b", 2);
            assertThat(inA("ping -c 1 -W 5 10.5.2.0")).contains("1 received");
        }
    }

    @Test
    void aPeerThatIsAwayDoesNotDisturb() throws Exception {
        try (TwoNodes nodes = new TwoNodes(Family.IPV4)) {
            nodes.b.close(); // its kernel answers "port unreachable" from here on
            inA("ping -c 3 -i 0.05 -W 1 10.5.2.0");
            assertThat(nodes.a.counters().get(Counter.UDP_SENT_PACKETS)).isGreaterThanOrEqualTo(3);
            nodes.b = nodes.tunnel("b", 2);
            assertThat(inA("ping -c 1 -W 5 10.5.2.0")).contains("1 received");
        }
    }

    @Test
    void aLostUnderlayIsCountedAndSurvived() throws Exception {
        try (TwoNodes nodes = new TwoNodes(Family.IPV4)) {
            sh("ip -n a link set eth0 down");
            inA("ping -c 2 -i 0.05 -W 1 10.5.2.0");
            assertThat(nodes.a.counters().get(Counter.OUT_REFUSED)).isGreaterThanOrEqualTo(2);
            sh("ip -n a link set eth0 up");
            assertThat(inA("ping -c 3 -i 0.2 -W 2 10.5.2.0")).doesNotContain(" 0 received");
        }
    }

    @Test
    void closingLeavesNoDescriptorAndNoThread() throws Exception {
        new TwoNodes(Family.IPV6).close(); // loads classes, which open files
        sh("ip netns del a; ip netns del b");
        List<String> open = descriptors();
        for (int i = 0; i < 3; i++) {
            TwoNodes nodes = new TwoNodes(i % 2 == 0 ? Family.IPV4 : Family.IPV6);
            inA("ping -c 1 -W 5 10.5.2.0");
            long before = System.nanoTime();
            nodes.close();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
            nodes.close();
            assertThat(nodes.a.broken()).isFalse();
            sh("ip netns del a; ip netns del b");
        }
        assertThat(descriptors()).isEqualTo(open);
        assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
                .noneMatch(name -> name.startsWith("tun-to-udp") || name.startsWith("udp-to-tun"));
    }

    @Test
    void whatCannotBeOpenedIsNamedAndLeavesNothing() throws Exception {
        try (var _ = new TwoNodes(Family.IPV4)) {
            List<String> before = descriptors();
            refused("a", "flannel0", "192.0.2.1", 9, "flannel0: Device or resource busy");
            refused("a", "flannel9", "192.0.2.1", TwoNodes.PORT, "192.0.2.1 port 8285: Address already in use");
            refused("a", "flannel9", "192.0.2.77", 9, "192.0.2.77 port 9: Cannot assign requested address");
            assertThat(descriptors()).isEqualTo(before);
        }
    }

    private static void refused(String node, String device, String local, int port, String message) throws Exception {
        var settings = new UdpTunnel.Settings(device, List.of(Ip.parse(local)), port, Map.of());
        assertThatThrownBy(() -> in(node, () -> UdpTunnel.open(settings)))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining(message);
    }

    private static long sum(Map<Counter, Long> counted, Counter... counters) {
        return Arrays.stream(counters).mapToLong(counted::get).sum();
    }

    /// What the open descriptors of this process are, without the numbers of sockets and pipes.
    private static List<String> descriptors() throws Exception {
        return sh("ls -l /proc/" + ProcessHandle.current().pid() + "/fd | sed -n 's/.*-> //p' | sed 's/:.*//' | sort")
                .lines()
                .filter(line -> line.equals("socket") || line.equals("/dev/net/tun") || line.startsWith("anon_inode"))
                .toList();
    }

    private static long cpuMillisOfLoops() {
        return loops().map(THREADS::getThreadCpuTime).sum() / 1_000_000;
    }

    private static long allocatedByLoops() {
        return loops().map(THREADS::getThreadAllocatedBytes).sum();
    }

    private static LongStream loops() {
        return LongStream.of(THREADS.getAllThreadIds()).filter(id -> {
            ThreadInfo thread = THREADS.getThreadInfo(id);
            return thread != null && thread.getThreadName().matches("(tun-to-udp|udp-to-tun)-\\d");
        });
    }
}
