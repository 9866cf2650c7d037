package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static jflannel.daemon.Labs.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabProcess;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.lease.SubnetKey;
import jflannel.testing.VxlanPacket;
import org.junit.jupiter.api.Test;

/// Strangers inject nothing into the tunnel, and nodes are never taken for strangers.
class PeerFilterDaemonIT {
    private static final LabSetup SETUP =
            LabSetup.of(Scenario.VXLAN).withNftables(true).withFlags("--metrics-port=9464", "--iptables-resync=1");

    @Test
    void onlyNodesSendTunnelPackets() throws Exception {
        try (Lab lab = lab(SETUP.withNodes(3).withFamilies(EnumSet.allOf(Family.class)))) {
            LabNode node = lab.node(1);
            String set = "nft list set inet flannel-peers nodes-ipv4";
            assertThat(node.sh(set)).contains("10.168.0.3, 10.168.0.4");
            inject(lab);
            assertThat(dropped(node, "strangers")).isEqualTo(1);
            byte[] forged = packet(lab);
            lab.pod(2)
                    .call(
                            () -> { // masqueraded it would come from node 2
                                VxlanPacket.send("0.0.0.0", "10.168.0.2", 8472, forged);
                                return null;
                            });
            assertThat(dropped(lab.node(2), "forwarded")).isEqualTo(1);

            Traffic traffic = new Traffic(lab, 2, 1, 60);
            String key = "subnets/"
                    + SubnetKey.format(List.of(Cidr.parse("100.96.9.0/24"), Cidr.parse("fd00:100:96:9::/64")));
            lab.store()
                    .put(
                            key,
                            "{\"PublicIP\":\"10.168.0.9\",\"PublicIPv6\":\"fd00:10:168::9\",\"BackendType\":\"vxlan\"}");
            soon("a node that joins is let in", () -> node.sh(set).contains("10.168.0.9 }"));
            lab.store().delete(key);
            soon("a node that left is not", () -> !node.sh(set).contains("10.168.0.9"));
            assertThat(lab.reach(3, 1, Family.IPV6, 5)).isPositive();
            node.sh("nft flush ruleset");
            soon("the flushed filter is back", () -> node.sh(set + " || :").contains("10.168.0.3, 10.168.0.4"));
            node.flanneld().kill();
            node.startFlanneld();
            node.awaitReady();
            assertThat(traffic.end().lost()).isZero();
            inject(lab);
            assertThat(dropped(node, "strangers")).isEqualTo(1); // of the new table

            node.flanneld().kill();
            node.startFlanneld("--peer-filter=off");
            node.awaitReady();
            soon("the filter is gone", () -> !node.sh("nft list tables").contains("flannel-peers"));
        }
    }

    @Test
    void aNodeThatStartsWithoutTheStoreKeepsOutNobodyWhoWasIn() throws Exception {
        try (Lab lab = lab(SETUP)) {
            LabNode node = lab.node(1);
            node.sh("sleep 2"); // a node that joins just before the end is not in the state file
            node.flanneld().terminate(10);
            lab.store().freeze();
            node.sh("nft add element inet flannel-peers nodes-ipv4 '{ 10.168.0.9 }'");
            node.startFlanneld();
            node.awaitReady();
            String set = "nft list set inet flannel-peers nodes-ipv4";
            assertThat(node.sh(set)).contains("10.168.0.3, 10.168.0.9");
            lab.store().thaw();
            await().atMost(Duration.ofSeconds(30)).until(() -> !node.sh(set).contains("10.168.0.9"));
            assertThat(lab.reach(2, 1, Family.IPV4, 5)).isPositive();
        }
    }

    @Test
    void theFilterIsRefusedWithIptablesAndOffUnlessAskedFor() throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.VXLAN))) {
            LabNode node = lab.node(1);
            assertThat(node.sh("nft list tables")).doesNotContain("flannel-peers");
            node.flanneld().kill();
            LabProcess refused = node.startFlanneld("--peer-filter=on");
            assertThat(refused.await(30)).isEqualTo(1);
            assertThat(refused.output())
                    .contains(
                            "--peer-filter: \"on\" cannot be used. The filter is made of nftables: set EnableNFTables");
        }
    }

    /// The router is no node.
    private static void inject(Lab lab) throws IOException {
        byte[] packet = packet(lab);
        lab.router().call(() -> {
            VxlanPacket.send("10.168.0.1", "10.168.0.2", 8472, packet);
            return null;
        });
    }

    private static byte[] packet(Lab lab) throws IOException {
        Mac mac = Mac.parse(lab.node(1).sh("cat /sys/class/net/flannel.1/address"));
        return VxlanPacket.of(1, mac, Ip.parse("100.96.2.9"), Ip.parse("100.96.1.0"), 4000);
    }

    private static long dropped(LabNode node, String reason) throws IOException {
        return (long) Double.parseDouble(node.sh("curl -sf -m 5 http://127.0.0.1:9464/metrics"
                + " | sed -n 's/^flannel_peer_filter_dropped_packets_total{reason=\"" + reason + "\"} //p'"));
    }
}
