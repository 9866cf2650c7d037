package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static jflannel.daemon.Labs.soon;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What others write into the store, by mistake or malice, stops neither the daemon nor its way to other peers.
class StrangersIT {
    private static final String[][] NONSENSE = {
        {"subnets/not-a-subnet", "{}"},
        {"subnets/100.96.3.0-99", "{\"PublicIP\":\"10.168.0.9\"}"},
        {"subnets/999.1.2.0-24", "{\"PublicIP\":\"10.168.0.9\"}"},
        {"subnets/100.96.4.0-24", "no json"},
        {"subnets/100.96.5.0-24", "{\"PublicIP\":17}"},
        {"subnets/100.96.6.0-24", "{\"PublicIP\":\"$(reboot)\",\"BackendType\":\"vxlan\"}"},
        {"subnets/100.96.7.0-24", "{\"PublicIP\":\"10.168.0.9\",\"BackendType\":\"vxlan\",\"BackendData\":[]}"},
        {
            "subnets/100.96.8.0-24",
            "{\"PublicIP\":\"10.168.0.9\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VtepMAC\":\"ff:ff:ff:ff:ff:ff\"}}"
        },
        {"subnets/100.96.0.0-16", "{\"PublicIP\":\"10.168.0.9\",\"BackendType\":\"host-gw\"}"},
        {"subnets/100.96.1.0-25", "{\"PublicIP\":\"10.168.0.9\",\"BackendType\":\"host-gw\"}"},
        {"subnets/0.0.0.0-0", "{\"PublicIP\":\"10.168.0.9\",\"BackendType\":\"host-gw\"}"},
        {"subnets/10.168.0.0-24", "{\"PublicIP\":\"10.168.0.9\",\"BackendType\":\"host-gw\"}"},
        {"subnets/100.96.9.0-24", "{\"PublicIP\":\"224.0.0.1\",\"BackendType\":\"host-gw\"}"},
        {"subnets/100.96.10.0-24", "{\"PublicIP\":\"10.168.0.2\",\"BackendType\":\"host-gw\"}"},
        {"subnets/100.96.11.0-24", "{\"PublicIP\":\"203.0.113.9\",\"BackendType\":\"host-gw\"}"},
    };

    @ParameterizedTest
    @EnumSource(names = {"VXLAN", "HOST_GW", "UDP"})
    void nonsenseInTheStoreHarmsNobody(Scenario scenario) throws Exception {
        try (Lab lab = lab(LabSetup.of(scenario).withNodes(3))) {
            LabNode node = lab.node(1);
            Traffic traffic = new Traffic(lab, 1, 2, 60);
            Random random = new Random(5);
            for (String[] pair : NONSENSE) {
                lab.store().put(pair[0], pair[1]);
                byte[] bytes = new byte[random.nextInt(40)];
                random.nextBytes(bytes);
                String garbage = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).replace("\0", "");
                lab.store().put("subnets/100.96." + (100 + random.nextInt(100)) + ".0-24", garbage);
            }
            lab.node(3).flanneld().kill();
            lab.store().delete("subnets/100.96.3.0-24");
            lab.node(3).startFlanneld(); // a good peer that joins after the bad ones
            lab.node(3).awaitReady();
            for (int from : new int[] {1, 2}) {
                soon("node " + from + " reaches the peer that came last", () -> lab.reach(from, 3, Family.IPV4, 1) > 0);
            }
            assertThat(traffic.end().lost()).isZero();
            assertThat(node.flanneld().isAlive()).isTrue();
            assertThat(node.sh("ip route show default")).contains("10.168.0.1");
            assertThat(node.sh("ip route show 10.168.0.0/24")).contains("proto kernel");
            assertThat(node.sh("ip route show 100.96.1.0/24")).contains("dev cni0 proto kernel");

            node.flanneld().kill(); // and it starts again in the middle of it
            node.startFlanneld();
            node.awaitReady();
            soon("node 1 reaches node 2", () -> lab.reach(1, 2, Family.IPV4, 1) > 0);
        }
    }

    @Test
    void aWrongConfigurationIsWaitedForUntilItIsRight() throws Exception {
        try (Lab lab = Lab.prepared(
                LabSetup.of(Scenario.HOST_GW).withConfig("{\"Network\":\"100.96.0.0\"}"), Lab.Progress.NONE)) {
            LabNode node = lab.node(1);
            node.startFlanneld();
            soon(
                    "the log names the key and the value",
                    () -> node.flanneld()
                            .output()
                            .matches("(?s).*E.*coreos.com/network/config: Network: \"100.96.0.0\" cannot be used.*"));
            lab.store().put("config", "{\"Network\":\"100.96.0.0/16\",\"Backend\":{\"Type\":\"host-gw\"}}");
            node.awaitReady();
            assertThat(node.mtu()).isEqualTo(1500);
        }
    }
}
