package jflannel.daemon;

import static jflannel.daemon.Labs.kernelState;
import static jflannel.daemon.Labs.soon;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.testing.RawPacket;
import jflannel.testing.VxlanPacket;
import jflannel.trace.Question;
import jflannel.trace.Trace;
import jflannel.trace.Verdict;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// The backend ipip between two nodes; run by [KernelBackendsIT].
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class IpipGuestTests {
    private static final String IPIP = "{\"Type\":\"ipip\"}";
    private static final int BEFORE_INNER = 22; // the headers of VXLAN and of Ethernet

    @Test
    @Order(1)
    void podsReachEachOtherAndTheWayThereIsKnown() throws Exception {
        Lab lab = GuestLab.with(IPIP);
        LabNode node = lab.node(1);
        assertThat(node.sh("ip -d link show flannel.ipip"))
                .contains("ipip ipip remote any local " + node.address(Family.IPV4), "ttl inherit nopmtudisc", "1480");
        assertThat(node.sh("ip -d link show flannel-v6.ipip")).contains("ip6tnl external", "mtu 1460");
        assertThat(node.sh("cat /run/flannel/subnet.env")).contains("FLANNEL_MTU=1460");
        assertThat(node.sh("ip link show tunl0")).contains("state DOWN");
        for (Family family : Family.values()) {
            Trace trace = node.trace(
                    Question.echo(node.podAddress(family), lab.node(2).podAddress(family)));
            assertThat(trace.verdict()).as("%s", trace).isEqualTo(Verdict.OK);
            assertThat(trace.toString())
                    .contains("an IP packet to " + lab.node(2).address(family));
        }
    }

    @Test
    @Order(2)
    void strangersPutNothingIntoTheTunnel() throws Exception {
        Lab lab = GuestLab.with(IPIP);
        LabNode node = lab.node(1);
        byte[] forged = inner(node, lab.node(2));
        Ip router = Ip.parse(
                lab.router().sh("ip -4 -o addr show | awk '/10\\.168\\.0\\./ {sub(\"/.*\",\"\",$4); print $4}'"));
        soon(
                "the filter is there",
                () -> node.sh("nft list table inet flannel-peers").contains("strangers"));
        lab.router().call(() -> {
            RawPacket.send(router, node.address(Family.IPV4), Family.IPV4.protocol(), forged);
            return null;
        });
        assertThat(dropped(node, "strangers")).isEqualTo(1);
        lab.pod(1)
                .call(
                        () -> { // masqueraded it would come from node 1
                            RawPacket.send(
                                    node.podAddress(Family.IPV4),
                                    lab.node(2).address(Family.IPV4),
                                    Family.IPV4.protocol(),
                                    forged);
                            return null;
                        });
        assertThat(dropped(node, "forwarded")).isEqualTo(1);
    }

    private static byte[] inner(LabNode to, LabNode from) {
        byte[] packet = VxlanPacket.of(
                1, Mac.parse("02:00:00:00:00:01"), from.podAddress(Family.IPV4), to.podAddress(Family.IPV4), 4000);
        return Arrays.copyOfRange(packet, BEFORE_INNER, packet.length);
    }

    private static long dropped(LabNode node, String reason) throws IOException {
        return Long.parseLong(
                node.sh("nft list counter inet flannel-peers " + reason + " | awk '/packets/ {print $2}'"));
    }

    @Test
    @Order(3)
    void whateverIsTakenAwayComesBack() throws Exception {
        Lab lab = GuestLab.with(IPIP);
        LabNode node = lab.node(1);
        String before = kernelState(node);
        assertThat(before).contains("flannel.ipip", "flannel-v6.ipip");
        for (String damage : new String[] {
            "ip link del flannel.ipip",
            "ip link del flannel-v6.ipip",
            "ip route flush dev flannel.ipip proto 102",
            "ip -6 route flush dev flannel-v6.ipip proto 102",
            "ip addr flush dev flannel.ipip scope global",
            "ip link set flannel.ipip down",
            "ip link set flannel.ipip mtu 1280",
            "printf 'link set flannel.ipip %s\\n' down 'name other' | ip -batch -",
            "ip link set flannel.ipip type ipip local " + node.address(Family.IPV4) + " ttl 7 pmtudisc",
            "ip link set flannel.ipip type ipip local 10.168.0.77"
        }) {
            node.sh(damage);
            soon("`" + damage + "` is repaired", () -> kernelState(node).equals(before));
        }
        node.flanneld().freeze(); // it would be faster
        node.sh("ip link del flannel.ipip && ip link add flannel.ipip type bridge");
        node.flanneld().thaw();
        soon(
                "the stranger is named",
                () -> node.sh("cat /run/flannel/status.json").contains("of kind \\\"bridge\\\""));
        node.sh("ip link del flannel.ipip");
        soon("the device is back", () -> kernelState(node).equals(before));
        assertThat(lab.reach(1, 2, Family.IPV4, 20)).isPositive();
    }

    @Test
    @Order(4)
    void aKilledDaemonAndItsSuccessorLoseNothing() throws Exception {
        Lab lab = GuestLab.with(IPIP);
        LabNode node = lab.node(1);
        Traffic traffic = new Traffic(lab, 1, 2, 300);
        node.flanneld().kill();
        node.startFlanneld();
        node.awaitReady();
        assertThat(traffic.end().lost()).isZero();
    }

    @Test
    @Order(5)
    void directRoutingGoesPastTheTunnelAndBack() throws Exception {
        Lab lab = GuestLab.with("{\"Type\":\"ipip\",\"DirectRouting\":true}");
        LabNode node = lab.node(1);
        String routes = "ip route show proto 102; ip -6 route show proto 102";
        soon("all routes are direct", () -> !node.sh(routes).contains("flannel"));
        GuestLab.with(IPIP);
        soon("all routes lead into the tunnel", () -> !node.sh(routes).contains("eth0"));
    }
}
