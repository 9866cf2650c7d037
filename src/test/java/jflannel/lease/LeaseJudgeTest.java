package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Finding;
import jflannel.testing.Believed;
import jflannel.testing.LogLines;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeaseJudgeTest {
    private static final NetworkConfig NETWORK =
            NetworkConfig.parse("test", "{\"Network\":\"10.5.0.0/16\",\"Backend\":{\"Type\":\"vxlan\",\"VNI\":8}}");
    private static final Lease OWN = lease("10.5.1.0/24", "192.0.2.1", "02:00:00:00:00:01");

    private final Board board = new Board();
    private final LeaseJudge judge = judge();

    private LeaseJudge judge() {
        return new LeaseJudge(NETWORK, "lease", OWN, board);
    }

    private static Lease lease(String cidr, String ip, String mac) {
        String data = "{\"VNI\":8,\"VtepMAC\":\"" + mac + "\"}";
        return new Lease(
                List.of(Cidr.parse(cidr)),
                new Announcement(Map.of(Family.IPV4, Ip.parse(ip)), "vxlan", Map.of(Family.IPV4, data)));
    }

    /// A claim of the node `192.0.2.N` with a MAC address that ends in N.
    private static Claim claim(String cidr, int node, long since) {
        return claim(cidr, "192.0.2." + node, "02:00:00:00:00:%02x".formatted(node), since);
    }

    private static Claim claim(String cidr, String ip, String mac, long since) {
        return new Claim(cidr + " " + ip, ip, since, lease(cidr, ip, mac));
    }

    private static List<String> words(Set<Lease> leases) {
        return leases.stream().map(Lease::words).sorted().toList();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            subnet           | address         | mac | why
            10.5.9.0/24      | 192.0.2.9       | 09  |
            10.5.64.0/18     | 192.0.2.9       | 09  |
            10.5.128.0/17    | 192.0.2.9       | 09  | 10.5.128.0/17 is too large a part of the network 10.5.0.0/16, of which a node gets a /24
            10.6.9.0/24      | 192.0.2.9       | 09  | 10.6.9.0/24 is not part of the network
            10.0.0.0/8       | 192.0.2.9       | 09  | 10.0.0.0/8 is not part of the network
            10.5.1.128/25    | 192.0.2.9       | 09  | it overlaps this node's own subnet 10.5.1.0/24
            10.5.0.0/18      | 192.0.2.9       | 09  | it overlaps this node's own subnet 10.5.1.0/24
            10.5.9.0/24      | 192.0.2.1       | 09  | it has this node's own address 192.0.2.1
            10.5.9.0/24      | 192.0.2.9       | 01  | it announces VtepMAC 02:00:00:00:00:01, as this node does
            10.5.9.0/24      | 127.0.0.1       | 09  | its address 127.0.0.1 is in 127.0.0.0/8 (loopback) and cannot receive packets
            10.5.9.0/24      | 0.1.2.3         | 09  | its address 0.1.2.3 is in 0.0.0.0/8 (this network) and cannot receive packets
            10.5.9.0/24      | 224.0.0.1       | 09  | its address 224.0.0.1 is in 224.0.0.0/4 (multicast) and cannot receive packets
            10.5.9.0/24      | 240.0.0.1       | 09  | its address 240.0.0.1 is in 240.0.0.0/4 (reserved) and cannot receive packets
            10.5.9.0/24      | 255.255.255.255 | 09  | its address 255.255.255.255 is in 255.255.255.255/32 (broadcast) and cannot receive packets
            10.5.9.0/24      | 169.254.7.7     | 09  |
            10.5.9.0/24      | 10.5.9.7        | 09  | its own subnet 10.5.9.0/24 covers its address 10.5.9.7
            10.5.9.0/24      | 10.5.1.7        | 09  | its address 10.5.1.7 lies in 10.5.1.0/24 of this node
            """)
    void judgesEachLeaseByItself(String subnet, String address, String mac, String why) {
        Claim claim = claim(subnet, address, "02:00:00:00:00:" + mac, 5);
        Set<Lease> visible = judge.reset(List.of(claim), Map.of()).all();
        assertThat(visible).hasSize(why == null ? 1 : 0);
        assertThat(judge.faults())
                .isEqualTo(why == null ? Map.of() : Map.of(claim.id(), "it is held by " + address + ", and " + why));
    }

    @ParameterizedTest(name = "{0} before {1}")
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            older                       | younger                     | why
            10.5.9.0/24 192.0.2.9 09    | 10.5.9.0/24 192.0.2.8 08    | 10.5.9.0/24 overlaps 10.5.9.0/24 of 192.0.2.9, which is older
            10.5.9.0/24 192.0.2.9 09    | 10.5.8.0/23 192.0.2.8 08    | 10.5.8.0/23 overlaps 10.5.9.0/24 of 192.0.2.9, which is older
            10.5.8.0/23 192.0.2.9 09    | 10.5.9.0/24 192.0.2.8 08    | 10.5.9.0/24 overlaps 10.5.8.0/23 of 192.0.2.9, which is older
            10.5.9.0/24 192.0.2.9 09    | 10.5.2.0/24 192.0.2.8 09    | it announces VtepMAC 02:00:00:00:00:09, as 192.0.2.9 does, which is older
            10.5.9.0/24 192.0.2.9 0a    | 10.5.2.0/24 192.0.2.8 0A    | it announces VtepMAC 02:00:00:00:00:0a, as 192.0.2.9 does, which is older
            10.5.9.0/24 10.5.2.7 09     | 10.5.2.0/24 192.0.2.8 08    | its subnet covers the address 10.5.2.7 of 10.5.2.7, which is older
            10.5.2.0/24 192.0.2.9 09    | 10.5.9.0/24 10.5.2.7 08     | its address 10.5.2.7 lies in 10.5.2.0/24 of 192.0.2.9, which is older
            """)
    void letsTheOlderOfTwoCountThatCannotBothBeUsed(String older, String younger, String why) {
        Claim first = parsed(older, 5);
        Claim second = parsed(younger, 6);
        for (List<Claim> order : List.of(List.of(first, second), List.of(second, first))) {
            assertThat(judge().reset(order, Map.of()).all()).containsExactly(first.lease());
            LeaseJudge following = judge();
            Peers peers = Believed.after(Believed.NOBODY, following.reset(List.of(), Map.of()));
            for (Claim claim : order) {
                for (LeaseEvent event : following.put(claim)) {
                    peers = Believed.after(peers, event);
                }
            }
            assertThat(peers.leases()).containsExactly(first.lease());
            assertThat(following.faults().get(second.id())).endsWith(why);
            assertThat(following.remove(first.id()))
                    .endsWith(new LeaseEvent.Put(second.lease()))
                    .hasSize(first.lease().key().equals(second.lease().key()) ? 1 : 2);
        }
    }

    private static Claim parsed(String text, long since) {
        String[] words = text.split(" ");
        return claim(words[0], words[1], "02:00:00:00:00:" + words[2], since);
    }

    @Test
    void takesTwoLeasesOfOneNodeForALeftoverAndItsSuccessor() {
        Claim leftover = claim("10.5.9.0/24", 9, 5);
        Claim successor = claim("10.5.2.0/24", 9, 6);
        try (LogLines log = new LogLines(LeaseJudge.class)) {
            assertThat(words(judge.reset(List.of(leftover, successor), Map.of()).all()))
                    .containsExactly("10.5.2.0/24", "10.5.9.0/24");
            assertThat(log.all())
                    .containsExactly("the lease \"10.5.2.0/24 192.0.2.9\" is used, but it has the same address as"
                            + " \"10.5.9.0/24 192.0.2.9\", so one node gets the packets for both");
        }
    }

    @Test
    void namesALeaseThatTheConfigurationDoesNotHandOut() {
        NetworkConfig network = NetworkConfig.parse(
                "test", "{\"Network\":\"10.5.0.0/16\",\"SubnetMin\":\"10.5.4.0\",\"SubnetMax\":\"10.5.7.0\"}");
        try (LogLines log = new LogLines(LeaseJudge.class)) {
            LeaseJudge narrow = new LeaseJudge(network, "lease", OWN, board);
            assertThat(narrow.reset(List.of(claim("10.5.9.0/24", 9, 5)), Map.of())
                            .all())
                    .hasSize(1);
            assertThat(log.all())
                    .containsExactly("the lease \"10.5.9.0/24 192.0.2.9\" is used, but 10.5.9.0/24 is not one of the"
                            + " subnets that the configuration hands out, each a /24, from 10.5.4.0 to 10.5.7.0");
        }
    }

    @Test
    void letsALeaseThatIsLeftOutKeepNobodyOut() {
        Claim oldest = claim("10.5.9.0/24", 9, 1);
        Claim large = claim("10.5.0.0/18", 8, 2); // loses against the oldest
        Claim third = claim("10.5.2.0/24", 7, 3);
        judge.own(lease("10.5.128.0/24", "192.0.2.1", "02:00:00:00:00:01"));
        assertThat(words(judge.reset(List.of(third, large, oldest), Map.of()).all()))
                .containsExactly("10.5.2.0/24", "10.5.9.0/24");
        assertThat(judge.remove(oldest.id()))
                .containsExactlyInAnyOrder(
                        new LeaseEvent.Removed(oldest.lease()),
                        new LeaseEvent.Removed(third.lease()),
                        new LeaseEvent.Put(large.lease()));
        assertThat(judge.put(oldest))
                .containsExactlyInAnyOrder(
                        new LeaseEvent.Removed(large.lease()),
                        new LeaseEvent.Put(third.lease()),
                        new LeaseEvent.Put(oldest.lease()));
    }

    @Test
    void saysOnceWhatIsLeftOutAndShowsItUntilItIsMended() {
        Claim bad = claim("10.6.9.0/24", 9, 5);
        try (LogLines log = new LogLines(LeaseJudge.class)) {
            judge.reset(List.of(bad), Map.of("junk", "it is junk"));
            judge.reset(List.of(bad), Map.of("junk", "it is junk"));
            judge.putMalformed("junk", "it is junk");
            assertThat(log.all())
                    .containsExactlyInAnyOrder(
                            "the lease \"junk\" is left out: it is junk",
                            "the lease \"10.6.9.0/24 192.0.2.9\" is left out: it is held by 192.0.2.9, and 10.6.9.0/24"
                                    + " is not part of the network");
            assertThat(board.findings())
                    .map(Finding::detail)
                    .containsExactly("the lease \"10.6.9.0/24 192.0.2.9\" is left out, and 1 more: it is held by"
                            + " 192.0.2.9, and 10.6.9.0/24 is not part of the network");
            judge.remove("junk");
            judge.put(new Claim(bad.id(), bad.holder(), 5, lease("10.5.9.0/24", "192.0.2.9", "02:00:00:00:00:09")));
            assertThat(board.isRaised(Condition.LEASES_IGNORED)).isFalse();
            judge.putMalformed("junk", "it is junk");
            assertThat(log.all()).hasSize(3);
        }
    }

    @Test
    void comesToTheSameByEventsAsByListingWhateverTheOrder() {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            LeaseJudge following = judge();
            Map<String, Claim> store = new HashMap<>();
            Peers peers = Believed.after(Believed.NOBODY, following.reset(List.of(), Map.of()));
            for (int step = 0; step < 40; step++) {
                Claim claim = randomClaim(random);
                boolean removes = random.nextInt(3) == 0;
                for (LeaseEvent event : removes ? following.remove(claim.id()) : following.put(claim)) {
                    peers = Believed.after(peers, event);
                }
                if (removes) {
                    store.remove(claim.id());
                } else {
                    store.put(claim.id(), claim);
                }
                List<Claim> shuffled = new ArrayList<>(store.values());
                Collections.shuffle(shuffled, random);
                assertThat(new HashSet<>(peers.leases()))
                        .isEqualTo(judge().reset(shuffled, Map.of()).all())
                        .isEqualTo(byDefinition(store.values().stream()));
            }
        }
    }

    private static Claim randomClaim(Random random) {
        int node = 2 + random.nextInt(4);
        String ip = random.nextInt(4) == 0 ? "10.5.%d.9".formatted(2 + random.nextInt(6)) : "192.0.2." + node;
        String cidr = "10.5.%d.0/%d".formatted(2 + random.nextInt(6), 22 + random.nextInt(3));
        Lease lease = lease(cidr, ip, "02:00:00:00:00:%02x".formatted(2 + random.nextInt(6)));
        return new Claim("lease " + random.nextInt(9), ip, random.nextInt(20), lease);
    }

    /// The oldest one counts, then the oldest of those that go together with it, and so on.
    private static Set<Lease> byDefinition(Stream<Claim> claims) {
        List<Claim> chosen = new ArrayList<>();
        claims.sorted(Claim.OLDEST_FIRST)
                .filter(claim -> LeaseRules.fault(NETWORK, claim.lease()).isEmpty()
                        && LeaseRules.faultBeside(OWN, claim.lease()).isEmpty()
                        && LeaseRules.conflict(OWN, "", claim.lease()).isEmpty())
                .forEachOrdered(claim -> {
                    if (chosen.stream()
                            .allMatch(other -> LeaseRules.conflict(other.lease(), "", claim.lease())
                                    .isEmpty())) {
                        chosen.add(claim);
                    }
                });
        return chosen.stream().map(Claim::lease).collect(Collectors.toSet());
    }

    private static NetworkConfig network(String type) {
        return NetworkConfig.parse("test", "{\"Network\":\"10.5.0.0/16\",\"Backend\":{\"Type\":" + type + "}}");
    }

    /// Keys in base64 differ by capitals too.
    @Test
    void distinguishesKeysByCapitals() {
        List<String> keys = List.of("hAEBAQ=", "HAEBAQ=", "hAEBAQ=");
        List<Lease> leases = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            Announcement announced = new Announcement(
                    Map.of(Family.IPV4, Ip.parse("192.0.2." + (i + 5))),
                    "wireguard",
                    Map.of(Family.IPV4, "{\"PublicKey\":\"" + keys.get(i) + "\"}"));
            leases.add(new Lease(List.of(Cidr.parse("10.5." + (i + 5) + ".0/24")), announced));
        }
        assertThat(LeaseRules.conflict(leases.get(0), "the older", leases.get(1)))
                .isEmpty();
        assertThat(LeaseRules.conflict(leases.get(0), "the older", leases.get(2)))
                .hasValue("it announces PublicKey hAEBAQ=, as the older does");
    }

    /// A node that goes over publishes vxlan, and a key besides.
    @Test
    void nodesOfVxlanMayGoOverToWireguard() {
        String key = "{\"PublicKey\":\"x\",\"Port\":51820,\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:09\"}";
        Map<Family, Ip> ip = Map.of(Family.IPV4, Ip.parse("192.0.2.9"));
        List<Cidr> cidr = List.of(Cidr.parse("10.5.9.0/24"));
        Lease plain = new Lease(cidr, new Announcement(ip, "vxlan", Map.of()));
        Lease withKey = new Lease(cidr, new Announcement(ip, "vxlan", Map.of(Family.IPV4, key)));
        Lease over = new Lease(cidr, new Announcement(ip, "wireguard", Map.of(Family.IPV4, key)));
        String accepting = "\"wireguard\",\"Accept\":\"vxlan\"";
        assertThat(List.of(plain, withKey, over))
                .allSatisfy(lease -> assertThat(LeaseRules.faultOfBackend(network(accepting), lease))
                        .isEmpty());
        assertThat(LeaseRules.faultOfBackend(network("\"wireguard\""), plain)).isPresent();
        assertThat(LeaseRules.faultOfBackend(network("\"wireguard\""), withKey)).isEmpty();
        assertThat(LeaseRules.faultOfBackend(network("\"vxlan\""), withKey)).isEmpty();
        assertThat(LeaseRules.faultOfBackend(network("\"vxlan\""), over)).isPresent();
        assertThat(network(accepting + ",\"VNI\":7,\"Vni2\":1").doubts())
                .singleElement()
                .asString()
                .contains("Vni2");
        assertThat(network("\"wireguard\",\"VNI\":7").doubts()).hasSize(1);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', useHeadersInDisplayName = true, textBlock = """
            type    | why
            vxlan   |
            host-gw | its backend is "host-gw", and this node's is "vxlan"
            ``      | its backend is "", and this node's is "vxlan"
            """)
    void knowsWhichBackendsGoTogether(String type, String why) {
        Lease lease = new Lease(
                List.of(Cidr.parse("10.5.9.0/24")),
                new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2.9")), type, Map.of()));
        assertThat(LeaseRules.faultOfBackend(network("\"vxlan\""), lease)).isEqualTo(Optional.ofNullable(why));
        assertThat(LeaseRules.faultOfBackend(network("\"udp\""), lease)).isEmpty();
        assertThat(LeaseRules.isUnclaimed(BackendType.VXLAN, lease)).isEqualTo(type.isEmpty());
        assertThat(LeaseRules.isUnclaimed(BackendType.UDP, lease)).isFalse();
    }

    @Test
    void doesNotFloodTheLogHoweverManyLeasesAreOdd() {
        try (LogLines log = new LogLines(LeaseJudge.class)) {
            for (int i = 0; i < 200; i++) {
                judge.putMalformed("lease " + i, "it is no lease");
                judge.put(claim("10.5.%d.0/24".formatted(2 + i), "192.0.2.9", "02:00:00:00:01:%02x".formatted(i), i));
            }
            assertThat(log.all()).hasSize(20);
        }
    }
}
