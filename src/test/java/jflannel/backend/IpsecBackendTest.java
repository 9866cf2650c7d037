package jflannel.backend;

import static jflannel.backend.Cluster.config;
import static jflannel.backend.Cluster.dualConfig;
import static jflannel.backend.Cluster.lease;
import static jflannel.backend.Cluster.peers;
import static jflannel.backend.Cluster.underlay;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.XfrmPolicy;
import jflannel.kernel.XfrmPolicy.Direction;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IpsecBackendTest {
    private static final String BACKEND = "{\"Type\":\"ipsec\",\"PSK\":\"" + "k".repeat(96) + "\"}";
    private static final Lease OWN = lease("ipsec", "10.5.1.0/24", "192.0.2.1");
    private static final Lease PEER = lease("ipsec", "10.5.2.0/24", "192.0.2.2");

    private final FakeKernel kernel = new FakeKernel();

    @BeforeEach
    void attachToTheOtherNodes() {
        kernel.add("eth0", "veth", 1500, Mac.parse("02:00:00:00:00:01"), null);
    }

    @Test
    void aPeerIsThreePoliciesAndARoute() throws Exception {
        rig(BACKEND).reconcile(OWN, peers(PEER));
        assertThat(kernel.shown())
                .containsExactlyInAnyOrder(
                        "address 10.5.1.0/32 dev flannelx",
                        "IPsec policy out 10.5.1.0/24 to 10.5.2.0/24 by 192.0.2.1 to 192.0.2.2",
                        "IPsec policy in 10.5.2.0/24 to 10.5.1.0/24 by 192.0.2.2 to 192.0.2.1",
                        "IPsec policy fwd 10.5.2.0/24 to 10.5.1.0/24 by 192.0.2.2 to 192.0.2.1",
                        "route 10.5.2.0/24 dev flannelx");
    }

    @Test
    void podsOfEitherFamilyTravelOverHostsOfOne() throws Exception {
        new Rig(dualConfig(BACKEND), underlay("192.0.2.1"), kernel)
                .reconcile(
                        overIpv4("10.5.1.0/24", "fd05:0:0:1::/64", "192.0.2.1"),
                        peers(overIpv4("10.5.2.0/24", "fd05:0:0:2::/64", "192.0.2.2")));
        assertThat(kernel.shown())
                .contains(
                        "IPsec policy out 10.5.1.0/24 to 10.5.2.0/24 by 192.0.2.1 to 192.0.2.2",
                        "IPsec policy out fd05:0:0:1::/64 to fd05:0:0:2::/64 by 192.0.2.1 to 192.0.2.2",
                        "route fd05:0:0:2::/64 dev flannelx");
    }

    @Test
    void policiesOfAnEarlierRunGoAndThoseOfOthersStay() throws Exception {
        XfrmPolicy gone = policy("10.5.1.0/24", "10.5.9.0/24", 11);
        XfrmPolicy another = policy("10.5.1.0/24", "10.5.9.0/24", 12);
        XfrmPolicy elsewhere = policy("10.5.1.0/24", "172.16.0.0/16", 11);
        kernel.objects.add(gone);
        kernel.objects.add(elsewhere);
        rig(BACKEND).reconcile(OWN, peers(PEER));
        assertThat(kernel.objects).contains(elsewhere).doesNotContain(gone);
        kernel.objects.add(another);
        rig(BACKEND).reconcile(OWN, peers(PEER));
        assertThat(kernel.objects).contains(another);
    }

    @Test
    void itsMtuIsThatOfGoFlannel() throws Exception {
        assertThat(rig(BACKEND).backend().mtu()).isEqualTo(1500 - 77);
        assertThat(rig(BACKEND.replace("}", ",\"UDPEncap\":true}")).backend().mtu())
                .isEqualTo(1500 - 85);
        assertThat(rig(BACKEND.replace("}", ",\"ESPProposal\":\"aes256-sha512\"}"))
                        .backend()
                        .mtu())
                .isEqualTo(1500 - 93);
    }

    private static Lease overIpv4(String subnet, String subnet6, String ip) {
        return new Lease(
                List.of(Cidr.parse(subnet), Cidr.parse(subnet6)),
                new Announcement(Map.of(Family.IPV4, Ip.parse(ip)), "ipsec", Map.of()));
    }

    private Rig rig(String backend) {
        return new Rig(config(backend), underlay("192.0.2.1"), kernel);
    }

    private static XfrmPolicy policy(String source, String destination, int reqid) {
        return new XfrmPolicy(
                Direction.OUT,
                Cidr.parse(source),
                Cidr.parse(destination),
                Ip.parse("192.0.2.1"),
                Ip.parse("192.0.2.9"),
                reqid);
    }
}
