package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.EnumSet;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.testing.FlannelCommand;
import jflannel.testing.FlannelCommand.Said;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// `flannel status` and `flannel peers` on the nodes of a lab.
class ToolsIT {
    /// A busy machine must not make the store look silent.
    private static final String PATIENT = "--store-timeout=20";

    private static Said flannel(LabNode node, String... words) throws IOException {
        return node.host()
                .call(() -> FlannelCommand.run(
                        Stream.concat(Stream.of(words), Stream.of(PATIENT)).toArray(String[]::new)));
    }

    @Test
    void sayWhatIsWrongWhileTheDaemonAndThenTheStoreAreDown() throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.VXLAN).withNodes(3).withFamilies(EnumSet.allOf(Family.class)))) {
            LabNode node = lab.node(1);
            assertThat(flannel(node, "status").output())
                    .contains("working", "2 of 2 programmed (says the daemon)", "jflannel, process");
            assertThat(flannel(node, "status", "--store").output()).contains("2 of 2 programmed\n");
            assertThat(flannel(node, "status").exitCode()).isZero();
            assertThat(flannel(node, "peers").exitCode()).isZero();

            Said probed = flannel(node, "peers", "--probe");
            assertThat(probed.output()).contains("1500 bytes", "1430 bytes").doesNotContain(" of ");
            assertThat(probed.exitCode()).isZero();
            // where the packets are wrapped, as a cloud's firewall between the hosts would
            node.sh("nft add table ip lost; nft 'add chain ip lost out { type filter hook output priority 0; }';"
                    + " nft add rule ip lost out ip daddr 10.168.0.3 udp dport 8472 drop");
            lab.node(3).sh("ip link set eth0 mtu 1400");
            Said broken = flannel(node, "peers", "--probe", "10.168.0.3", "100.96.3.0/24");
            assertThat(broken.output())
                    .contains(
                            "the tunnel is broken, the way between the hosts is not",
                            "1404 of 1500 bytes") // a veth device lets room for a VLAN tag pass
                    .contains("1354 of 1430 bytes", "no packets of more than 1404 bytes");
            assertThat(broken.exitCode()).isOne();
            node.sh("nft delete table ip lost");
            lab.node(3).sh("ip link set eth0 mtu 1500");

            node.sh("ip route del 100.96.3.0/24");
            await().untilAsserted(() ->
                    assertThat(flannel(node, "status").output()).containsPattern("repaired .*put route 100.96.3.0/24"));
            node.flanneld().freeze();
            assertThat(flannel(node, "status").output())
                    .contains("daemon-silent", "the process has been stopped", "2 of 2 programmed")
                    .doesNotContain("says the daemon");

            node.flanneld().kill();
            Said down = flannel(node, "status");
            assertThat(down.output())
                    .contains("degraded", "daemon-down", "2 of 2 programmed")
                    .contains("iptables: FLANNEL-FWD, FLANNEL-POSTRTG, in place")
                    .doesNotContain("firewall-failing");
            assertThat(down.exitCode()).isOne();
            node.sh("ip6tables -D FORWARD -m comment --comment 'flanneld forward' -j FLANNEL-FWD");
            assertThat(flannel(node, "status").output())
                    .contains("firewall-failing: ip6tables: no rule of FORWARD leads to FLANNEL-FWD");

            node.sh("ip route del 100.96.2.0/24");
            assertThat(flannel(node, "status").output())
                    .contains(
                            "entries-missing: the kernel lacks entries for 1 of 2 peers",
                            "via 100.96.2.0 dev flannel.1");
            Said peers = flannel(node, "peers");
            assertThat(peers.output()).contains("no route").contains("neighbor, fdb, route");
            assertThat(peers.exitCode()).isOne();

            lab.store().kill();
            Said silent = node.host().call(() -> FlannelCommand.run("status", "--store-timeout=1", "-o", "json"));
            assertThat(silent.output())
                    .contains("\"store-silent\"", "\"entries-missing\"", "\"total\": 2", "state.json");

            node.sh("ip link del flannel.1");
            Said dead = node.host().call(() -> FlannelCommand.run("status", "--store-timeout=1"));
            assertThat(dead.output()).contains("not working", "backend-failing: there is no device flannel.1");
            assertThat(dead.exitCode()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Scenario.class,
            names = {"HOST_GW", "UDP", "ALLOC"})
    void findNothingWrongWhereNothingIs(Scenario scenario) throws Exception {
        try (Lab lab = Lab.with(LabSetup.of(scenario))) {
            lab.node(1).awaitReady();
            Said said = flannel(lab.node(1), "status");
            assertThat(said.output()).startsWith("status     working").contains("1 of 1 programmed");
            assertThat(said.exitCode()).isZero();
        }
    }
}
