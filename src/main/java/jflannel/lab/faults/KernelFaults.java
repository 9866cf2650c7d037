package jflannel.lab.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import jflannel.ip.Family;
import jflannel.lab.LabNode;
import jflannel.lab.Pause;

/// Damage to what flanneld keeps in the kernel, and changes of the interface below it.
final class KernelFaults {
    private KernelFaults() {}

    static List<Fault> all() {
        return List.of(
                damage("device-deleted", "the tunnel's device is deleted", "ip link del $dev")
                        .with(java.util.EnumSet.of(jflannel.lab.Scenario.VXLAN, jflannel.lab.Scenario.UDP)),
                Fault.of(
                                "device-replaced",
                                "somebody makes a device of another kind with the tunnel's name",
                                Promise.aSecond(),
                                KernelFaults::replaceDevice)
                        .with(Fault.VXLAN),
                damage("device-down", "the tunnel's device is set down", "ip link set $dev down")
                        .with(Fault.VXLAN),
                damage(
                                "mac-rewritten",
                                "the tunnel's MAC address is changed",
                                "ip link set $dev address 02:99:99:99:99:99")
                        .with(Fault.VXLAN),
                damage("address-removed", "the tunnel's address is removed", "ip -4 addr flush dev $dev")
                        .with(Fault.VXLAN),
                damage("routes-flushed", "flannel's routes are flushed", "ip route flush proto 102")
                        .with(Fault.KERNEL),
                damage("neighbours-flushed", "the tunnel's neighbours are flushed", "ip neigh flush dev $dev nud all")
                        .with(Fault.VXLAN),
                damage(
                                "fdb-flushed",
                                "the tunnel's forwarding entries are removed",
                                "bridge fdb show dev $dev | while read -r mac rest; do"
                                        + " bridge fdb del $mac dev $dev ${rest%%self*} || :; done")
                        .with(Fault.VXLAN),
                Fault.of(
                        "rules-flushed",
                        "flannel's firewall rules are flushed, which are looked at every five seconds at most",
                        Promise.nothingLost(7),
                        site -> {
                            site.node()
                                    .sh("iptables -t nat -F FLANNEL-POSTRTG; iptables -F FLANNEL-FWD;"
                                            + " iptables -t nat -F POSTROUTING");
                            site.damageIsDone();
                        }),
                Fault.of(
                        "interface-bounced",
                        "eth0 goes down and up: the kernel drops all routes through it",
                        Promise.aSecond(),
                        KernelFaults::bounce),
                Fault.of(
                                "interface-mtu",
                                "the MTU of eth0 goes down to 1400 and up again",
                                Promise.nothingLost(2),
                                KernelFaults::changeMtu)
                        .with(Fault.KERNEL),
                Fault.of(
                                "interface-mtu-udp",
                                "the same, where the daemon makes its tunnel anew for it",
                                new Promise(1000, Duration.ofSeconds(2)),
                                KernelFaults::changeMtu)
                        .with(Fault.UDP),
                Fault.of(
                                "interface-renumbered",
                                "a node gets another address, and the old one again",
                                new Promise(2000, Duration.ofSeconds(2)),
                                KernelFaults::renumber)
                        .until(Site::isAsBefore));
    }

    private static Fault damage(String name, String story, String script) {
        return Fault.of(name, story, Promise.aSecond(), site -> {
            site.node().sh(script.replace("$dev", site.device()));
            site.damageIsDone();
        });
    }

    /// The daemon is stopped meanwhile, as it would be faster.
    private static void replaceDevice(Site site) throws IOException {
        LabNode node = site.node();
        node.flanneld().freeze();
        node.sh("ip link del flannel.1; ip link add flannel.1 type bridge; ip link set flannel.1 up");
        node.flanneld().thaw();
        site.damageIsDone();
    }

    private static void bounce(Site site) throws IOException {
        LabNode node = site.node();
        node.sh("ip link set eth0 down; ip link set eth0 up; ip route replace default via 10.168.0.1 dev eth0");
        site.damageIsDone();
        site.placeForeign(node);
    }

    private static void changeMtu(Site site) throws IOException {
        LabNode node = site.node();
        String mtu = node.sh("cat /run/flannel/subnet.env").replaceAll("(?s).*FLANNEL_MTU=(\\d+).*", "$1");
        String lower = "FLANNEL_MTU=" + (Integer.parseInt(mtu) - 100) + "\n";
        node.sh("ip link set eth0 mtu 1400");
        boolean followed = Site.await(
                12, () -> node.sh("cat /run/flannel/subnet.env; echo").contains(lower));
        node.sh("ip link set eth0 mtu 1500");
        site.damageIsDone();
        if (!followed) {
            throw new IOException("subnet.env does not say " + lower.strip());
        }
    }

    private static void renumber(Site site) throws IOException {
        LabNode node = site.node();
        move(site, node, "10.168.0.2", "10.168.0.102");
        if (!Site.await(12, () -> site.lab().reach(2, 1, Family.IPV4, 1) > 0)) {
            throw new IOException("not reached at the new address");
        }
        Pause.millis(500);
        move(site, node, "10.168.0.102", "10.168.0.2");
    }

    private static void move(Site site, LabNode node, String from, String to) throws IOException {
        // in this order: with the first address of a network the kernel drops all others of it
        node.sh("ip addr del " + from + "/24 dev eth0; ip addr add " + to + "/24 dev eth0;"
                + " ip route replace default via 10.168.0.1 dev eth0");
        site.damageIsDone();
        site.placeForeign(node);
    }
}
