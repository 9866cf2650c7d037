package jflannel.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.backend.Backends;
import jflannel.firewall.PeerFilterConfig;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.names.Names;
import jflannel.options.Options;
import jflannel.underlay.Underlay;
import jflannel.underlay.Uplink;
import org.junit.jupiter.api.Test;

class DesiredRulesTest {
    private static final NetworkConfig NETWORK = NetworkConfig.parse(
            "test",
            "{\"Network\":\"10.5.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fd05::/48\",\"EnableNFTables\":true,"
                    + "\"Backend\":{\"Type\":\"vxlan\"}}");
    private static final Ip V4 = Ip.parse("192.0.2.1");
    private static final Ip V6 = Ip.parse("2001:db8::1");

    @Test
    void eachFamilysInterfaceIsADoorForTunnelPackets() {
        Underlay underlay = new Underlay(
                Map.of(Family.IPV4, new Uplink("eth0", 1500, V4, V4), Family.IPV6, new Uplink("eth1", 1500, V6, V6)));
        Overlay overlay = new Overlay(
                NETWORK,
                Map.of(),
                underlay,
                Map.of(),
                Backends.create(NETWORK, Names.DEFAULT, underlay, List.of(), Optional.empty()));
        Lease own = new Lease(
                List.of(Cidr.parse("10.5.1.0/24"), Cidr.parse("fd05:0:0:1::/64")),
                new Announcement(Map.of(Family.IPV4, V4, Family.IPV6, V6), "vxlan", Map.of()));
        Node.View view = new Node.View(own, new Peers(), 0, true, false);
        DesiredRules rules = new DesiredRules(overlay, view, Options.parse(List.of(), Map.of()));
        PeerFilterConfig filter = (PeerFilterConfig) rules.peerFilter();
        assertThat(filter.door().orElseThrow().devices()).containsExactlyInAnyOrder("eth0", "eth1");
        assertThat(rules.traffic().underlay()).isEqualTo(Map.of(Family.IPV4, "eth0", Family.IPV6, "eth1"));
    }
}
