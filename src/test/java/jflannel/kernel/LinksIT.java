package jflannel.kernel;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
    void checksumOffloadIsSetOnANewDeviceAndSetAgain() throws Exception {
        try (RouteSocket kernel = new RouteSocket()) {
            Vxlan kind = new Vxlan(1, 8472, null, 0, false, false);
            Device wanted = new Device("flannel.1", kind, null, 1450, Optional.of(false));
            String state = "ethtool -k flannel.1 | grep '^tx-checksumming'";

            Devices first = new Devices(kernel, Set.of());
            first.converge(List.of(wanted));
            assertThat(sh(state)).isEqualTo("tx-checksumming: off");

            sh("ethtool -K flannel.1 tx on");
            Devices second = new Devices(kernel, Set.of());
            second.converge(List.of(wanted));
            assertThat(sh(state)).isEqualTo("tx-checksumming: off");
            assertThat(second.changes()).isEqualTo(1);

            Devices third = new Devices(kernel, Set.of());
            third.converge(List.of(wanted));
            assertThat(third.changes()).isZero();
            new Devices(kernel, Set.of()).converge(List.of(new Device("flannel.1", kind, null, 1450)));
            assertThat(sh(state)).as("left as it is").isEqualTo("tx-checksumming: off");
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
            assertThat(kernel.link("br0").orElseThrow()).satisfies(changed -> {
                assertThat(changed.index()).isEqualTo(link.index());
                assertThat(changed.mtu()).isEqualTo(1234);
                assertThat(changed.mac()).isEqualTo(mac);
                assertThat(changed.up()).isTrue();
            });
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
        sh("ip addr add 192.0.2.1/24 dev br0 && ip addr add 192.0.2.9/24 dev br0 label br0:1");
        sh("ip addr add 198.51.100.1/32 dev br0 scope link && ip addr add 192.0.2.7/32 dev br0 preferred_lft 0");
        sh("ip addr add fd00::1/64 dev br0 nodad valid_lft 900 preferred_lft 0");
        sh("ip addr add fd00::2/64 dev br0 nodad valid_lft 900 preferred_lft 800 && ip addr add fd00::3/64 dev br0");
        try (RouteSocket kernel = new RouteSocket()) {
            assertThat(words(kernel))
                    .containsExactlyInAnyOrder(
                            "127.0.0.1/8 permanent scope 254 lo",
                            "::1/128 permanent scope 254",
                            "192.0.2.1/24 permanent scope 0 br0",
                            "192.0.2.9/24 permanent secondary scope 0 br0:1",
                            "192.0.2.7/32 deprecated permanent scope 0 br0",
                            "198.51.100.1/32 permanent scope 253 br0",
                            "fd00::1/64 deprecated scope 0",
                            "fd00::2/64 scope 0",
                            "fd00::3/64 permanent tentative scope 0");
        }
    }

    private static List<String> words(Kernel kernel) throws Exception {
        return kernel.addresses().stream()
                .filter(it -> !it.address().ip().isLinkLocal())
                .map(it -> it.address().ip() + "/" + it.address().length()
                        + (it.deprecated() ? " deprecated" : "")
                        + (it.permanent() ? " permanent" : "")
                        + (it.temporary() ? " temporary" : "")
                        + (it.secondary() ? " secondary" : "")
                        + (it.tentative() ? " tentative" : "")
                        + (" scope " + it.scope() + " " + it.label()).stripTrailing())
                .toList();
    }

    @Test
    void aLinkTellsItsOtherNamesItsBridgeAndItsCarrier() throws Exception {
        sh("ip link add eth0 type veth peer name far0 && ip link set eth0 up && ip link set far0 up");
        sh("ip link property add dev eth0 altname enp0s3 altname the-only-port-of-the-left-card");
        sh("ip link add eth1 type veth peer name far1 && ip link add br0 type bridge");
        sh("ip link set eth1 master br0 && ip link set eth1 up"); // its other end is down
        try (RouteSocket kernel = new RouteSocket()) {
            Link eth0 = kernel.link("eth0").orElseThrow();
            assertThat(eth0.altNames()).containsExactly("enp0s3", "the-only-port-of-the-left-card");
            assertThat(eth0.carrier()).isTrue();
            assertThat(eth0.portKind()).isEmpty();
            Link eth1 = kernel.link("eth1").orElseThrow();
            assertThat(eth1.up()).isTrue();
            assertThat(eth1.carrier()).isFalse();
            assertThat(eth1.kind()).isEqualTo("veth");
            assertThat(eth1.portKind()).isEqualTo("bridge");
            assertThat(eth1.altNames()).isEmpty();
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
