package jflannel.backend;

import static jflannel.backend.Cluster.config;
import static jflannel.backend.Cluster.lease;
import static jflannel.backend.Cluster.underlay;
import static org.assertj.core.api.Assertions.assertThat;

import jflannel.lease.Lease;
import jflannel.underlay.HostNetworks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeerSubnetsTest {
    private static final Lease OWN = lease("vxlan", "10.5.1.0/24", "192.0.2.1");

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            another backend              | host-gw | 10.5.2.0/24   | 192.0.2.2   | its backend is "host-gw"
            a reservation not yet in use | ``      | 10.5.2.0/24   | 192.0.2.2   | ``
            this node's subnet           | vxlan   | 10.5.1.128/25 | 192.0.2.2   | overlaps this node's own subnet 10.5.1.0/24
            this node's address          | vxlan   | 10.5.2.0/24   | 192.0.2.1   | has this node's own address 192.0.2.1
            no part of the network       | vxlan   | 10.6.0.0/24   | 192.0.2.2   | 10.6.0.0/24 is not part of the network
            no way to send               | vxlan   | 10.5.2.0/24   | 2001:db8::2 | no address to send to 2001:db8::2 from
            """)
    void leavesOutWhatCannotBeReachedAndSaysWhy(
            String what, String type, String cidr, String publicIp, String complaint) {
        PeerSubnets subnets =
                new PeerSubnets(config("{\"Type\":\"vxlan\"}"), underlay("192.0.2.1"), HostNetworks.NONE, OWN);
        PeerSubnets.Usable usable = subnets.of(lease(type, cidr, publicIp));
        assertThat(usable.subnets()).isEmpty();
        if (complaint.isEmpty()) {
            assertThat(usable.ignored()).isEmpty();
        } else {
            assertThat(usable.ignored().values()).singleElement().asString().contains(complaint);
        }
    }
}
