package jflannel.lab.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import jflannel.ip.Family;
import jflannel.lab.LabNode;
import jflannel.lab.Pause;

/// Changes of the network configuration while the network carries packets, each taken back afterwards.
final class LiveChanges {
    private static final String NETWORK = "{\"Network\":\"100.96.0.0/16\",%s\"Backend\":%s}";
    private static final int PATIENCE_SECONDS = 20;

    private LiveChanges() {}

    static List<Fault> all() {
        return List.of(
                change(
                                "config-vni",
                                "the VNI is changed, so that all tunnels are made anew, and changed back",
                                NETWORK.formatted("", "{\"Type\":\"vxlan\",\"VNI\":2}"),
                                "flannel.2")
                        .with(Fault.VXLAN),
                change(
                                "config-direct-routing",
                                "DirectRouting is switched on and off",
                                NETWORK.formatted("", "{\"Type\":\"vxlan\",\"DirectRouting\":true}"),
                                "via 10.168.0.")
                        .with(Fault.VXLAN),
                change(
                                "config-external",
                                "External is switched on and off, so that all tunnels are made anew, twice",
                                NETWORK.formatted("", "{\"Type\":\"vxlan\",\"External\":true}"),
                                "encap ip id 1 ")
                        .with(Fault.VXLAN),
                change(
                                "config-backend",
                                "the backend becomes host-gw, and vxlan again",
                                NETWORK.formatted("", "{\"Type\":\"host-gw\"}"),
                                "via 10.168.0.")
                        .with(Fault.VXLAN),
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
                            site.lab().store().put("config", NETWORK.formatted("", "{\"Type\":\"pigeon\"}"));
                            expectLog(site, "pigeon");
                            site.lab().store().delete("config");
                            expectLog(site, "config is gone");
                            site.lab().store().put("config", old);
                        }));
    }

    /// @param sign in the routes of both nodes when the change has been made
    private static Fault change(String name, String story, String config, String sign) {
        return Fault.of(name, story, new Promise(2000, Duration.ofSeconds(3)), site -> {
            String old = site.lab().store().get("config");
            site.lab().store().put("config", config);
            boolean made = Site.await(
                    PATIENCE_SECONDS,
                    () -> routes(site.node()).contains(sign)
                            && routes(site.other()).contains(sign)
                            && site.lab().reach(1, 2, Family.IPV4, 1) > 0);
            Pause.millis(1000);
            site.lab().store().put("config", old);
            site.damageIsDone();
            if (!made) {
                throw new IOException("the change was not made: " + routes(site.node()) + routes(site.other()));
            }
        });
    }

    private static String routes(LabNode node) throws IOException {
        return node.sh("ip route show proto 102");
    }

    private static void expectLog(Site site, String words) throws IOException {
        for (LabNode node : site.lab().nodes()) {
            if (!Site.await(PATIENCE_SECONDS, () -> node.flanneld().output().contains(words))) {
                throw new IOException(node.host().name() + " does not say \"" + words + "\"");
            }
        }
    }
}
