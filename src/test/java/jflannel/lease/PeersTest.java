package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;

class PeersTest {
    @Test
    void ofSeveralLeasesOfTheSameSubnetsTheLastCounts() {
        assertThat(Peers.of(List.of(lease(2, 1), lease(3, 1), lease(2, 9))).leases())
                .containsExactlyInAnyOrder(lease(2, 9), lease(3, 1));
    }

    @Test
    void whatChangedIsNamedOnceWithItsHosts() {
        Peers peers = Peers.of(List.of(lease(2, 1), lease(3, 2)));
        assertThat(peers.takeChanges().keys())
                .containsExactlyInAnyOrder(lease(2, 1).key(), lease(3, 2).key());
        peers.put(lease(2, 1));
        assertThat(peers.takeChanges().keys()).as("put as it was").isEmpty();
        peers.put(lease(2, 9));
        peers.remove(lease(3, 2).key());
        peers.remove(lease(4, 2).key());
        assertThat(peers.takeChanges())
                .isEqualTo(
                        new Peers.Changes(Set.of(lease(2, 1).key(), lease(3, 2).key()), Set.of(ip(1), ip(9), ip(2))));
        assertThat(peers.takeChanges().keys()).isEmpty();
    }

    @Test
    void aHostIsThereAsLongAsALeaseNamesIt() {
        Peers peers = Peers.of(List.of(lease(2, 9), lease(3, 9), lease(4, 1)));
        assertThat(peers.hosts()).containsExactly(ip(1), ip(9));
        peers.remove(lease(2, 9).key());
        assertThat(peers.hosts()).containsExactly(ip(1), ip(9));
        peers.put(lease(3, 7));
        assertThat(peers.hosts()).containsExactly(ip(1), ip(7));
    }

    @Test
    void theCopyOfTheHostsIsTheSameUntilThereAreOthers() {
        Peers peers = Peers.of(List.of(lease(2, 9), lease(3, 9)));
        Set<Ip> copy = peers.copyOfHosts();
        assertThat(copy).containsExactly(ip(9));
        peers.remove(lease(2, 9).key());
        peers.put(lease(4, 9));
        assertThat(peers.copyOfHosts()).isSameAs(copy);
        peers.put(lease(3, 7));
        assertThat(peers.copyOfHosts()).containsExactlyInAnyOrder(ip(7), ip(9));
        peers.remove(lease(4, 9).key());
        assertThat(peers.copyOfHosts()).containsExactly(ip(7));
        assertThat(copy).containsExactly(ip(9));
    }

    private static Ip ip(int host) {
        return Ip.parse("192.0.2." + host);
    }

    private static Lease lease(int subnet, int host) {
        return new Lease(
                List.of(Cidr.parse("10.5." + subnet + ".0/24")),
                new Announcement(Map.of(Family.IPV4, ip(host)), "host-gw", Map.of()));
    }
}
