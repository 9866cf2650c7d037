package jflannel.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import jflannel.ip.Family;
import jflannel.kernel.Link;
import jflannel.kernel.Plan;
import jflannel.kernel.RouteSocket;
import jflannel.kernel.WireguardDevices;
import jflannel.kernel.WireguardPeer;
import jflannel.kernel.WireguardState;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.Patience;
import jflannel.testing.FlannelCommand;
import org.junit.jupiter.api.Test;

/// WireGuard: the kernel's own, run by [KernelBackendsIT], and that of a program, by [WireguardProgramIT].
class WireguardGuestTests {
    final Lab lab = lab();

    private static Lab lab() {
        try {
            return GuestLab.with("{\"Type\":\"wireguard\"}");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRestartLosesNothingAndKeepsTheSession() throws Exception {
        LabNode node = lab.node(1);
        assertThat(node.sh("ip -d link show flannel-wg")).contains("mtu 1420");
        assertThat(node.sh("ip route show dev flannel-wg")).isEqualTo("100.96.0.0/16 proto 102 scope link");
        WireguardState.Peer before = peer(node);
        Traffic there = new Traffic(lab, 1, 2, 600);
        Traffic back = new Traffic(lab, 2, 1, 600);
        node.flanneld().kill();
        node.startFlanneld();
        node.awaitReady();
        for (Traffic traffic : List.of(there, back)) {
            Traffic.Count ping = traffic.end();
            System.out.println("at a restart: " + ping);
            assertThat(ping.received()).isGreaterThan(20);
            assertThat(ping.lost()).isZero();
        }
        WireguardState.Peer after = peer(node);
        assertThat(after.settings()).isEqualTo(before.settings());
        assertThat(after.received()).as("the same session").isGreaterThan(before.received());
    }

    @Test
    void aPeerThatWasRemovedByHandIsBack() throws Exception {
        LabNode node = lab.node(1);
        WireguardPeer peer = peer(node).settings();
        Thread.sleep(Patience.of(Duration.ofSeconds(1)));
        change(node, Plan.Verb.DELETE, peer);
        assertThat(peers(node)).isEmpty();
        Labs.soon("the peer is back", () -> peers(node).size() == 1);
        assertThat(lab.reach(1, 2, Family.IPV4, 5)).isPositive();
        WireguardPeer narrowed = new WireguardPeer(
                peer.ifIndex(), peer.publicKey(), peer.preshared(), peer.host(), peer.port(), 0, java.util.Set.of());
        change(node, Plan.Verb.REPLACE, narrowed);
        Labs.soon(
                "it has its networks again",
                () -> peer(node).settings().networks().equals(peer.networks()));
    }

    @Test
    void aNodeWithAnotherKeyIsAnotherPeer() throws Exception {
        LabNode node = lab.node(2);
        WireguardPeer before = peer(lab.node(1)).settings();
        node.flanneld().kill();
        node.sh("rm /run/flannel/wgkey");
        node.startFlanneld();
        node.awaitReady();
        await().atMost(Patience.of(Duration.ofSeconds(10)))
                .untilAsserted(() -> assertThat(peers(lab.node(1)))
                        .singleElement()
                        .satisfies(it -> assertThat(it.settings().publicKey()).isNotEqualTo(before.publicKey())));
        assertThat(lab.reach(1, 2, Family.IPV4, 20)).isPositive();
        assertThat(lab.reach(2, 1, Family.IPV6, 20)).isPositive();
    }

    /// The peer has nothing to send of its own, so it has to be greeted.
    @Test
    void aRotatedKeyLosesNothing() throws Exception {
        Traffic traffic = new Traffic(lab, 1, 2, 600);
        for (int number = 1; number <= 2; number++) {
            LabNode node = lab.node(number);
            LabNode other = lab.node(3 - number);
            FlannelCommand.Said said =
                    node.host().call(() -> FlannelCommand.run("wireguard", "rotate", "--store-timeout=20"));
            assertThat(said.output()).contains("this node's public key is");
            Labs.soon(
                    "the other node knows the new key",
                    () -> said.output()
                            .contains(peer(other).settings().publicKey().toString()));
        }
        Traffic.Count ping = traffic.end();
        System.out.println("at two rotations: " + ping);
        assertThat(ping.received()).isPositive();
        assertThat(ping.lost()).isZero();
    }

    @Test
    void oneDeviceCarriesAllPods() throws Exception {
        try {
            GuestLab.with("{\"Type\":\"wireguard\",\"Mode\":\"ipv6\",\"PSK\":\"" + "A".repeat(42) + "8=\"}");
            await().atMost(Patience.of(Duration.ofSeconds(10)))
                    .untilAsserted(
                            () -> assertThat(lab.node(1).sh("ip -o link show")).doesNotContain("flannel-wg-v6"));
            assertThat(peer(lab.node(1)).settings().networks()).hasSize(2);
            assertThat(lab.reach(1, 2, Family.IPV4, 20)).isPositive();
            assertThat(lab.reach(2, 1, Family.IPV6, 20)).isPositive();
        } finally {
            GuestLab.with("{\"Type\":\"wireguard\"}");
            for (LabNode node : lab.nodes()) { // while they differ, packets are lost
                await().atMost(Patience.of(Duration.ofSeconds(10)))
                        .untilAsserted(() ->
                                assertThat(peer(node).settings().networks()).hasSize(1));
            }
        }
    }

    private static WireguardState.Peer peer(LabNode node) throws IOException {
        return peers(node).getFirst();
    }

    /// Of the device for IPv4.
    private static List<WireguardState.Peer> peers(LabNode node) throws IOException {
        return node.host().call(() -> {
            try (RouteSocket kernel = new RouteSocket();
                    WireguardDevices devices = new WireguardDevices()) {
                Link link = kernel.link("flannel-wg").orElseThrow();
                return devices.read(link.index()).peers();
            }
        });
    }

    private static void change(LabNode node, Plan.Verb verb, WireguardPeer peer) throws IOException {
        node.host().call(() -> {
            try (RouteSocket kernel = new RouteSocket()) {
                return kernel.apply(Plan.of(new Plan.Change(verb, peer)));
            }
        });
    }
}
