package jflannel.lab.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import jflannel.ip.Family;
import jflannel.lab.LabNode;
import jflannel.lab.Pause;
import jflannel.lab.Scenario;

/// Changes of the network configuration while the network carries packets, each undone afterwards. In Kubernetes it
/// is a file, which is checked every two seconds.
final class ConfigFaults {
    private static final int PATIENCE_SECONDS = 20;

    private static final Set<Scenario> CHANGEABLE =
            EnumSet.of(Scenario.VXLAN, Scenario.WIREGUARD, Scenario.IPIP, Scenario.IPSEC, Scenario.EXTENSION);

    private ConfigFaults() {}

    static List<Fault> all() {
        return List.of(
                change(
                                "config-vni",
                                "the VNI is changed, so that all tunnels are recreated, and changed back",
                                old -> withBackend(old, "{\"Type\":\"vxlan\",\"VNI\":2}"),
                                "dev flannel.2",
                                "dev flannel-v6.2")
                        .with(Fault.VXLAN),
                change(
                                "config-direct-routing",
                                "DirectRouting is switched on and off",
                                old -> withBackend(old, "{\"Type\":\"vxlan\",\"DirectRouting\":true}"),
                                "via 10.168.0.",
                                "via fd00:10:168::")
                        .with(Fault.VXLAN),
                change(
                                "config-external",
                                "External is switched on and off, so that all tunnels are recreated twice",
                                old -> withBackend(old, "{\"Type\":\"vxlan\",\"External\":true}"),
                                "encap ip id 1 ",
                                "encap ip6 id 1 ")
                        .with(Fault.VXLAN),
                change(
                                "config-backend",
                                "the backend becomes host-gw, and then what it was",
                                old -> withBackend(old, "{\"Type\":\"host-gw\"}"),
                                "dev eth0",
                                "dev eth0")
                        .with(CHANGEABLE),
                Fault.of(
                                "config-firewall",
                                "the firewall rules move from iptables to nftables or the other way round, and back",
                                FaultBudget.nothingLost(10),
                                ConfigFaults::changeFirewall)
                        .with(Fault.KERNEL),
                Fault.of(
                                "config-subnet-max",
                                "SubnetMax is lowered; the subnets in use still fit",
                                FaultBudget.nothingLost(10),
                                cluster -> {
                                    String old = cluster.config();
                                    String fewer =
                                            old.replace("{\"Network\"", "{\"SubnetMax\":\"100.96.250.0\",\"Network\"");
                                    expectLog(cluster, "configuration was changed", () -> cluster.configure(fewer));
                                    cluster.configure(old);
                                })
                        .with(Fault.KERNEL)
                        .in(LeaseStoreKind.ETCD),
                Fault.of(
                        "config-broken",
                        "somebody writes an unusable configuration, and deletes it",
                        FaultBudget.nothingLost(10),
                        cluster -> {
                            String old = cluster.config();
                            expectLog(
                                    cluster,
                                    "the new network configuration cannot be used",
                                    () -> cluster.configure("{\"Network\":\"100.96.0.0\"}"));
                            expectLog(
                                    cluster,
                                    "pigeon",
                                    () -> cluster.configure(withBackend(old, "{\"Type\":\"pigeon\"}")));
                            if (cluster.kube() == null) {
                                expectLog(
                                        cluster,
                                        "config is gone",
                                        () -> cluster.lab().store().delete("config"));
                            }
                            cluster.configure(old);
                        }));
    }

    private static String withBackend(String config, String backend) {
        return config.replaceFirst("\"Backend\":.*", "\"Backend\":" + backend + "}");
    }

    /// @param config makes the new configuration from the current one
    /// @param sign appears in the IPv4 routes of both nodes once the change has been made
    /// @param sign6 the same in the IPv6 routes
    private static Fault change(String name, String summary, UnaryOperator<String> config, String sign, String sign6) {
        return Fault.of(name, summary, new FaultBudget(2000, Duration.ofSeconds(5)), cluster -> {
            String old = cluster.config();
            cluster.configure(config.apply(old));
            boolean made =
                    LabCluster.await(PATIENCE_SECONDS, () -> hasRoutes(cluster, sign, sign6) && reachesAll(cluster));
            Pause.millis(1000);
            cluster.configure(old);
            cluster.damageIsDone();
            if (!made) {
                throw new IOException("the change was not made: " + routes(cluster.node()) + routes(cluster.other()));
            }
        });
    }

    private static boolean hasRoutes(LabCluster cluster, String sign, String sign6) throws IOException {
        for (LabNode node : cluster.lab().nodes()) {
            String routes = routes(node);
            if (!routes.contains(sign) || cluster.families().contains(Family.IPV6) && !routes.contains(sign6)) {
                return false;
            }
        }
        return true;
    }

    private static boolean reachesAll(LabCluster cluster) throws IOException {
        for (Family family : cluster.families()) {
            if (cluster.lab().reach(1, 2, family, 1) < 0) {
                return false;
            }
        }
        return true;
    }

    private static String routes(LabNode node) throws IOException {
        return node.sh("ip route show proto 102; ip -6 route show proto 102");
    }

    private static void changeFirewall(LabCluster cluster) throws IOException {
        String old = cluster.config();
        String other = cluster.nftables()
                ? old.replace("\"EnableNFTables\":true,", "")
                : old.replace("\"Backend\"", "\"EnableNFTables\":true,\"Backend\"");
        cluster.configure(other);
        boolean made = LabCluster.await(PATIENCE_SECONDS, () -> {
            String rules = cluster.node().sh("iptables-save | grep -e '-A FLANNEL' || :; nft list tables");
            return rules.contains("-A FLANNEL") == cluster.nftables()
                    && rules.contains("flannel-ipv4") != cluster.nftables();
        });
        cluster.configure(old);
        cluster.damageIsDone();
        if (!made) {
            throw new IOException("the rules did not move");
        }
    }

    private interface Change {
        void make() throws IOException;
    }

    /// Makes a change, and waits until all nodes have logged the words since.
    private static void expectLog(LabCluster cluster, String words, Change change) throws IOException {
        Map<LabNode, Integer> before = new HashMap<>();
        for (LabNode node : cluster.lab().nodes()) {
            before.put(node, node.flanneld().output().length());
        }
        change.make();
        for (LabNode node : cluster.lab().nodes()) {
            if (!LabCluster.await(
                    PATIENCE_SECONDS,
                    () -> node.flanneld().output().substring(before.get(node)).contains(words))) {
                throw new IOException(node.host().name() + " does not say \"" + words + "\"");
            }
        }
    }
}
