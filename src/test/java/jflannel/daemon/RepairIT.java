package jflannel.daemon;

import static jflannel.daemon.Labs.kernelState;
import static jflannel.daemon.Labs.lab;
import static jflannel.daemon.Labs.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.EnumSet;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever somebody does to the node by hand, the daemon notices and puts right; and what is not the daemon's
/// stays.
class RepairIT {
    @Test
    void vxlanComesBackWhateverIsTakenAway() throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.VXLAN).withFamilies(EnumSet.allOf(Family.class)))) {
            LabNode node = lab.node(1);
            String before = kernelState(node);
            assertThat(before).contains("flannel.1", "flannel-v6.1");
            for (String damage : new String[] {
                "ip link del flannel.1",
                "ip link del flannel-v6.1",
                "ip route del 100.96.2.0/24",
                "ip -6 route flush dev flannel-v6.1 proto 102",
                "ip neigh flush dev flannel.1 nud permanent",
                "bridge fdb del $(bridge fdb show dev flannel.1 | awk '/ dst /{print $1; exit}') dev flannel.1",
                "ip addr flush dev flannel.1 scope global",
                "ip link set flannel.1 down",
                // at once: brought up in between, it would keep a link-local address of the other MAC address
                "printf 'link set flannel.1 %s\\n' down 'address 02:00:00:00:00:01' | ip -batch -",
                "ip link set flannel.1 mtu 1280"
            }) {
                node.sh(damage);
                soon("`" + damage + "` is repaired", () -> kernelState(node).equals(before));
            }
            assertThat(lab.reach(1, 2, Family.IPV4, 5)).isPositive();
            assertThat(lab.reach(2, 1, Family.IPV6, 5)).isPositive();
        }
    }

    @Test
    void hostGwPutsFlushedRoutesBackAndLeavesForeignOnesAlone() throws Exception {
        try (Lab lab = lab(Scenario.HOST_GW)) {
            LabNode node = lab.node(1);
            node.sh("ip route add 172.30.0.0/16 via 10.168.0.77");
            node.sh("ip route add 100.96.128.0/17 via 10.168.0.77");
            node.sh("ip route add 100.96.77.0/24 via 10.168.0.77 proto static");
            node.sh("ip route flush proto 102");
            soon(
                    "the flushed route is back",
                    () -> node.sh("ip route show 100.96.2.0/24")
                            .equals("100.96.2.0/24 via 10.168.0.3 dev eth0 proto 102"));
            node.sh("ip route add 100.96.44.0/24 via 10.168.0.44 dev eth0"); // as Go flannel would have left it
            soon(
                    "the stale route is gone",
                    () -> node.sh("ip route show 100.96.44.0/24").isEmpty());
            assertThat(node.sh("ip route show via 10.168.0.77").lines()).hasSize(3);
        }
    }

    @Test
    void staleEntriesOnTheVxlanDeviceGoAndForeignRoutesStay() throws Exception {
        try (Lab lab = lab(Scenario.VXLAN)) {
            LabNode node = lab.node(1);
            String before = kernelState(node);
            node.sh("ip route add 172.30.0.0/16 via 10.168.0.77");
            node.sh("ip neigh add 100.96.9.0 lladdr 02:00:00:00:00:99 dev flannel.1 nud permanent");
            node.sh("bridge fdb add 02:00:00:00:00:99 dev flannel.1 dst 10.168.0.99");
            node.sh("ip route add 100.96.9.0/24 via 100.96.9.0 dev flannel.1 onlink");
            soon("the stale entries are gone", () -> kernelState(node).equals(before));
            assertThat(node.sh("ip route show 172.30.0.0/16")).contains("10.168.0.77");
        }
    }

    @ParameterizedTest(name = "nftables: {0}")
    @ValueSource(booleans = {false, true})
    void flushedRulesComeBack(boolean nftables) throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.HOST_GW).withNftables(nftables).withFlags("--iptables-resync=1"))) {
            LabNode node = lab.node(1);
            String list = nftables
                    ? "nft -s list table ip flannel-ipv4"
                    : "iptables-save | grep -E '^-A|^:FLANNEL' | sed 's/ \\[.*//'";
            soon("the rules are there", () -> node.sh(list).contains("100.96.1.0/24"));
            String before = node.sh(list);
            node.sh(nftables ? "nft flush ruleset" : "iptables -t nat -F && iptables -F");
            soon("the flushed rules are back", () -> node.sh(list).equals(before));
        }
    }

    @Test
    void theSubnetFileComesBack() throws Exception {
        try (Lab lab = lab(Scenario.HOST_GW)) {
            LabNode node = lab.node(1);
            String before = node.sh("cat /run/flannel/subnet.env");
            node.sh("rm /run/flannel/subnet.env");
            soon(
                    "the removed file is back",
                    () -> node.sh("cat /run/flannel/subnet.env").equals(before));
            node.sh("echo FLANNEL_MTU=9 > /run/flannel/subnet.env");
            soon(
                    "the changed file is right",
                    () -> node.sh("cat /run/flannel/subnet.env").equals(before));
            node.sh("mv /run/flannel /run/gone; rm -r /run/gone");
            soon(
                    "the removed directory is back",
                    () -> node.sh("cat /run/flannel/subnet.env").equals(before));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"VXLAN", "HOST_GW", "UDP"})
    void theExternalInterfaceMayGoDownAndUp(Scenario scenario) throws Exception {
        try (Lab lab = lab(scenario)) {
            LabNode node = lab.node(1);
            node.sh("ip link set eth0 down; ip link set eth0 up; ip route replace default via 10.168.0.1 dev eth0");
            soon("the pods reach each other", () -> lab.reach(1, 2, Family.IPV4, 1) > 0);
        }
    }

    @Test
    void anIpv6AddressThatWentWithTheLinkIsWaitedFor() throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.VXLAN).withFamilies(EnumSet.allOf(Family.class)))) {
            LabNode node = lab.node(1);
            node.sh("ip link set eth0 down; ip link set eth0 up; ip route replace default via 10.168.0.1 dev eth0");
            await().until(() -> node.sh("ip -6 addr show dev eth0 -tentative").contains("fe80:"));
            node.sh("ip route del 100.96.2.0/24");
            soon(
                    "the daemon has looked",
                    () -> !node.sh("ip route show 100.96.2.0/24").isEmpty());
            node.sh("ip addr add " + node.address(Family.IPV6) + "/64 dev eth0 nodad");
            soon("the pods reach each other", () -> lab.reach(1, 2, Family.IPV6, 1) > 0);
            assertThat(node.flanneld().output())
                    .contains("interface: there is only")
                    .doesNotContain("the way to other nodes changed");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"VXLAN", "HOST_GW"})
    void theMtuFollowsTheExternalInterface(Scenario scenario) throws Exception {
        try (Lab lab = lab(scenario)) {
            LabNode node = lab.node(1);
            int wrapping = 1500 - node.mtu();
            node.sh("ip link set eth0 mtu 1400");
            soon(
                    "the subnet file has the new MTU",
                    () -> node.sh("cat /run/flannel/subnet.env").contains("FLANNEL_MTU=" + (1400 - wrapping)));
            if (scenario == Scenario.VXLAN) {
                assertThat(node.sh("ip -o link show flannel.1")).contains(" mtu 1350 ");
                node.sh("ip link del flannel.1");
                soon("the device is back", () -> lab.reach(1, 2, Family.IPV4, 1) > 0);
            }
        }
    }
}
