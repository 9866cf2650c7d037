package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Of what the old network configuration had in the kernel, nothing is left once the new one is at work, whether it
/// was changed while the daemons ran or while they did not.
class ConfigChangeIT {
    private static final String FOREIGN = "172.30.0.0/16 via 10.168.0.77 dev eth0";

    @ParameterizedTest(name = "from {0} to {1}, while the daemons run: {2}")
    @CsvSource({
        "HOST_GW, UDP, true",
        "HOST_GW, ALLOC, true",
        "VXLAN, UDP, false",
        "VXLAN, HOST_GW, false",
        "UDP, VXLAN, false"
    })
    void anotherBackendLeavesNothingOfTheFormer(Scenario from, Scenario to, boolean running) throws Exception {
        try (Lab lab = lab(from)) {
            for (LabNode node : lab.nodes()) {
                node.sh("ip route add 172.30.0.0/16 via 10.168.0.77 dev eth0 proto 102"); // another flanneld's
            }
            change(lab, "{\"Network\":\"100.96.0.0/16\",\"Backend\":{\"Type\":\"" + to.title() + "\"}}", running);
            for (LabNode node : lab.nodes()) {
                LabNode other = lab.node(3 - node.number());
                awaitState(
                        node,
                        switch (to) {
                            case UDP ->
                                "100.96.0.0/16 dev flannel0 scope link\n" + FOREIGN
                                        + "\nflannel0\nflannelg\nflannelh\nflannelv";
                            case VXLAN ->
                                "%s via %s dev flannel.1 onlink\n%s\nflannel.1"
                                        .formatted(
                                                other.subnet(Family.IPV4),
                                                other.subnet(Family.IPV4).address(),
                                                FOREIGN);
                            case HOST_GW ->
                                "%s via %s dev eth0\n%s"
                                        .formatted(other.subnet(Family.IPV4), other.address(Family.IPV4), FOREIGN);
                            default -> FOREIGN;
                        });
            }
            if (to != Scenario.ALLOC) {
                assertThat(lab.reach(1, 2, Family.IPV4, 10)).isPositive();
            }
        }
    }

    @ParameterizedTest(name = "{0}, while the daemons run: {1}")
    @CsvSource({"HOST_GW, true", "HOST_GW, false", "VXLAN_DIRECT, true"})
    void anotherNetworkLeavesNothingOfTheFormer(Scenario scenario, boolean running) throws Exception {
        try (Lab lab = lab(scenario)) {
            String config = lab.store().get("config");
            change(lab, config.replace("100.96.0.0/16", "100.97.0.0/16"), running);
            for (LabNode node : lab.nodes()) {
                LabNode other = lab.node(3 - node.number());
                await().atMost(Duration.ofSeconds(30)).ignoreExceptions().untilAsserted(() -> {
                    String subnet = other.sh(
                            "sed -n 's/FLANNEL_SUBNET=\\(.*\\).1\\/24/\\1.0\\/24/p'" + " /run/flannel/subnet.env");
                    assertThat(subnet).startsWith("100.97.");
                    assertThat(node.sh("ip route show proto 102"))
                            .isEqualTo("%s via %s dev eth0".formatted(subnet, other.address(Family.IPV4)));
                });
                // they have left, and are not lost
                assertThat(node.flanneld().output()).doesNotContain("the store has lost");
            }
        }
    }

    @Test
    void theOptionsForDockerFollowTheSubnet() throws Exception {
        String options = "/run/flannel/docker_opts.env";
        try (Lab lab = lab(LabSetup.of(Scenario.HOST_GW).withFlags("--docker-opts-file=" + options))) {
            LabNode node = lab.node(1);
            assertThat(node.sh("cat " + options)).contains("DOCKER_OPTS=\" --bip=100.96.1.1/24 --ip-masq=");
            lab.store().put("config", lab.store().get("config").replace("100.96.0.0/16", "100.97.0.0/16"));
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                String moved = node.sh(". /run/flannel/subnet.env; echo $FLANNEL_SUBNET"); // written a moment later
                assertThat(moved).startsWith("100.97.");
                assertThat(node.sh("cat " + options)).contains("DOCKER_OPTS=\" --bip=" + moved + " ");
            });
        }
    }

    @Test
    void aFamilyThatIsNotWantedAnyMoreLeavesNothing() throws Exception {
        LabSetup dual = LabSetup.of(Scenario.HOST_GW).withFamilies(EnumSet.allOf(Family.class));
        try (Lab lab = lab(dual)) {
            LabNode node = lab.node(1);
            assertThat(node.sh("ip -6 route show proto 102")).isNotEmpty();
            lab.store().put("config", "{\"Network\":\"100.96.0.0/16\",\"Backend\":{\"Type\":\"host-gw\"}}");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> node.sh("ip -6 route show proto 102").isEmpty());
            assertThat(lab.reach(1, 2, Family.IPV4, 10)).isPositive();
        }
    }

    @Test
    void aPortThatIsNotNamedAnyMoreIsTheUsualOneAgain() throws Exception {
        String config = "{\"Network\":\"100.96.0.0/16\",\"Backend\":{\"Type\":\"vxlan\"%s}}";
        try (Lab lab = lab(LabSetup.of(Scenario.VXLAN).withConfig(config.formatted(",\"Port\":4789")))) {
            LabNode node = lab.node(1);
            assertThat(node.sh("ip -d link show flannel.1")).contains(" dstport 4789 ");
            lab.store().put("config", config.formatted(""));
            for (LabNode each : lab.nodes()) {
                await().atMost(Duration.ofSeconds(30))
                        .ignoreExceptions() // for a moment there is no such device
                        .until(() -> each.sh("ip -d link show flannel.1").contains(" dstport 8472 "));
            }
            assertThat(lab.reach(1, 2, Family.IPV4, 10)).isPositive();
        }
    }

    @Test
    void aBlackholeThatIsNotWantedAnyMoreGoesThoughTheStoreWasSilentAtTheStart() throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.HOST_GW))) {
            LabNode node = lab.node(1);
            String routes = "ip route show type blackhole";
            end(node);
            node.startFlanneld("--ip-blackhole-route");
            node.awaitReady();
            assertThat(node.sh(routes)).contains("100.96.1.0/24");
            end(node);
            lab.store().freeze();
            node.startFlanneld();
            node.awaitReady();
            assertThat(node.sh(routes)).contains("100.96.1.0/24");
            lab.store().thaw();
            await().atMost(Duration.ofSeconds(30)).until(() -> node.sh(routes).isEmpty());
        }
    }

    @Test
    void whatWasSaidOfANodeWithoutTheStoreIsTakenBackWhenItBeginsAnew() throws Exception {
        String config = "{\"Network\":\"100.96.0.0/16\",\"Backend\":{\"Type\":\"vxlan\",\"VNI\":%d}}";
        LabSetup setup =
                LabSetup.of(Scenario.VXLAN).withFlags("--healthz-port=8085").withConfig(config.formatted(1));
        try (Lab lab = lab(setup)) {
            LabNode node = lab.node(1);
            String remarks = "curl -s http://127.0.0.1:8085/readyz?verbose";
            end(node);
            lab.store().put("config", config.formatted(2));
            lab.store().freeze();
            node.startFlanneld();
            node.awaitReady();
            assertThat(node.sh(remarks)).contains("[!] store: ");
            lab.store().thaw();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> node.sh("ls /sys/class/net").contains("flannel.2"));
            await().atMost(Duration.ofSeconds(30)).until(() -> !node.sh(remarks).contains("[!] store: "));
        }
    }

    private static void end(LabNode node) throws Exception {
        Path state = node.host().run().resolve("flannel/state.json");
        await().until(() -> Files.exists(state));
        node.flanneld().terminate(10);
    }

    private static void change(Lab lab, String config, boolean running) throws Exception {
        if (running) {
            lab.store().put("config", config);
            return;
        }
        for (LabNode node : lab.nodes()) {
            end(node);
        }
        lab.store().put("config", config);
        for (LabNode node : lab.nodes()) {
            node.startFlanneld();
            node.awaitReady();
        }
    }

    private static void awaitState(LabNode node, String expected) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(node.sh(
                                "ip route show proto 102 | sed 's/ *$//'; ls /sys/class/net | grep flannel || :"))
                        .isEqualTo(expected));
    }
}
