package jflannel.lab.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import jflannel.ip.Family;
import jflannel.lab.LabNode;
import jflannel.lab.Pause;

/// Changes of the network configuration while the network carries packets, each taken back afterwards.
final class LiveChanges {
    private static final int PATIENCE_SECONDS = 20;

    private LiveChanges() {}

    static List<Fault> all() {
        return List.of(
                change(
                                "config-vni",
                                "the VNI is changed, so that all tunnels are made anew, and changed back",
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
                                "External is switched on and off, so that all tunnels are made anew, twice",
                                old -> withBackend(old, "{\"Type\":\"vxlan\",\"External\":true}"),
                                "encap ip id 1 ",
                                "encap ip6 id 1 ")
                        .with(Fault.VXLAN),
                change(
                                "config-backend",
                                "the backend becomes host-gw, and vxlan again",
                                old -> withBackend(old, "{\"Type\":\"host-gw\"}"),
                                "via 10.168.0.",
                                "via fd00:10:168::")
                        .with(Fault.VXLAN),
                Fault.of(
                                "config-firewall",
                                "the firewall rules move from iptables to nftables or the other way round, and back",
                                Promise.nothingLost(10),
                                LiveChanges::changeFirewall)
                        .with(Fault.KERNEL),
                Fault.of(
                                "config-subnet-max",
                                "SubnetMax grows smaller; the subnets in use still fit",
                                Promise.nothingLost(10),
                                site -> {
                                    String old = site.lab().store().get("config");
                                    String fewer =
                                            old.replace("{\"Network\"", "{\"SubnetMax\":\"100.96.250.0\",\"Network\"");
                                    site.lab().store().put("config", fewer);
                                    expectLog(site, "100.96.250.0");
                                    site.lab().store().put("config", old);
                                })
                        .with(Fault.KERNEL),
                Fault.of(
                        "config-broken",
                        "somebody writes a configuration that cannot be used, and deletes it",
                        Promise.nothingLost(10),
                        site -> {
                            String old = site.lab().store().get("config");
                            site.lab().store().put("config", "{\"Network\":\"100.96.0.0\"}");
                            expectLog(site, "the new network configuration cannot be used");
                            site.lab().store().put("config", withBackend(old, "{\"Type\":\"pigeon\"}"));
                            expectLog(site, "pigeon");
                            site.lab().store().delete("config");
                            expectLog(site, "config is gone");
                            site.lab().store().put("config", old);
                        }));
    }

    private static String withBackend(String config, String backend) {
        return config.replaceFirst("\"Backend\":.*", "\"Backend\":" + backend + "}");
    }

    /// @param config makes the other configuration of the one that is there
    /// @param sign in the IPv4 routes of both nodes when the change has been made
    /// @param sign6 the same in the IPv6 routes
    private static Fault change(String name, String story, UnaryOperator<String> config, String sign, String sign6) {
        return Fault.of(name, story, new Promise(2000, Duration.ofSeconds(3)), site -> {
            String old = site.lab().store().get("config");
            site.lab().store().put("config", config.apply(old));
            boolean made = Site.await(PATIENCE_SECONDS, () -> hasRoutes(site, sign, sign6) && reachesAll(site));
            Pause.millis(1000);
            site.lab().store().put("config", old);
            site.damageIsDone();
            if (!made) {
                throw new IOException("the change was not made: " + routes(site.node()) + routes(site.other()));
            }
        });
    }

    private static boolean hasRoutes(Site site, String sign, String sign6) throws IOException {
        for (LabNode node : site.lab().nodes()) {
            String routes = routes(node);
            if (!routes.contains(sign) || site.families().contains(Family.IPV6) && !routes.contains(sign6)) {
                return false;
            }
        }
        return true;
    }

    private static boolean reachesAll(Site site) throws IOException {
        for (Family family : site.families()) {
            if (site.lab().reach(1, 2, family, 1) < 0) {
                return false;
            }
        }
        return true;
    }

    private static String routes(LabNode node) throws IOException {
        return node.sh("ip route show proto 102; ip -6 route show proto 102");
    }

    private static void changeFirewall(Site site) throws IOException {
        String old = site.lab().store().get("config");
        String other = site.nftables()
                ? old.replace("\"EnableNFTables\":true,", "")
                : old.replace("\"Backend\"", "\"EnableNFTables\":true,\"Backend\"");
        site.lab().store().put("config", other);
        boolean made = Site.await(PATIENCE_SECONDS, () -> {
            String rules = site.node().sh("iptables-save | grep -e '-A FLANNEL' || :; nft list tables");
            return rules.contains("-A FLANNEL") == site.nftables() && rules.contains("flannel-ipv4") != site.nftables();
        });
        site.lab().store().put("config", old);
        site.damageIsDone();
        if (!made) {
            throw new IOException("the rules did not move");
        }
    }

    private static void expectLog(Site site, String words) throws IOException {
        for (LabNode node : site.lab().nodes()) {
            if (!Site.await(PATIENCE_SECONDS, () -> node.flanneld().output().contains(words))) {
                throw new IOException(node.host().name() + " does not say \"" + words + "\"");
            }
        }
    }
}
