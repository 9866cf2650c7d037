package jflannel.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;
import jflannel.ip.Family;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The daemon in a Kubernetes cluster: real daemons on two nodes, whose pods reach each other.
class KubeIT {
    private static final String UP = "\"reason\":\"FlannelIsUp\"";

    @TempDir
    private Path folder;

    private static void soon(Callable<Boolean> condition) {
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(condition);
    }

    @Test
    void podsReachEachOtherOverBothFamiliesWhateverHappensToTheApi() throws Exception {
        try (KubeLab kube = new KubeLab(folder, EnumSet.allOf(Family.class), "{\"Type\":\"vxlan\"}")) {
            for (int i = 1; i <= 2; i++) {
                kube.register(i, "100.96." + i + ".0/24", "fd00:100:96:" + i + "::/64");
            }
            // what an earlier run, perhaps of Go flannel, announced: its peers go by this MAC address
            kube.annotate(1, "backend-data", "{\"VNI\":1,\"VtepMAC\":\"12:c6:65:89:b4:e3\"}");
            kube.annotate(1, "kube-subnet-manager", "true");
            kube.startFlanneld(1);
            kube.startFlanneld(2);
            kube.attach(1);
            kube.attach(2);
            for (Family family : Family.values()) {
                assertThat(kube.lab().reach(1, 2, family, 10))
                        .as(family.toString())
                        .isPositive();
            }
            assertThat(kube.node(1).sh("cat /sys/class/net/flannel.1/address || ip link show flannel.1"))
                    .contains("12:c6:65:89:b4:e3");
            assertThat(kube.annotation(1, "backend-data")).isEqualTo("{\"VNI\":1,\"VtepMAC\":\"12:c6:65:89:b4:e3\"}");
            assertThat(kube.annotation(1, "public-ip")).isEqualTo("10.168.0.2");
            assertThat(kube.annotation(1, "public-ipv6")).isEqualTo("fd00:10:168::2");
            soon(() -> kube.object(1).contains(UP) && kube.object(2).contains(UP));

            String before = Labs.kernelState(kube.node(1));
            kube.api().stop();
            Thread.sleep(1_000); // an outage that the daemons notice
            assertThat(Labs.kernelState(kube.node(1))).isEqualTo(before);
            assertThat(kube.lab().reach(2, 1, Family.IPV4, 10)).isPositive();
            kube.there(() -> {
                kube.api().start();
                return null;
            });

            kube.node(1).flanneld().kill();
            kube.delete(2); // while nobody looks
            kube.startFlanneld(1);
            soon(() -> !Labs.kernelState(kube.node(1)).contains("100.96.2."));
            soon(() -> kube.object(2).contains("not found"));
            kube.register(2, "100.96.2.0/24", "fd00:100:96:2::/64"); // node 2 annotates it anew by itself
            soon(() -> Labs.kernelState(kube.node(1)).contains("100.96.2.0/24"));
            assertThat(kube.lab().reach(1, 2, Family.IPV6, 10)).isPositive();
        }
    }

    @Test
    void waitsForItsPodCidrAndThenGoesOn() throws Exception {
        try (KubeLab kube = new KubeLab(folder, Set.of(Family.IPV4), "{\"Type\":\"host-gw\"}")) {
            kube.register(1);
            kube.startFlanneld(1, "--healthz-port=8081");
            soon(() -> kube.node(1).sh("cat /run/flannel/status.json").contains("\"state\":\"waiting-for-lease\""));
            soon(() -> kube.node(1).sh("cat /run/flannel/status.json").contains("node node-1 has no podCIDR yet"));
            assertThat(kube.node(1).sh("curl -s -w ' %{http_code}' http://127.0.0.1:8081/healthz"))
                    .endsWith(" 200");
            assertThat(kube.node(1).sh("curl -s -w ' %{http_code}' http://127.0.0.1:8081/readyz"))
                    .endsWith(" 503");
            soon(() -> kube.object(1).contains("\"reason\":\"FlannelIsWaiting\""));
            ObjectNode patch = new ObjectMapper().createObjectNode();
            patch.putObject("spec").put("podCIDR", "100.96.1.0/24");
            kube.patch(1, patch);
            kube.attach(1);
            soon(() -> kube.object(1).contains(UP));
            assertThat(kube.annotation(1, "backend-data")).isEqualTo("null");
            soon(() -> kube.node(1)
                    .sh("curl -s -w ' %{http_code}' http://127.0.0.1:8081/readyz")
                    .endsWith(" 200"));
            assertThat(kube.node(1).flanneld().output()).containsOnlyOnce("has no podCIDR yet");

            kube.configure(1, "{\"Type\":\"no-such\"}");
            soon(() -> kube.node(1).flanneld().output().contains("keeps the old one"));
            kube.configure(1, "{\"Type\":\"vxlan\",\"VNI\":7}");
            soon(() -> kube.annotation(1, "backend-type").equals("vxlan"));
            soon(() -> kube.node(1).sh("ip -d link show flannel.7").contains("vxlan id 7 "));
            assertThat(kube.node(1).flanneld().output()).contains("the network configuration was changed");
            assertThat(kube.node(1).flanneld().terminate(20)).isZero();
        }
    }

    @Test
    void startsWithoutTheApiWithWhateverPodCidrAndAddressItWasGiven() throws Exception {
        try (KubeLab kube = new KubeLab(folder, Set.of(Family.IPV4), "{\"Type\":\"vxlan\"}")) {
            kube.register(1, "100.96.1.0/26");
            kube.register(2, "100.96.1.64/26");
            kube.annotate(1, "node-public-ip", "203.0.113.1"); // as behind NAT
            kube.startFlanneld(1);
            kube.startFlanneld(2);
            soon(() -> Labs.kernelState(kube.node(1)).contains("100.96.1.64/26"));
            assertThat(kube.annotation(1, "public-ip")).isEqualTo("203.0.113.1");
            Path state = kube.node(1).host().run().resolve("flannel/state.json");
            soon(() -> Files.readString(state).contains("100.96.1.64"));
            String before = Labs.kernelState(kube.node(1));
            kube.node(1).flanneld().terminate(10);
            kube.api().stop();
            kube.node(1).sh("ip link del flannel.1");
            kube.startFlanneld(1);
            kube.node(1).awaitReady();
            assertThat(Labs.kernelState(kube.node(1))).isEqualTo(before);
            assertThat(kube.node(1).sh("cat /run/flannel/status.json"))
                    .contains("the store does not answer; this node continues with what it remembers");
        }
    }
}
