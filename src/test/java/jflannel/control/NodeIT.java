package jflannel.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.DatagramSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jflannel.firewall.RuleKeeper;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.KernelNews;
import jflannel.kernel.Repair;
import jflannel.kernel.Route;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.Peers;
import jflannel.metrics.Page;
import jflannel.report.ConditionLog;
import jflannel.status.Condition;
import jflannel.testing.LogLines;
import org.junit.jupiter.api.Test;

/// A node on a real kernel: what its passes do, show and log.
class NodeIT extends NodeOnKernel {
    private static final String VXLAN =
            "{\"Network\":\"10.5.0.0/16\",\"EnableNFTables\":true," + "\"Backend\":{\"Type\":\"vxlan\",\"Port\":%d}}";
    private static final Lease OFF_LINK = lease("10.5.3.0/24", "198.51.100.3");
    private static final Announcement VXLAN_PEER =
            new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2.4")), "vxlan", Map.of());

    @Test
    void logsChangesByTheNamesOfDevicesAndWhetherTheyWereExpected() throws Exception {
        Overlay overlay = overlay(HOST_GW);
        pass(overlay, true, PEER);
        sh("ip route del 10.5.2.0/24");
        pass(overlay, false, PEER);
        assertThat(log.all())
                .contains(
                        "changed: put route 10.5.2.0/24 via 192.0.2.2 dev eth0",
                        "repaired what another program changed: put route 10.5.2.0/24 via 192.0.2.2 dev eth0");
    }

    @Test
    void whatComesLateBecauseTheKernelRefusedItIsNoRepair() throws Exception {
        Overlay overlay = overlay(HOST_GW);
        pass(overlay, true, OFF_LINK);
        pass(overlay, false, OFF_LINK);
        assertThat(board.findings())
                .anyMatch(finding -> finding.condition() == Condition.KERNEL_REFUSES
                        && finding.detail().contains("1 refused, the first: put route 10.5.3.0/24 via 198.51.100.3"));
        sh("ip addr add 198.51.100.1/24 dev eth0");
        pass(overlay, false, OFF_LINK);
        assertThat(board.isRaised(Condition.KERNEL_REFUSES)).isFalse();
        assertThat(log.all())
                .filteredOn(line -> line.contains("changed: "))
                .containsExactly("changed: put route 10.5.3.0/24 via 198.51.100.3 dev eth0");
    }

    @Test
    void whatTheKernelRefusesAndWhomItIgnoresIsLoggedOnce() throws Exception {
        try (LogLines conditions = new LogLines(ConditionLog.class);
                LogLines peers = new LogLines(PeerLog.class)) {
            board.listen(new ConditionLog());
            Overlay overlay = overlay(HOST_GW);
            Lease tunnelled = new Lease(List.of(Cidr.parse("10.5.4.0/24")), VXLAN_PEER);
            pass(overlay, true, PEER, OFF_LINK, tunnelled);
            pass(overlay, false, PEER, OFF_LINK, tunnelled);
            List<String> lines = Stream.of(log, conditions, peers)
                    .flatMap(it -> it.all().stream())
                    .toList();
            assertThat(lines)
                    .filteredOn(line -> line.contains("put route 10.5.3.0/24"))
                    .hasSize(1);
            assertThat(lines).filteredOn(line -> line.contains("10.5.4.0/24")).hasSize(1);
        }
    }

    @Test
    void refusalsForSomeDegradeANodeAndRefusalsForAllMakeItUnready() throws Exception {
        Overlay overlay = overlay(HOST_GW);
        pass(overlay, true, PEER, OFF_LINK);
        assertThat(board.isRaised(Condition.PEERS_REFUSED)).isTrue();
        assertThat(board.isRaised(Condition.KERNEL_REFUSES)).isFalse();
    }

    @Test
    void isReadyWhenTheSubnetFileIsWritten() throws Exception {
        Overlay overlay = overlay(HOST_GW);
        await().untilAsserted(() -> {
            pass(overlay, false);
            assertThat(board.status().isReady()).isTrue();
        });
        assertThat(folder.resolve("subnet.env")).content().contains("FLANNEL_SUBNET=10.5.1.1/24");
    }

    @Test
    void repairsRulesWhenNewsOfThemWereLostAndNotForSomebodyElsesTable() throws Exception {
        Overlay overlay = overlay(HOST_GW);
        pass(overlay, true);
        await().untilAsserted(() ->
                assertThat(sh("nft list table ip flannel-ipv4 || true")).contains("10.5.1.0/24"));
        sh("nft delete table ip flannel-ipv4");
        node.rulesChanged("somebody's");
        node.rulesChanged(RuleKeeper.ANY_TABLE);
        await().untilAsserted(() ->
                assertThat(sh("nft list table ip flannel-ipv4 || true")).contains("10.5.1.0/24"));
    }

    @Test
    void anUpdateChangesWhatFollowsFromTheLeasesAndLooksAtNothingElse() throws Exception {
        Overlay overlay = overlay(HOST_GW);
        pass(overlay, true, PEER);
        sh("ip route del 10.5.2.0/24");
        pass(overlay, Depth.UPDATE, true, PEER, lease("10.5.4.0/24", "192.0.2.4"));
        assertThat(sh("ip -o route show proto 102")).isEqualTo("10.5.4.0/24 via 192.0.2.4 dev eth0");
        pass(overlay, Depth.UPDATE, true, PEER);
        assertThat(sh("ip route show proto 102")).isEmpty();
        String page = new String(
                new Page(() -> Map.of("", List.of(figures))).render(null).body(), UTF_8);
        assertThat(page).contains("flannel_kernel_changes_total{verb=\"put\"} 2.0", "{verb=\"delete\"} 1.0");
    }

    @Test
    void anUpdateThatTheKernelRefusesBecomesAFullPass() throws Exception {
        Overlay overlay = overlay(HOST_GW);
        pass(overlay, true);
        sh("ip route add 10.5.2.0/24 via 192.0.2.66"); // in the place of the new one
        pass(overlay, Depth.UPDATE, true, PEER);
        assertThat(sh("ip route show 10.5.2.0/24")).isEqualTo("10.5.2.0/24 via 192.0.2.2 dev eth0 proto 102");
    }

    @Test
    void aRecheckFindsWhatNoNewsToldAndRepairsItUnlessItIsNotWantedAnyMore() throws Exception {
        Overlay overlay = overlay(HOST_GW);
        Lease other = lease("10.5.4.0/24", "192.0.2.4");
        pass(overlay, true, PEER, other);
        sh("ip route del 10.5.2.0/24; ip route del 10.5.4.0/24");
        pass(overlay, Depth.RECHECK, false, PEER, other);
        Audit.Findings findings = audits.poll(1, TimeUnit.MINUTES);
        pass(overlay, Depth.UPDATE, true, PEER); // the other one has gone meanwhile
        assertThat(node.repair(findings)).isTrue();
        assertThat(sh("ip -o route show proto 102")).isEqualTo("10.5.2.0/24 via 192.0.2.2 dev eth0");
    }

    @Test
    void aPieceOfNewsCostsOneObject() throws Exception {
        Overlay overlay = overlay(HOST_GW);
        pass(overlay, true, PEER);
        sh("ip route del 10.5.2.0/24");
        Route lost = Route.via(
                Cidr.parse("10.5.2.0/24"),
                Ip.parse("192.0.2.2"),
                overlay.external().get(Family.IPV4).index(),
                false);
        Repair repair = node.repairFor(new KernelNews.Absent(lost.key()));
        assertThat(repair).isEqualTo(new Repair.Put(lost));
        assertThat(node.repair(List.of(repair))).isTrue();
        assertThat(sh("ip route show 10.5.2.0/24")).contains("via 192.0.2.2");
        assertThat(node.repairFor(new KernelNews.Present(lost))).isEqualTo(Repair.NOTHING);
    }

    /// Kubernetes may have cut the network for one family only.
    @Test
    void aNodeThatHasOneFamilyOfTheNetworksTwoHasRulesForThat() throws Exception {
        sh("ip addr add 2001:db8::1/64 dev eth0 nodad; ip route add default via 2001:db8::fe dev eth0");
        pass(
                overlay("{\"Network\":\"10.5.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fd05::/48\","
                        + "\"EnableNFTables\":true,\"Backend\":{\"Type\":\"host-gw\"}}"),
                true);
        await().untilAsserted(() ->
                assertThat(sh("nft list table ip flannel-ipv4 || true")).contains("10.5.1.0/24"));
        assertThat(sh("nft list ruleset")).doesNotContain("fd05:");
    }

    @Test
    void theFormerDeviceStaysUntilAPassOfItsSuccessorHasSucceeded() throws Exception {
        Overlay tunnel = overlay(VXLAN.formatted(8472));
        pass(tunnel, true);
        Overlay direct = overlay(HOST_GW);
        node.prove(direct, own, tunnel.footprint());
        assertThat(kernel.link("flannel.1")).isPresent();
        node.converge(direct, new Node.View(own, Peers.of(List.of()), 0, false, true), Depth.FULL); // not confirmed
        assertThat(kernel.link("flannel.1")).isPresent();
        pass(direct, true);
        assertThat(kernel.link("flannel.1")).isEmpty();
    }

    @Test
    void aDeviceThatWorksIsNotGivenUpForOneThatCannotComeUp() throws Exception {
        Overlay works = overlay(VXLAN.formatted(8472));
        pass(works, true);
        int index = kernel.link("flannel.1").orElseThrow().index();
        Overlay refused = overlay(VXLAN.formatted(9472));
        try (DatagramSocket _ = new DatagramSocket(9472)) {
            assertThatThrownBy(() -> node.prove(refused, own, works.footprint()))
                    .hasMessageContaining("another program uses the UDP port of VNI 1")
                    .hasMessageContaining("port 9472");
        }
        assertThat(kernel.link("flannel.1").orElseThrow().index()).isEqualTo(index);
    }

    @Test
    void whatARefusedSuccessorMadeIsRemoved() throws Exception {
        sh("ip addr add 2001:db8::1/64 dev eth0 nodad; ip route add default via 2001:db8::fe dev eth0");
        Overlay works = overlay(VXLAN.formatted(8472));
        pass(works, true);
        Overlay refused = overlay("{\"Network\":\"10.5.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fd05::/48\","
                + "\"EnableNFTables\":true,\"Backend\":{\"Type\":\"vxlan\",\"VNI\":2,\"Port\":9472}}");
        sh("socat -u UDP6-RECV:9472,ipv6only=1 /dev/null >/dev/null 2>&1 & echo $! > " + folder.resolve("pid"));
        try {
            await().untilAsserted(() -> assertThat(sh("ss -uln6")).contains(":9472"));
            assertThatThrownBy(() -> node.prove(refused, own, works.footprint()))
                    .hasMessageContaining("9472");
        } finally {
            sh("kill $(cat " + folder.resolve("pid") + ")");
        }
        assertThat(kernel.link("flannel.2")).isPresent();
        pass(works, false);
        assertThat(kernel.link("flannel.2")).isEmpty();
        assertThat(kernel.link("flannel.1")).isPresent();
    }

    @Test
    void namesTheForeignDeviceThatIsInTheWay() throws Exception {
        sh("ip link add other0 type vxlan id 1 dstport 8472 local 192.0.2.1 dev eth0; ip link set other0 up");
        Overlay overlay = overlay(VXLAN.formatted(8472));
        pass(overlay, true);
        assertThat(board.findings())
                .anyMatch(finding -> finding.condition() == Condition.BACKEND_FAILING
                        && finding.detail().contains("other0 is in the way"));
        assertThat(board.status().state()).isEqualTo("waiting-for-kernel");
    }
}
