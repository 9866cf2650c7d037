package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
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

    private static Lease lease(int subnet, int host) {
        return new Lease(
                List.of(Cidr.parse("10.5." + subnet + ".0/24")),
                new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2." + host)), "host-gw", Map.of()));
    }
}
