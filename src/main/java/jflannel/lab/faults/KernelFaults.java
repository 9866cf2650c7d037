package jflannel.lab.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import jflannel.lab.LabNode;
import jflannel.lab.Scenario;

/// Damage to what flanneld keeps in the kernel, in all address families.
final class KernelFaults {
    private static final Set<Scenario> OWN_DEVICE =
            EnumSet.of(Scenario.VXLAN, Scenario.WIREGUARD, Scenario.IPIP, Scenario.IPSEC, Scenario.UDP);

    private static final int CHARON_SECONDS = 30;

    private KernelFaults() {}

    static List<Fault> all() {
        return List.of(
                damage("device-deleted", "the tunnel's device is deleted", """
                                [ ! -e /sys/class/net/$dev ] || ip link del $dev
                                """).with(OWN_DEVICE),
                Fault.of(
                                "device-replaced",
                                "somebody makes a device of another kind with the tunnel's name",
                                FaultBudget.aSecond(),
                                KernelFaults::replaceDevice)
                        .with(Fault.VXLAN),
                damage("device-renamed", "the tunnel's device gets another name", """
                                [ ! -e /sys/class/net/$dev ] || ip link set $dev name other-$name
                                """)
                        .with(OWN_DEVICE),
                damage("device-down", "the tunnel's device is set down", "ip link set $dev down")
                        .with(Fault.DEVICE),
                damage(
                                "mac-rewritten",
                                "the tunnel's MAC address is changed",
                                "ip link set $dev address 02:99:99:99:99:99")
                        .with(Fault.VXLAN),
                damage("address-removed", "the tunnel's address is removed", "$ip addr flush dev $dev scope global")
                        .with(Fault.DEVICE),
                damage("routes-flushed", "flannel's routes are flushed", "$ip route flush proto 102")
                        .with(Fault.KERNEL)
                        .without(Fault.EXTENSION),
                damage("neighbours-flushed", "the tunnel's neighbours are flushed", "$ip neigh flush dev $dev nud all")
                        .with(Fault.VXLAN),
                damage("fdb-flushed", "the tunnel's forwarding entries are removed", """
                                bridge fdb show dev $dev | while read -r mac rest; do
                                  bridge fdb del $mac dev $dev ${rest%%self*} || :
                                done
                                """)
                        .with(Fault.VXLAN),
                Fault.of("peers-removed", "WireGuard's peers are removed", FaultBudget.aSecond(), cluster -> {
                            PeerSubnets.removePeers(cluster.node());
                            cluster.damageIsDone();
                        })
                        .with(Fault.WIREGUARD),
                damage("policies-flushed", "IPsec's policies are flushed", "ip xfrm policy flush")
                        .with(Fault.IPSEC),
                damage(
                                "policies-deleted",
                                "IPsec's policies for packets that leave are deleted one by one",
                                "ip xfrm policy deleteall dir out")
                        .with(Fault.IPSEC),
                damage("keys-flushed", "the kernel's keys for IPsec are flushed", "ip xfrm state flush")
                        .with(Fault.IPSEC),
                Fault.of(
                                "charon-killed",
                                "kill -9 of charon, which negotiates IPsec's keys",
                                new FaultBudget(1000, Duration.ofSeconds(5)),
                                KernelFaults::killCharon)
                        .with(Fault.IPSEC));
    }

    /// Until another one has negotiated keys, which is when both nodes have more than the four of before: they keep
    /// those of the former one for a while.
    private static void killCharon(LabCluster cluster) throws IOException {
        LabNode node = cluster.node();
        String count = "ip xfrm state | grep -c reqid";
        int before = Integer.parseInt(node.sh(count + " || :"));
        node.sh("kill -9 $(ps -e -o pid=,args= | awk '/charon/ && !/awk/ {print $1}' | while read -r pid; do"
                + " [ \"$(readlink /proc/$pid/ns/net)\" != \"$(readlink /proc/self/ns/net)\" ] || echo $pid; done)");
        cluster.damageIsDone();
        if (!LabCluster.await(CHARON_SECONDS, () -> Integer.parseInt(node.sh(count + " || :")) > before)) {
            throw new IOException("no other charon has negotiated keys");
        }
    }

    /// @param script done once for each address family, see [LabCluster#shForEachFamily]
    private static Fault damage(String name, String summary, String script) {
        return Fault.of(name, summary, FaultBudget.aSecond(), cluster -> {
            cluster.shForEachFamily(cluster.node(), script);
            cluster.damageIsDone();
        });
    }

    /// The daemon is stopped meanwhile, as it would be faster.
    private static void replaceDevice(LabCluster cluster) throws IOException {
        LabNode node = cluster.node();
        node.flanneld().freeze();
        for (String device : cluster.devices()) {
            node.sh("ip link del %1$s; ip link add %1$s type bridge; ip link set %1$s up".formatted(device));
        }
        node.flanneld().thaw();
        cluster.damageIsDone();
    }
}
