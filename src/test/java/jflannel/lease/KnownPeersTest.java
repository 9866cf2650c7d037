package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;

/// Node n has the subnet 10.5.n.0/24 and the address 192.0.2.n.
class KnownPeersTest {
    private static final Duration GRACE = Duration.ofMinutes(10);

    private long now = Duration.ofHours(1).toNanos();
    private final KnownPeers known = new KnownPeers(GRACE, () -> now);

    @Test
    void aDeletedLeaseIsFollowedAtOnce() {
        known.take(new LeaseEvent.Resync(nodes(1, 8)));
        known.take(new LeaseEvent.Removed(node(3)));
        assertThat(peers()).isEqualTo("1 2 4 5 6 7 8");
        assertThat(known.held()).isEmpty();
    }

    @Test
    void aLeaseThatRanOutIsHeldUntilTheGracePeriodEnds() {
        known.take(new LeaseEvent.Resync(nodes(1, 2)));
        known.take(new LeaseEvent.Expired(node(2)));
        assertThat(peers()).isEqualTo("1 2");
        assertThat(known.untilNext()).isEqualTo(GRACE);
        pass(GRACE.minusSeconds(1));
        assertThat(peers()).isEqualTo("1 2");
        assertThat(known.untilNext()).isEqualTo(Duration.ofSeconds(1));
        pass(Duration.ofSeconds(1));
        assertThat(peers()).isEqualTo("1");
        assertThat(known.untilNext()).isGreaterThan(GRACE);
    }

    @Test
    void manyThatVanishTogetherAreHeldWithTheFirstOnesThatWereDropped() {
        known.take(new LeaseEvent.Resync(nodes(1, 12)));
        for (int i = 1; i <= 3; i++) {
            known.take(new LeaseEvent.Removed(node(i)));
        }
        assertThat(peers()).isEqualTo("4 5 6 7 8 9 10 11 12");
        known.take(new LeaseEvent.Removed(node(4)));
        assertThat(peers()).isEqualTo("1 2 3 4 5 6 7 8 9 10 11 12");
        pass(Duration.ofSeconds(9));
        known.take(new LeaseEvent.Removed(node(5)));
        assertThat(peers()).as("one more in the same wave").contains(" 5 ");
        pass(Duration.ofSeconds(11));
        known.take(new LeaseEvent.Removed(node(6)));
        assertThat(peers()).as("the wave is over").doesNotContain(" 6 ");
    }

    @Test
    void aQuarterOfALargeClusterIsMany() {
        known.take(new LeaseEvent.Resync(nodes(1, 200)));
        IntStream.rangeClosed(1, 50).forEach(i -> known.take(new LeaseEvent.Removed(node(i))));
        assertThat(known.peers().leases()).hasSize(150);
        known.take(new LeaseEvent.Removed(node(51)));
        assertThat(known.peers().leases()).hasSize(200);
    }

    @Test
    void aFewThatAreDeletedOneAfterAnotherAreNotMany() {
        known.take(new LeaseEvent.Resync(nodes(1, 8)));
        for (int i = 1; i <= 8; i++) {
            known.take(new LeaseEvent.Removed(node(i)));
            pass(Duration.ofSeconds(4));
        }
        assertThat(peers()).isEmpty();
    }

    @Test
    void whatAStoreLacksThatForgotThisNodeTooIsHeld() {
        known.take(new LeaseEvent.Resync(nodes(1, 2)));
        known.take(new LeaseEvent.Resync(Set.of(), false));
        assertThat(peers()).isEqualTo("1 2");
        known.take(new LeaseEvent.Put(node(1)));
        assertThat(known.held()).containsExactly(node(2));
    }

    @Test
    void aListThatLacksOneIsBelieved() {
        known.take(new LeaseEvent.Resync(nodes(1, 3)));
        known.take(new LeaseEvent.Resync(nodes(1, 2)));
        assertThat(peers()).isEqualTo("1 2");
    }

    @Test
    void aListThatLacksManyIsNot() {
        known.take(new LeaseEvent.Resync(nodes(1, 5)));
        known.take(new LeaseEvent.Resync(nodes(1, 1)));
        assertThat(peers()).isEqualTo("1 2 3 4 5");
    }

    @Test
    void aHeldPeerGivesWayToTheNewHolderOfItsSubnetOrAddress() {
        known.take(new LeaseEvent.Resync(nodes(1, 3)));
        known.take(new LeaseEvent.Expired(node(2)));
        known.take(new LeaseEvent.Expired(node(3)));
        known.take(new LeaseEvent.Put(lease("10.5.2.0/25", "192.0.2.77")));
        known.take(new LeaseEvent.Put(lease("10.5.99.0/24", "192.0.2.3")));
        assertThat(known.peers().leases())
                .extracting(Lease::words)
                .containsExactlyInAnyOrder("10.5.1.0/24", "10.5.2.0/25", "10.5.99.0/24");
    }

    @Test
    void aHeldPeerGivesWayToTheNewHolderOfItsIdentity() {
        known.take(new LeaseEvent.Resync(Set.of(identified("10.5.2.0/24", "192.0.2.2", "02:00:00:00:00:0A"))));
        known.take(new LeaseEvent.Expired(identified("10.5.2.0/24", "192.0.2.2", "02:00:00:00:00:0A")));
        assertThat(known.peers().leases()).hasSize(1);
        known.take(new LeaseEvent.Put(identified("10.5.3.0/24", "192.0.2.3", "02:00:00:00:00:0a")));
        assertThat(known.peers().leases()).extracting(Lease::words).containsExactly("10.5.3.0/24");
    }

    private static Lease identified(String cidr, String ip, String mac) {
        String data = "{\"VNI\":1,\"VtepMAC\":\"" + mac + "\"}";
        return new Lease(
                List.of(Cidr.parse(cidr)),
                new Announcement(Map.of(Family.IPV4, Ip.parse(ip)), "vxlan", Map.of(Family.IPV4, data)));
    }

    @Test
    void aHeldPeerGivesWayToThisNode() {
        known.take(new LeaseEvent.Resync(nodes(1, 2)));
        known.take(new LeaseEvent.Expired(node(2)));
        known.take(new LeaseEvent.Moved(lease("10.5.2.0/24", "192.0.2.200")));
        assertThat(peers()).isEqualTo("1");
    }

    @Test
    void whatIsRememberedCountsUntilTheStoreSpeaks() {
        assertThat(known.areKnown()).isFalse();
        known.remember(nodes(1, 2), nodes(3, 3), true);
        assertThat(known.areKnown()).isTrue();
        assertThat(known.areConfirmed()).isFalse();
        assertThat(peers()).isEqualTo("1 2 3");
        known.take(new LeaseEvent.Resync(nodes(1, 1)));
        assertThat(known.areConfirmed()).isTrue();
        assertThat(peers()).as("2 left meanwhile, 3 was in doubt before").isEqualTo("1 3");
    }

    @Test
    void anEmptyStoreAfterARestartTakesNothing() {
        known.remember(nodes(1, 2), Set.of(), false);
        assertThat(known.areKnown()).isFalse();
        known.take(new LeaseEvent.Resync(Set.of(), false));
        assertThat(peers()).isEqualTo("1 2");
    }

    @Test
    void withoutGraceAllIsFollowedAtOnce() {
        KnownPeers strict = new KnownPeers(Duration.ZERO, () -> now);
        strict.take(new LeaseEvent.Resync(nodes(1, 9)));
        strict.take(new LeaseEvent.Expired(node(1)));
        strict.take(new LeaseEvent.Resync(Set.of(), false));
        assertThat(strict.peers().leases()).isEmpty();
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    /// The numbers of the nodes there are ways to.
    private String peers() {
        return known.peers().leases().stream()
                .map(lease -> lease.cidrs().getFirst().toString().split("\\.")[2])
                .map(Integer::valueOf)
                .sorted()
                .map(String::valueOf)
                .collect(Collectors.joining(" "));
    }

    private static Set<Lease> nodes(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(KnownPeersTest::node).collect(Collectors.toSet());
    }

    private static Lease node(int number) {
        return lease("10.5." + number + ".0/24", "192.0.2." + number);
    }

    private static Lease lease(String cidr, String publicIp) {
        return new Lease(
                List.of(Cidr.parse(cidr)),
                new Announcement(Map.of(Family.IPV4, Ip.parse(publicIp)), "host-gw", Map.of()));
    }
}
