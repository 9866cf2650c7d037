package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.linux.KernelException;
import jflannel.netlink.Answer;
import jflannel.netlink.Rtnetlink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelevanceTest {
    private static final int OWN = 4;
    private static final int UNDERLAY = 2;
    private static final int POD = 9;

    private final Relevance relevance = new Relevance(
            new Interest(Set.of("flannel.1"), Set.of("eth0"), Set.of(Cidr.parse("10.5.0.0/16")), Set.of()));

    @BeforeEach
    void threeDevices() {
        relevance.reset(List.of(link(OWN, "flannel.1"), link(UNDERLAY, "eth0"), link(POD, "veth1")));
    }

    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, delimiter = '|', textBlock = """
            destination   | gateway      | device | matters
            10.5.2.0/24   | 10.5.2.0     | 4      | true
            10.5.2.0/24   | 192.0.2.99   | 9      | true
            10.0.0.0/8    | 192.0.2.99   | 9      | true
            0.0.0.0/0     | 192.0.2.254  | 2      | true
            10.5.1.7/32   |              | 9      | false
            10.5.1.7/32   | 10.5.1.7     | 4      | true
            10.99.0.0/16  | 192.0.2.99   | 9      | false
            fd00:9::/64   | fd00::1      | 9      | false
            """)
    void routesMatterByDeviceOrDestination(String destination, String gateway, int device, boolean matters)
            throws Exception {
        Ip via = gateway == null ? null : Ip.parse(gateway);
        byte[] body = Route.via(Cidr.parse(destination), via, device, true).encode();
        assertThat(news(Rtnetlink.RTM_NEWROUTE, body)).isEqualTo(matters);
        assertThat(news(Rtnetlink.RTM_DELROUTE, body)).isEqualTo(matters);
    }

    @ParameterizedTest
    @CsvSource({"4, true", "2, false", "9, false"})
    void neighborsMatterOnOwnDevicesOnly(int device, boolean matters) throws Exception {
        Mac mac = Mac.parse("02:00:5e:10:00:01");
        Ip ip = Ip.parse("192.0.2.2");
        assertThat(news(
                        Rtnetlink.RTM_NEWNEIGH,
                        Neighbor.permanent(device, ip, mac).encode()))
                .isEqualTo(matters);
        assertThat(news(
                        Rtnetlink.RTM_DELNEIGH,
                        Neighbor.forwarding(device, mac, ip).encode()))
                .isEqualTo(matters);
    }

    @ParameterizedTest
    @CsvSource({"4, true", "2, true", "9, false"})
    void addressesMatterOnOwnDevicesAndTheUnderlay(int device, boolean matters) throws Exception {
        assertThat(news(Rtnetlink.RTM_NEWADDR, new Address(device, Ip.parse("192.0.2.2"), 24).encode()))
                .isEqualTo(matters);
    }

    @Test
    void aDeviceIsFollowedThroughItsLife() throws Exception {
        assertThat(news(Rtnetlink.RTM_NEWLINK, bytes(OWN, "flannel.1", 1450)))
                .as("as known")
                .isFalse();
        assertThat(news(Rtnetlink.RTM_NEWLINK, bytes(OWN, "flannel.1", 1400)))
                .as("changed")
                .isTrue();
        assertThat(news(Rtnetlink.RTM_NEWLINK, bytes(POD, "veth1", 1400)))
                .as("a pod's")
                .isFalse();
        assertThat(news(Rtnetlink.RTM_NEWLINK, bytes(OWN, "old", 1400)))
                .as("renamed")
                .isTrue();
        assertThat(news(Rtnetlink.RTM_DELLINK, bytes(OWN, "old", 1400)))
                .as("no longer ours")
                .isFalse();
        assertThat(news(Rtnetlink.RTM_NEWLINK, bytes(12, "flannel.1", 1450)))
                .as("made anew")
                .isTrue();
        assertThat(news(Rtnetlink.RTM_NEWADDR, new Address(12, Ip.parse("10.5.1.0"), 32).encode()))
                .isTrue();
        byte[] leavesItsBridge = bytes(12, "flannel.1", 1450);
        leavesItsBridge[0] = Rtnetlink.AF_BRIDGE;
        assertThat(news(Rtnetlink.RTM_DELLINK, leavesItsBridge)).isFalse();
        assertThat(news(Rtnetlink.RTM_DELLINK, bytes(12, "flannel.1", 1450))).isTrue();
        assertThat(news(Rtnetlink.RTM_DELLINK, bytes(POD, "veth1", 1450))).isFalse();
    }

    private boolean news(int type, byte[] body) throws KernelException {
        return relevance.matters(new Answer(type, 0, 0, ByteBuffer.wrap(body)));
    }

    private static Link link(int index, String name) {
        return new Link(index, name, "", 1450, null, false, 0, null);
    }

    private static byte[] bytes(int index, String name, int mtu) {
        return Link.ifinfomsg(index, 0, 0)
                .text(Link.IFLA_IFNAME, name)
                .u32Attribute(Link.IFLA_MTU, mtu)
                .bytes();
    }
}
