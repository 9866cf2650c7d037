package jflannel.firewall;

import static jflannel.firewall.PeerFilterTextTest.config;
import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.names.Names;
import jflannel.testing.Host;
import jflannel.testing.OwnNetns;
import jflannel.testing.Sh;
import jflannel.testing.VxlanPacket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A node with real vxlan devices, and a neighbor that sends tunnel packets from whatever address and with whatever
/// content it likes. The peer is 192.0.2.2, 2001:db8::2 with the pods 10.244.99.0/24, fd00:244:0:99::/64.
@ExtendWith(OwnNetns.class)
class PeerFilterIT {
    private static final int VNI = 4096;
    private static final Mac MAC = Mac.parse("02:00:00:00:00:01");
    private static final PeerFilterConfig WANTED = config(true, "192.0.2.2", "2001:db8::2");

    private final PeerFilter filter = new PeerFilter(Names.DEFAULT);
    private int port = 20_000;

    private static Host network() throws Exception {
        Host neighbor = new Host("neighbor");
        sh("""
                sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
                ip link add eth0 type veth peer name eth0 netns %1$d && ip link set eth0 up
                ip addr add 192.0.2.1/24 dev eth0 && ip addr add 2001:db8::1/64 dev eth0 nodad
                for vni in %2$d 7; do
                    ip link add flannel.$vni address %3$s type vxlan id $vni local 192.0.2.1 dstport 8472 nolearning
                    ip link set flannel.$vni up
                done
                ip link add flannel-v6.%2$d address %3$s type vxlan id %2$d local 2001:db8::1 dstport 8472 nolearning
                ip link set flannel-v6.%2$d up
                ip addr add 10.244.31.0/32 dev flannel.%2$d && ip addr add fd00:244:0:31::/128 dev flannel-v6.%2$d nodad
                ip route add 10.244.99.0/24 via 10.244.99.0 dev flannel.%2$d onlink
                ip route add fd00:244:0:99::/64 dev flannel-v6.%2$d
                ip route add default via 192.0.2.2
                """.formatted(neighbor.netns(), VNI, MAC));
        neighbor.sh("""
                ip link set eth0 up
                for host in 2 3 66; do
                    ip addr add 192.0.2.$host/24 dev eth0 && ip addr add 2001:db8::$host/64 dev eth0 nodad
                done
                """);
        return neighbor;
    }

    /// Sends a tunnel packet and tells whether what it holds reached this node.
    private boolean arrives(Host neighbor, int vni, String from, String podSource) throws Exception {
        return arrives(neighbor, neighbor, vni, from, from.contains(":") ? "2001:db8::1" : "192.0.2.1", podSource);
    }

    private boolean arrives(Host sender, Host neighbor, int vni, String from, String to, String podSource)
            throws Exception {
        boolean v6 = podSource.contains(":");
        Ip destination = Ip.parse(v6 ? "fd00:244:0:31::" : "10.244.31.0");
        int podPort = port++;
        try (DatagramSocket pod = new DatagramSocket(podPort)) {
            pod.setSoTimeout(3000);
            sender.call(() -> {
                VxlanPacket.send(from, to, 8472, VxlanPacket.of(vni, MAC, Ip.parse(podSource), destination, podPort));
                return null;
            });
            // what is to be dropped is followed by what is let in: no need to wait for what does not come
            neighbor.call(() -> {
                Ip peersPod = Ip.parse(v6 ? "fd00:244:0:99::77" : "10.244.99.77");
                VxlanPacket.send(
                        v6 ? "2001:db8::2" : "192.0.2.2",
                        v6 ? "2001:db8::1" : "192.0.2.1",
                        8472,
                        VxlanPacket.of(VNI, MAC, peersPod, destination, podPort));
                return null;
            });
            return PodNetwork.sourceOfNext(pod).equals(podSource);
        }
    }

    @ParameterizedTest(name = "VNI {0} from {1} with a packet of {2}: {3}")
    @CsvSource(delimiter = '|', textBlock = """
            4096 | 192.0.2.2    | 10.244.99.5     | true
            4096 | 192.0.2.3    | 10.244.99.5     | false
            4096 | 192.0.2.66   | 203.0.113.5     | false
            4096 | 192.0.2.2    | 203.0.113.5     | true
            4096 | 192.0.2.2    | 10.244.31.7     | false
            4096 | 192.0.2.2    | 10.244.5.5      | false
            4096 | 2001:db8::2  | fd00:244:0:99::5| true
            4096 | 2001:db8::66 | fd00:244:0:99::5| false
            4096 | 2001:db8::2  | fd00:244:0:31::5| false
            4096 | 2001:db8::2  | fd00:244:0:5::5 | false
            7    | 192.0.2.66   | 203.0.113.5     | true
            """)
    void letsInWhatPeersMaySend(int vni, String from, String pod, boolean expected) throws Exception {
        try (Host neighbor = network()) {
            assertThat(arrives(neighbor, vni, from, pod))
                    .as("without the filter")
                    .isTrue();
            filter.converge(WANTED);
            assertThat(arrives(neighbor, vni, from, pod)).isEqualTo(expected);
            assertThat(PeerFilter.dropped(Names.DEFAULT).values()).contains(expected ? 0L : 1L);
        }
    }

    /// The peer 198.51.100.9 is behind this node, on a link where a pod might be too.
    @ParameterizedTest(name = "{0} is let through from eth0: {1}, from a pod: false")
    @CsvSource({"192.0.2.2, true", "192.0.2.66, false"})
    void packetsBetweenOtherNodesPassAndThoseOfPodsDoNot(String source, boolean expected) throws Exception {
        try (Host neighbor = network();
                Host peer = new Host("peer");
                Host pod = new Host("pod")) {
            sh("""
                    sysctl -qw net.ipv4.ip_forward=1
                    ip link add eth1 type veth peer name eth0 netns %d && ip link set eth1 up
                    ip addr add 198.51.100.1/24 dev eth1
                    ip link add cni0 type veth peer name eth0 netns %d && ip link set cni0 up
                    ip addr add 10.244.31.1/24 dev cni0
                    """.formatted(peer.netns(), pod.netns()));
            peer.sh("ip link set eth0 up && ip addr add 198.51.100.9/24 dev eth0"
                    + " && ip route add default via 198.51.100.1");
            pod.sh("ip link set eth0 up && ip addr add 10.244.31.2/24 dev eth0 && ip addr add " + source
                    + "/32 dev eth0 && ip route add default via 10.244.31.1");
            neighbor.sh("ip route add 198.51.100.0/24 via 192.0.2.1");
            filter.converge(config(true, "192.0.2.2", "198.51.100.9"));
            DatagramSocket tunnel = peer.call(() -> new DatagramSocket(8472));
            try (tunnel) {
                tunnel.setSoTimeout(3000);
                byte[] packet = VxlanPacket.of(VNI, MAC, Ip.parse("10.244.99.5"), Ip.parse("10.244.7.7"), 4000);
                for (Host sender : List.of(pod, neighbor)) {
                    sender.call(() -> {
                        VxlanPacket.send(source, "198.51.100.9", 8472, packet);
                        return null;
                    });
                }
                neighbor.call(
                        () -> { // of another network, which is let through
                            VxlanPacket.send("192.0.2.3", "198.51.100.9", 8472, new byte[] {8, 0, 0, 0, 0, 0, 7, 0});
                            return null;
                        });
                assertThat(PodNetwork.sourceOfNext(tunnel)).isEqualTo(expected ? source : "192.0.2.3");
                assertThat(PeerFilter.dropped(Names.DEFAULT)).containsEntry("forwarded", expected ? 1L : 2L);
            }
        }
    }

    @Test
    void peersComeAndGoWithoutTheTableBeingWrittenAnew() throws Exception {
        try (Host neighbor = network()) {
            assertThat(filter.converge(WANTED)).isTrue();
            assertThat(arrives(neighbor, VNI, "192.0.2.3", "10.244.99.5")).isFalse();
            assertThat(filter.converge(config(true, "192.0.2.3", "192.0.2.2", "2001:db8::2")))
                    .isFalse();
            assertThat(arrives(neighbor, VNI, "192.0.2.3", "10.244.99.5")).isTrue();
            assertThat(filter.converge(WANTED)).isFalse();
            assertThat(arrives(neighbor, VNI, "192.0.2.3", "10.244.99.5")).isFalse();
            assertThat(PeerFilter.dropped(Names.DEFAULT)).containsEntry("strangers", 2L); // counted on
        }
    }

    @Test
    void keepsThoseWhoAreLetInWhileNotAllNodesAreKnown() throws Exception {
        filter.converge(config(true, "192.0.2.2", "192.0.2.3"));
        PeerFilterConfig all = config(true, "192.0.2.3", "192.0.2.4");
        PeerFilterConfig some = new PeerFilterConfig(
                all.packets(),
                all.devices(),
                all.networks(),
                all.subnets(),
                all.onlyWay(),
                all.peers(),
                false,
                all.door());
        PeerFilter restarted = new PeerFilter(Names.DEFAULT);
        assertThat(restarted.converge(some)).isTrue();
        assertThat(letIn()).isEqualTo(PeerFilterTextTest.ips("192.0.2.2", "192.0.2.3", "192.0.2.4"));
        restarted.converge(some.withPeers(PeerFilterTextTest.ips("192.0.2.4")));
        assertThat(letIn()).isEqualTo(PeerFilterTextTest.ips("192.0.2.2", "192.0.2.3", "192.0.2.4"));
        restarted.converge(all);
        assertThat(letIn()).isEqualTo(all.peers());
    }

    private static Set<Ip> letIn() throws Exception {
        return PeerFilterText.parse(sh("nft list table inet flannel-peers"))
                .peers()
                .orElseThrow();
    }

    @Test
    void writesNothingIfAllIsRight() throws Exception {
        filter.converge(WANTED);
        String before = sh("nft -a list table inet flannel-peers");
        assertThat(filter.converge(WANTED)).isFalse();
        assertThat(new PeerFilter(Names.DEFAULT).converge(WANTED)).isFalse(); // as after a restart
        assertThat(sh("nft -a list table inet flannel-peers")).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({
        "nft flush ruleset",
        "nft delete table inet flannel-peers",
        "nft flush set inet flannel-peers nodes-ipv4",
        "nft flush chain inet flannel-peers outer",
        "nft 'add element inet flannel-peers nodes-ipv4 { 192.0.2.66 }'",
        "nft 'add rule inet flannel-peers inner drop'"
    })
    void comesBackWhateverIsDoneToIt(String damage) throws Exception {
        filter.converge(WANTED);
        String before = sh("nft list table inet flannel-peers");
        sh(damage);
        assertThat(sh("nft list table inet flannel-peers || :")).isNotEqualTo(before);
        assertThat(filter.converge(WANTED)).isTrue();
        assertThat(sh("nft list table inet flannel-peers")).isEqualTo(before);
    }

    @Test
    void aPeerThatJoinsAfterTheTableWasTakenAwayIsLetIn() throws Exception {
        filter.converge(WANTED);
        sh("nft flush ruleset");
        assertThat(filter.converge(config(true, "192.0.2.3"))).isTrue();
        assertThat(sh("nft list table inet flannel-peers")).contains("elements = { 192.0.2.3 }");
    }

    @Test
    void staysAsItIsWhileNobodyKnowsWhatIsWanted() throws Exception {
        filter.converge(WANTED);
        String before = sh("nft list table inet flannel-peers");
        PeerFilter restarted = new PeerFilter(Names.DEFAULT);
        assertThat(restarted.converge(DesiredPeerFilter.UNKNOWN)).isFalse();
        assertThat(filter.converge(DesiredPeerFilter.UNKNOWN)).isFalse();
        assertThat(sh("nft list table inet flannel-peers")).isEqualTo(before);
        assertThat(filter.converge(WANTED)).isFalse();
    }

    @Test
    void networksHaveFiltersSideBySide() throws Exception {
        Names blue = new Names("blue");
        filter.converge(WANTED);
        String reds = sh("nft -a list table inet flannel-peers");
        assertThat(new PeerFilter(blue).converge(config(true, "192.0.2.9"))).isTrue();
        assertThat(sh("nft -a list table inet flannel-peers")).isEqualTo(reds);
        assertThat(filter.converge(WANTED)).isFalse();
        assertThat(new PeerFilter(Names.DEFAULT, Optional.of(blue)).converge(WANTED))
                .isTrue();
        assertThat(sh("nft list tables")).isEqualTo("table inet flannel-peers");
    }

    /// This node has a second address and a second interface, eth1, which leads to 198.51.100.9 alone.
    @ParameterizedTest(name = "from {0} by {1} to {2}: {3}")
    @CsvSource({
        "192.0.2.2, eth0, 192.0.2.1, true",
        "192.0.2.2, eth0, 192.0.2.77, false",
        "192.0.2.2, eth0, 192.0.2.88, true",
        "192.0.2.2, eth1, 192.0.2.1, false",
        "198.51.100.9, eth1, 192.0.2.1, true",
        "2001:db8::2, eth0, 2001:db8::1, true",
        "2001:db8::2, eth0, 2001:db8::77, false",
        "2001:db8::2, eth1, 2001:db8::1, false"
    })
    void takesTunnelPacketsOnlyAtTheDoor(String from, String by, String to, boolean expected) throws Exception {
        try (Host neighbor = network();
                Host other = new Host("other")) {
            sh("""
                    ip addr add 192.0.2.77/24 dev eth0 && ip addr add 192.0.2.88/24 dev eth0
                    ip addr add 2001:db8::77/64 dev eth0 nodad
                    ip link add eth1 address 02:00:00:00:01:01 type veth peer name eth0 netns %d && ip link set eth1 up
                    ip addr add 198.51.100.1/24 dev eth1
                    sysctl -qw net.ipv4.conf.eth1.rp_filter=0
                    """.formatted(other.netns()));
            other.sh("""
                    ip link set eth0 up && ip addr add 198.51.100.9/24 dev eth0
                    ip addr add 192.0.2.2/32 dev eth0 && ip addr add 2001:db8::2/128 dev eth0 nodad
                    ip route add 192.0.2.0/24 via 198.51.100.1
                    ip route add 2001:db8::1/128 dev eth0
                    ip neigh add 2001:db8::1 lladdr 02:00:00:00:01:01 dev eth0
                    """);
            Host sender = by.equals("eth0") ? neighbor : other;
            String pod = from.contains(":") ? "fd00:244:0:99::5" : "10.244.99.5";
            assertThat(arrives(sender, neighbor, VNI, from, to, pod))
                    .as("without the filter")
                    .isTrue();
            filter.converge(PeerFilterTextTest.withDoor(
                    config(true, "192.0.2.2", "198.51.100.9", "2001:db8::2"),
                    Set.of("eth0"),
                    "192.0.2.1",
                    "192.0.2.88",
                    "2001:db8::1"));
            assertThat(arrives(sender, neighbor, VNI, from, to, pod)).isEqualTo(expected);
            assertThat(PeerFilter.dropped(Names.DEFAULT))
                    .containsEntry("elsewhere", expected ? 0L : 1L)
                    .containsEntry("strangers", 0L);
        }
    }

    @Test
    void isRemovedWhereItIsNotWanted() throws Exception {
        filter.converge(WANTED);
        sh("nft add table inet foreign");
        assertThat(new PeerFilter(Names.DEFAULT).converge(DesiredPeerFilter.UNWANTED))
                .isTrue();
        assertThat(sh("nft list tables")).isEqualTo("table inet foreign");
        assertThat(new PeerFilter(Names.DEFAULT).converge(DesiredPeerFilter.UNWANTED))
                .isFalse();
    }

    @Test
    void goesWithAllOtherRules() throws Exception {
        filter.converge(WANTED);
        assertThat(InstalledRules.removeAll()).isTrue();
        assertThat(sh("nft list tables")).isEmpty();
    }

    @Test
    void takesFiveThousandPeers() throws Exception {
        String[] many = new String[5000];
        for (int i = 0; i < many.length; i++) {
            many[i] = "198.18.%d.%d".formatted(i / 250, i % 250 + 1);
        }
        assertThat(filter.converge(config(true, many))).isTrue();
        assertThat(filter.converge(config(true, many))).isFalse();
        many[17] = "192.0.2.99";
        long start = System.nanoTime();
        assertThat(filter.converge(config(true, many))).isFalse();
        System.out.printf("one peer of 5,000 exchanged in %d ms%n", (System.nanoTime() - start) / 1_000_000);
        assertThat(Sh.succeeds("nft get element inet flannel-peers nodes-ipv4 '{ 192.0.2.99 }'"))
                .isTrue();
        assertThat(Sh.succeeds("nft get element inet flannel-peers nodes-ipv4 '{ 198.18.0.18 }'"))
                .isFalse();
    }

    @Test
    void countersAreEmptyWithoutATable() {
        assertThat(PeerFilter.dropped(Names.DEFAULT)).isEqualTo(Map.of());
    }
}
