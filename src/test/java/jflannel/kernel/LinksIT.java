package jflannel.kernel;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.linux.KernelException;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetns.class)
class LinksIT {
    @Test
    void aVxlanDeviceIsTheOneThatGoFlannelMakes() throws Exception {
        sh("ip link add eth0 type veth peer name far && ip addr add 192.0.2.1/24 dev eth0 && ip link set eth0 up");
        try (RouteSocket kernel = new RouteSocket()) {
            int eth = kernel.link("eth0").orElseThrow().index();
            Mac mac = Mac.parse("ba:b4:1b:5d:88:71");
            Vxlan asked = new Vxlan(1, 8472, Ip.parse("192.0.2.1"), eth, false, false);
            Link made = kernel.create(new Device("flannel.1", asked, mac, 1450));

            assertThat(made.mac()).isEqualTo(mac);
            assertThat(made.kind()).isEqualTo("vxlan");
            assertThat(made.mtu()).isEqualTo(1450);
            assertThat(made.up()).isTrue();
            assertThat(made.properties()).isEqualTo(new Vxlan(1, 8472, Ip.parse("192.0.2.1"), eth, false, false));
            assertThat(sh("ip -d link show flannel.1"))
                    .contains("<BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN")
                    .contains("link/ether ba:b4:1b:5d:88:71 brd ff:ff:ff:ff:ff:ff")
                    .contains("vxlan id 1 local 192.0.2.1 dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto"
                            + " ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx addrgenmode eui64");
            assertThat(sh("cat /proc/sys/net/ipv6/conf/flannel.1/accept_ra")).isEqualTo("0");
        }
    }

    @Test
    void everyVxlanPropertyReadsBack() throws Exception {
        try (RouteSocket kernel = new RouteSocket()) {
            Vxlan asked = new Vxlan(0xabcdef, 4789, Ip.parse("fd00:1::1"), 0, true, true);
            Link made = kernel.create(new Device("flannel-v6.1", asked, null, 1380));
            assertThat(made.properties()).isEqualTo(asked);
            assertThat(made.mac()).isNotNull();
            assertThat(sh("ip -d link show flannel-v6.1"))
                    .contains("vxlan id 11259375 local fd00:1::1 srcport 0 0 dstport 4789 ttl auto ageing 300")
                    .contains(" gbp ");
            assertThat(kernel.links()).contains(made);
        }
    }

    @Test
    void anExternalVxlanDeviceReadsBackAndReceivesOnlyWhatIsAdmitted() throws Exception {
        sh("ip link add eth0 type veth peer name far && ip link set eth0 up");
        try (RouteSocket kernel = new RouteSocket()) {
            Vxlan asked =
                    Vxlan.external(7, 8472, kernel.link("eth0").orElseThrow().index());
            Link made = kernel.create(new Device("flannel.1", asked, null, 1430));
            assertThat(asked.isSatisfiedBy(made.properties())).isTrue();
            assertThat(made.mtu()).isEqualTo(1430);
            assertThat(sh("bridge vni show dev flannel.1")).doesNotContain("flannel.1");
            kernel.admit(made, new Device("flannel.1", asked, null, 1430));
            kernel.admit(made, new Device("flannel.1", asked, null, 1430));
            assertThat(sh("bridge vni show dev flannel.1")).containsPattern("flannel.1 +7\\b");

            sh("ip link add open type vxlan external dstport 4789");
            assertThat((Vxlan) kernel.link("open").orElseThrow().properties()).satisfies(open -> {
                assertThat(open.external()).isTrue();
                assertThat(open.filtersVni()).isFalse();
            });
        }
    }

    @Test
    void aVxlanDeviceWhosePortIsTakenIsNotLeftBehind() throws Exception {
        try (RouteSocket kernel = new RouteSocket();
                java.net.DatagramSocket _ = new java.net.DatagramSocket(8472)) {
            assertThatThrownBy(() -> kernel.create(
                            new Device("flannel.1", new Vxlan(1, 8472, null, 0, false, false), null, 1450)))
                    .isInstanceOf(KernelException.class)
                    .hasMessage("bring up device flannel.1: Address already in use [errno 98]");
            assertThat(kernel.link("flannel.1")).isEmpty();
        }
    }

    @Test
    void aDeviceOfATakenNameIsRefusedInTheKernelsWords() throws Exception {
        sh("ip link add flannel.1 type bridge");
        try (RouteSocket kernel = new RouteSocket()) {
            assertThatThrownBy(() -> kernel.create(
                            new Device("flannel.1", new Vxlan(1, 8472, null, 0, false, false), null, 1450)))
                    .hasMessage("create vxlan device flannel.1: File exists [errno 17]");
            assertThatThrownBy(() -> kernel.create(new Device(
                            "flannel.2",
                            new Vxlan(1, 8472, null, 0, false, false),
                            Mac.parse("01:00:5e:00:00:01"),
                            1450)))
                    .hasMessageStartingWith("create vxlan device flannel.2: Cannot assign requested address: ");
        }
    }

    @Test
    void propertiesOfADeviceChange() throws Exception {
        sh("ip link add br0 type bridge");
        try (RouteSocket kernel = new RouteSocket()) {
            Link link = kernel.link("br0").orElseThrow();
            assertThat(link.kind()).isEqualTo("bridge");
            assertThat(link.up()).isFalse();
            Mac mac = Mac.parse("02:00:5e:10:00:07");
            kernel.setMtu(link, 1234);
            kernel.setMac(link, mac);
            kernel.setUp(link);
            assertThat(kernel.link("br0")).contains(new Link(link.index(), "br0", "bridge", 1234, mac, true, 0, null));
            kernel.delete(link);
            assertThat(kernel.link("br0")).isEmpty();
            kernel.delete(link);
            assertThatThrownBy(() -> kernel.setMtu(link, 1400))
                    .hasMessage("set mtu 1400 of device br0: No such device [errno 19]");
        }
    }

    @Test
    void devicesOfOtherKindsAreSeen() throws Exception {
        sh("ip tuntap add dev tun7 mode tun && ip link set tun7 mtu 1472");
        try (RouteSocket kernel = new RouteSocket()) {
            Link tun = kernel.link("tun7").orElseThrow();
            assertThat(tun.kind()).isEqualTo("tun");
            assertThat(tun.mac()).isNull();
            assertThat(tun.mtu()).isEqualTo(1472);
            assertThat(kernel.link("lo").orElseThrow().kind()).isEmpty();
            assertThat(kernel.link("")).isEmpty();
            assertThat(kernel.link("a-name-longer-than-any")).isEmpty();
        }
    }

    @Test
    void addressesTellOfTheirLife() throws Exception {
        sh("ip link add br0 type bridge && ip link set br0 up");
        sh("ip addr add 192.0.2.1/24 dev br0 && ip addr add 192.0.2.9/24 dev br0");
        sh("ip addr add fd00::1/64 dev br0 nodad valid_lft 900 preferred_lft 0");
        try (RouteSocket kernel = new RouteSocket()) {
            int br0 = kernel.link("br0").orElseThrow().index();
            assertThat(kernel.addresses())
                    .contains(
                            new InterfaceAddress(new Address(1, Ip.parse("127.0.0.1"), 8), false, true, false),
                            new InterfaceAddress(new Address(br0, Ip.parse("192.0.2.1"), 24), false, true, false),
                            new InterfaceAddress(new Address(br0, Ip.parse("192.0.2.9"), 24), false, true, false),
                            new InterfaceAddress(new Address(br0, Ip.parse("fd00::1"), 64), true, false, false));
        }
    }

    /// New IPv6 addresses go to the front of the kernel's list, so that one that comes or goes shifts those which a
    /// reading has not reached yet.
    @Test
    void aTableThatChangesWhileBeingReadIsReadAgain() throws Exception {
        sh("ip link add br0 type bridge && ip link set br0 up");
        sh("for i in {1..1000}; do printf 'addr add fd00:7::%x/128 dev br0 nodad noprefixroute\n' $i; done"
                + " | ip -6 -batch -");
        String change = "ip addr %s fd00:8::1/128 dev br0 nodad; sleep 0.004;";
        Process churn = new ProcessBuilder(
                        "bash", "-c", "while " + change.formatted("add") + change.formatted("del") + " do :; done")
                .start();
        try (RouteSocket kernel = new RouteSocket()) {
            for (int i = 0; i < 400; i++) {
                assertThat(kernel.addresses().stream()
                                .filter(address ->
                                        address.address().ip().toString().startsWith("fd00:7:"))
                                .distinct()
                                .count())
                        .isEqualTo(1000);
            }
            assertThat(churn.isAlive()).isTrue();
        } finally {
            churn.destroyForcibly().waitFor();
        }
    }

    @Test
    void theWayToAnAddressIsTold() throws Exception {
        sh("ip link add eth0 type veth peer name far && ip link set eth0 up && ip link set far up");
        sh("ip addr add 192.0.2.1/24 dev eth0 && ip addr add fd00:1::1/64 dev eth0 nodad");
        sh("ip route add default via 192.0.2.254 && ip -6 route add default via fd00:1::fe");
        sh("ip route add blackhole 203.0.113.0/24 && ip -6 route add unreachable fd00:dead::/64");
        try (RouteSocket kernel = new RouteSocket()) {
            int eth = kernel.link("eth0").orElseThrow().index();
            Ip v4 = Ip.parse("192.0.2.1");
            Ip v6 = Ip.parse("fd00:1::1");
            assertThat(kernel.routeTo(Ip.parse("192.0.2.2"))).isEqualTo(new Kernel.Reach(null, eth, v4));
            assertThat(kernel.routeTo(Ip.parse("8.8.8.8")))
                    .isEqualTo(new Kernel.Reach(Ip.parse("192.0.2.254"), eth, v4));
            assertThat(kernel.routeTo(Ip.parse("fd00:1::2"))).isEqualTo(new Kernel.Reach(null, eth, v6));
            assertThat(kernel.routeTo(Ip.parse("2001:db8::1")))
                    .isEqualTo(new Kernel.Reach(Ip.parse("fd00:1::fe"), eth, v6));
            assertThatThrownBy(() -> kernel.routeTo(Ip.parse("203.0.113.1")))
                    .hasMessage("find the route to 203.0.113.1: Invalid argument [errno 22]");
            assertThatThrownBy(() -> kernel.routeTo(Ip.parse("fd00:dead::1")))
                    .hasMessageStartingWith("find the route to fd00:dead::1: ");
        }
    }

    @Test
    void anEmptyNamespaceHasNoRoutes() throws Exception {
        try (RouteSocket kernel = new RouteSocket()) {
            assertThat(kernel.routes()).isEmpty();
        }
    }

    @Test
    void aClosedSocketLeavesNoDescriptor() throws Exception {
        int before = openFiles();
        for (int i = 0; i < 5; i++) {
            RouteSocket kernel = new RouteSocket();
            kernel.links();
            kernel.close();
            kernel.close();
        }
        assertThat(openFiles()).isEqualTo(before);
    }

    private static int openFiles() {
        return new File("/proc/self/fd").list().length;
    }
}
