package jflannel.underlay;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.RouteSocket;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.Peers;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetns.class)
class PeerPathsIT {
    private static final Ip PEER = Ip.parse("192.0.2.2");
    private static final Ip OTHER = Ip.parse("192.0.2.3");
    private static final Ip FAR = Ip.parse("198.51.100.2");
    private static final OuterMtu PACKETS = new OuterMtu(1500, 1500);
    private static final String NODE = """
            for name in eth0 vpn0; do
              ip link add $name type veth peer name far-$name
              ip link set far-$name up
              ip link set $name up
            done
            ip link set vpn0 mtu 1420
            ip addr add 192.0.2.1/24 dev eth0
            ip addr add 203.0.113.1/24 dev vpn0
            ip route add default via 192.0.2.254
            """;

    private static Underlay underlay() {
        Map<Family, Ip> address = Map.of(Family.IPV4, Ip.parse("192.0.2.1"));
        return new Underlay("eth0", 1500, address, address);
    }

    private static PeerPaths paths(RouteSocket kernel, Ip... peers) throws IOException {
        PeerPaths paths = new PeerPaths(kernel);
        paths.look(at(peers), underlay(), PACKETS);
        return paths;
    }

    /// Peers at these addresses, each with a subnet of its own.
    private static Peers at(Ip... hosts) {
        Ip subnet = Ip.parse("10.244.0.0");
        List<Lease> leases = new ArrayList<>();
        for (Ip host : hosts) {
            Announcement announced = new Announcement(Map.of(Family.IPV4, host), "vxlan", Map.of());
            leases.add(new Lease(List.of(new Cidr(subnet.plus(256L * leases.size()), 24)), announced));
        }
        return Peers.of(leases);
    }

    private static String words(Map<Ip, PeerPath> paths, Ip peer) {
        PeerPath path = paths.get(peer);
        return path == null ? "none" : path.link().name() + " " + path.mtu() + (path.isDirect() ? " direct" : "");
    }

    @Test
    void aRuleDecidesHowAPeerIsReached() throws Exception {
        sh(NODE);
        sh("ip rule add to 192.0.2.2 lookup 52 && ip route add 192.0.2.2 dev vpn0 table 52");
        sh("ip route add 192.0.2.3 dev eth0 mtu lock 1300 && ip route add unreachable 198.51.100.0/24");
        try (RouteSocket kernel = new RouteSocket()) {
            Map<Ip, PeerPath> paths = paths(kernel, PEER, OTHER, FAR).known();
            assertThat(words(paths, PEER)).isEqualTo("vpn0 1420 direct");
            assertThat(words(paths, OTHER)).isEqualTo("eth0 1300 direct");
            assertThat(words(paths, FAR)).isEqualTo("none");
            assertThat(new PathMtus(1500, paths.values()).words())
                    .contains("192.0.2.3 is reached through a route out of eth0, which carries 1300 bytes, not 1500;"
                            + " 192.0.2.2 is reached through vpn0, which carries 1420 bytes, not 1500");
        }
    }

    /// A rule for packets from this node's address applies to its tunnels.
    @Test
    void theSourceOfTheTunnelsPacketsCounts() throws Exception {
        sh(NODE);
        sh("ip rule add from 192.0.2.1 lookup 52 && ip route add default dev vpn0 table 52");
        try (RouteSocket kernel = new RouteSocket()) {
            assertThat(words(paths(kernel, FAR).known(), FAR)).isEqualTo("vpn0 1420 direct");
        }
    }

    /// The kernel is asked about a few of many peers, and all answers are what it says about each.
    @Test
    void manyPeersGoWhereTheKernelSendsEach() throws Exception {
        sh(NODE);
        sh("""
                ip rule add to 10.1.128.0/18 lookup 52
                ip route add 10.1.160.0/19 dev vpn0 table 52
                ip route add 10.1.1.0/24 via 192.0.2.7 mtu 1400
                ip route add 10.1.1.77 dev vpn0
                ip route add unreachable 10.1.2.0/24
                ip route add default via 192.0.2.8 table 53 mtu 1490 && ip rule add from 192.0.2.1 to 10.1.64.0/19 lookup 53
                """);
        List<Ip> peers = IntStream.range(0, 3000)
                .mapToObj(i -> Ip.parse("10.1.1.77").plus(17L * i))
                .toList();
        try (RouteSocket kernel = new RouteSocket()) {
            Map<Ip, PeerPath> all = paths(kernel, peers.toArray(Ip[]::new)).known();
            PeerPaths single = paths(kernel);
            Set<String> met = new TreeSet<>();
            for (Ip peer : peers) {
                single.update(Set.of(peer), at(peer));
                String words = words(single.known(), peer);
                assertThat(words(all, peer)).isEqualTo(words);
                met.add(words);
            }
            assertThat(met).containsExactly("eth0 1400", "eth0 1490", "eth0 1500", "none", "vpn0 1420 direct");
        }
    }

    @Test
    void theKernelIsAskedAboutThosePeersThatChangedAlone() throws Exception {
        sh(NODE);
        try (RouteSocket kernel = new RouteSocket()) {
            PeerPaths paths = paths(kernel, FAR);
            assertThat(words(paths.known(), FAR)).isEqualTo("eth0 1500");
            sh("ip route add 198.51.100.2 dev vpn0");
            paths.update(Set.of(PEER), at(FAR, PEER));
            assertThat(words(paths.known(), FAR)).isEqualTo("eth0 1500");
            paths.update(Set.of(PEER, FAR), at(FAR));
            assertThat(paths.known()).containsOnlyKeys(FAR);
            assertThat(words(paths.known(), FAR)).isEqualTo("vpn0 1420 direct");
            assertThat(paths.narrow()).extracting(PeerPath::peer).containsExactly(FAR);
            assertThat(paths.leadToOneIn(Cidr.parse("198.51.100.0/24"))).isTrue();
            assertThat(paths.leadToOneIn(Cidr.parse("198.51.100.0/31"))).isFalse();
            paths.look(at(), underlay(), PACKETS);
            assertThat(paths.known()).isEmpty();
            assertThat(paths.narrow()).isEmpty();
            assertThat(paths.leadToOneIn(Cidr.parse("198.51.100.0/24"))).isFalse();
        }
    }
}
