package jflannel.lab.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lab.LabNode;
import jflannel.lab.Pause;

/// Changes of the interface between the nodes, and of its link.
final class InterfaceFaults {
    private static final int PATIENCE_SECONDS = 12;
    /// More than twice as long as a lease lasts.
    private static final int PARTED_MILLIS = 12_000;

    private static final int ADDRESS_AWAY_MILLIS = 3000;

    private InterfaceFaults() {}

    static List<Fault> all() {
        return List.of(
                Fault.of(
                                "interface-bounced",
                                "eth0 goes down and up: the kernel drops all routes through it, and its IPv6 addresses",
                                FaultBudget.aSecond(),
                                InterfaceFaults::bounce)
                        .without(Fault.EXTENSION),
                Fault.of(
                                "interface-bounced-extension",
                                "the same, where commands make the routes, and a failed one runs again after a second",
                                new FaultBudget(3000, Duration.ofSeconds(3)),
                                InterfaceFaults::bounce)
                        .with(Fault.EXTENSION),
                Fault.of(
                                "interface-address-late",
                                "eth0 goes down and up, and gets its IPv6 address back only after three seconds",
                                new FaultBudget(ADDRESS_AWAY_MILLIS + 2000, Duration.ofSeconds(2)),
                                InterfaceFaults::bounceWithoutIpv6)
                        .withIpv6(),
                Fault.of(
                        "interface-renamed",
                        "eth0 gets another name for three seconds, which must be reported",
                        FaultBudget.nothingLost(2),
                        InterfaceFaults::rename),
                Fault.of(
                                "interface-mtu",
                                "the MTU of eth0 drops to 1400 and returns",
                                FaultBudget.nothingLost(2),
                                InterfaceFaults::changeMtu)
                        .with(Fault.KERNEL),
                Fault.of(
                                "interface-mtu-udp",
                                "the same, where the daemon has to reopen its tunnel",
                                new FaultBudget(1000, Duration.ofSeconds(2)),
                                InterfaceFaults::changeMtu)
                        .with(Fault.UDP),
                renumbered(
                        "interface-renumbered", "a node gets another address, and then the old one back", Family.IPV4),
                renumbered("interface-renumbered-ipv6", "the same with its IPv6 address", Family.IPV6)
                        .withIpv6(),
                Fault.of(
                                "node-parted",
                                "a node is cut off from everything, for longer than its lease lasts",
                                new FaultBudget(PARTED_MILLIS + 3000, Duration.ofSeconds(20)),
                                InterfaceFaults::part)
                        .on(ClusterSpec.SHORT_LEASES)
                        .until(cluster -> cluster.isAsBefore() && cluster.areAllEnrolled()));
    }

    private static void bounce(LabCluster cluster) throws IOException {
        cluster.node().sh("ip link set eth0 down; ip link set eth0 up");
        restore(cluster);
        cluster.damageIsDone();
    }

    /// Restores the node's network, as its configuration would.
    private static void restore(LabCluster cluster) throws IOException {
        cluster.lab().configure(cluster.node());
        cluster.placeForeign(cluster.node());
    }

    private static void bounceWithoutIpv6(LabCluster cluster) throws IOException {
        LabNode node = cluster.node();
        node.sh("ip link set eth0 down; ip link set eth0 up; ip route replace default via 10.168.0.1 dev eth0");
        boolean goesOn = LabCluster.await(2, () -> cluster.lab().reach(1, 2, Family.IPV4, 1) > 0);
        boolean reported = LabCluster.await(
                PATIENCE_SECONDS, () -> LabCluster.readiness(node).contains("[!] interface"));
        Pause.millis(ADDRESS_AWAY_MILLIS);
        restore(cluster);
        cluster.damageIsDone();
        if (!goesOn || !reported) {
            throw new IOException(
                    goesOn
                            ? "/readyz?verbose does not tell that the IPv6 address is gone"
                            : "without its IPv6 address the node carries no IPv4 either");
        }
    }

    private static void rename(LabCluster cluster) throws IOException {
        LabNode node = cluster.node();
        node.sh("ip link set eth0 name other0");
        boolean reported = LabCluster.await(
                PATIENCE_SECONDS, () -> LabCluster.readiness(node).contains("[!] interface"));
        Pause.millis(1000);
        node.sh("ip link set other0 name eth0");
        restore(cluster);
        cluster.damageIsDone();
        if (!reported) {
            throw new IOException("/readyz does not tell that eth0 is gone");
        }
    }

    private static void changeMtu(LabCluster cluster) throws IOException {
        LabNode node = cluster.node();
        String mtu = node.sh("cat /run/flannel/subnet.env").replaceAll("(?s).*FLANNEL_MTU=(\\d+).*", "$1");
        String lower = "FLANNEL_MTU=" + (Integer.parseInt(mtu) - 100) + "\n";
        node.sh("ip link set eth0 mtu 1400");
        boolean followed = LabCluster.await(
                PATIENCE_SECONDS,
                () -> node.sh("cat /run/flannel/subnet.env; echo").contains(lower));
        node.sh("ip link set eth0 mtu 1500");
        cluster.damageIsDone();
        if (!followed) {
            throw new IOException("subnet.env does not say " + lower.strip());
        }
    }

    private static Fault renumbered(String name, String summary, Family family) {
        return Fault.of(name, summary, new FaultBudget(2000, Duration.ofSeconds(2)), cluster -> {
            Ip old = cluster.node().address(family);
            Ip other = old.plus(100);
            move(cluster, old, other);
            if (!LabCluster.await(PATIENCE_SECONDS, () -> cluster.lab().reach(2, 1, family, 1) > 0)) {
                throw new IOException("not reached at the new address");
            }
            Pause.millis(500);
            move(cluster, other, old);
        });
    }

    private static void move(LabCluster cluster, Ip from, Ip to) throws IOException {
        boolean old = from.family() == Family.IPV4;
        // in this order: with the first address of a network the kernel drops all others of it
        cluster.node()
                .sh(
                        old
                                ? "ip addr del %s/24 dev eth0; ip addr add %s/24 dev eth0;".formatted(from, to)
                                        + " ip route replace default via 10.168.0.1 dev eth0"
                                : "ip addr del %s/64 dev eth0; ip addr add %s/64 dev eth0 nodad;".formatted(from, to)
                                        + " ip -6 route replace default via fd00:10:168::1 dev eth0");
        cluster.damageIsDone();
        cluster.placeForeign(cluster.node());
    }

    /// At the switch, so that the node's own interface notices nothing.
    private static void part(LabCluster cluster) throws IOException {
        String port = cluster.node().host().name();
        cluster.lab().router().sh("ip link set " + port + " nomaster");
        Pause.millis(PARTED_MILLIS);
        cluster.lab().router().sh("ip link set " + port + " master sw0");
        cluster.damageIsDone();
    }
}
