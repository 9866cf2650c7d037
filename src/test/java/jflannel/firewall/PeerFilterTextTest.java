package jflannel.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.TunnelPackets;
import jflannel.names.Names;
import org.junit.jupiter.api.Test;

class PeerFilterTextTest {
    private static final PeerFilterText TEXT = new PeerFilterText(Names.DEFAULT);

    static PeerFilterConfig config(boolean onlyWay, String... peers) {
        return new PeerFilterConfig(
                new TunnelPackets.Vxlan(8472, 4096),
                Map.of(Family.IPV4, "flannel.4096", Family.IPV6, "flannel-v6.4096"),
                Map.of(
                        Family.IPV4, Configs.V4_NETWORK.get(Family.IPV4),
                        Family.IPV6, Configs.V6_NETWORK.get(Family.IPV6)),
                Map.of(
                        Family.IPV4, Configs.V4_SUBNET.get(Family.IPV4),
                        Family.IPV6, Configs.V6_SUBNET.get(Family.IPV6)),
                onlyWay,
                ips(peers),
                true,
                Optional.empty());
    }

    static PeerFilterConfig withDoor(PeerFilterConfig config, Set<String> devices, String... addresses) {
        return new PeerFilterConfig(
                config.packets(),
                config.devices(),
                config.networks(),
                config.subnets(),
                config.onlyWay(),
                config.peers(),
                config.all(),
                Optional.of(new PeerFilterConfig.Door(devices, ips(addresses))));
    }

    static Set<Ip> ips(String... addresses) {
        return Stream.of(addresses).map(Ip::parse).collect(Collectors.toSet());
    }

    @Test
    void ofPacketsWithoutAPortTheProtocolCounts() {
        PeerFilterConfig vxlan = config(true, "192.0.2.2");
        PeerFilterConfig both = new PeerFilterConfig(
                new TunnelPackets.InIp(Set.of(41, 4)),
                vxlan.devices(),
                vxlan.networks(),
                vxlan.subnets(),
                true,
                vxlan.peers(),
                true,
                vxlan.door());
        assertThat(TEXT.rules(both, true))
                .contains(
                        "meta l4proto { 4, 41 } ip saddr != @nodes-ipv4 counter name \"strangers\" drop",
                        "meta l4proto { 4, 41 } ip6 daddr @nodes-ipv6 counter name \"forwarded\" drop")
                .noneMatch(rule -> rule.contains("dport"));
    }

    @Test
    void replacesTheTableAsAWhole() {
        assertThat(TEXT.transaction(config(true, "192.0.2.3", "192.0.2.2", "2001:db8::2"), true))
                .isEqualTo("""
                        add table inet flannel-peers
                        delete table inet flannel-peers
                        table inet flannel-peers {
                        	counter strangers {
                        	}
                        	counter elsewhere {
                        	}
                        	counter forwarded {
                        	}
                        	counter spoofed {
                        	}
                        	set nodes-ipv4 {
                        		type ipv4_addr
                        		elements = { 192.0.2.2, 192.0.2.3 }
                        	}
                        	set nodes-ipv6 {
                        		type ipv6_addr
                        		elements = { 2001:db8::2 }
                        	}
                        	chain outer {
                        		type filter hook input priority filter; policy accept;
                        		udp dport 8472 @th,96,24 0x1000 ip saddr != @nodes-ipv4 counter name "strangers" drop
                        		udp dport 8472 @th,96,24 0x1000 ip6 saddr != @nodes-ipv6 counter name "strangers" drop
                        	}
                        	chain pods {
                        		type filter hook forward priority filter; policy accept;
                        		udp dport 8472 @th,96,24 0x1000 ip saddr @nodes-ipv4 fib saddr . iif oif exists ip daddr @nodes-ipv4 accept
                        		udp dport 8472 @th,96,24 0x1000 ip daddr @nodes-ipv4 counter name "forwarded" drop
                        		udp dport 8472 @th,96,24 0x1000 ip6 saddr @nodes-ipv6 fib saddr . iif oif exists ip6 daddr @nodes-ipv6 accept
                        		udp dport 8472 @th,96,24 0x1000 ip6 daddr @nodes-ipv6 counter name "forwarded" drop
                        	}
                        	chain inner {
                        		type filter hook prerouting priority filter; policy accept;
                        		iifname "flannel.4096" ip saddr 10.244.31.0/24 counter name "spoofed" drop
                        		iifname "flannel.4096" ip saddr 10.244.0.0/16 fib saddr . iif oif missing counter name "spoofed" drop
                        		iifname "flannel-v6.4096" ip6 saddr fd00:244:0:31::/64 counter name "spoofed" drop
                        		iifname "flannel-v6.4096" ip6 saddr fd00:244::/48 fib saddr . iif oif missing counter name "spoofed" drop
                        	}
                        }
                        """);
    }

    @Test
    void doesNotAskForTheWayBackWhereThereMayBeSeveral() {
        assertThat(TEXT.transaction(config(false), true))
                .doesNotContain("oif missing", "elements")
                .contains("10.244.31.0/24", "oif exists");
    }

    @Test
    void doesNotAskForAnyWayWhereTheKernelCannotTell() {
        assertThat(TEXT.transaction(config(true), false))
                .doesNotContain("fib", "accept\n")
                .contains("10.244.31.0/24", "counter name \"forwarded\" drop");
    }

    @Test
    void watchesTheDoorWhereItIsKnown() {
        PeerFilterConfig config = withDoor(config(true), Set.of("eth0"), "192.0.2.1", "203.0.113.1", "2001:db8::1");
        assertThat(TEXT.transaction(config, true))
                .contains(
                        "\t\tudp dport 8472 @th,96,24 0x1000 ip daddr != 192.0.2.1 ip daddr != 203.0.113.1"
                                + " counter name \"elsewhere\" drop\n",
                        "\t\tudp dport 8472 @th,96,24 0x1000 ip6 daddr != 2001:db8::1 counter name \"elsewhere\" drop\n",
                        "\t\tudp dport 8472 @th,96,24 0x1000 iifname != \"eth0\" fib saddr . iif oif missing"
                                + " counter name \"elsewhere\" drop\n");
        assertThat(TEXT.transaction(config, false))
                .contains("ip daddr != 192.0.2.1")
                .doesNotContain("\"eth0\"");
        assertThat(TEXT.transaction(withDoor(config(true), Set.of("eth0"), "192.0.2.1"), true))
                .doesNotContain("ip6 daddr !=");
    }

    @Test
    void eachNetworkHasATableOfItsOwn() {
        assertThat(new PeerFilterText(new Names("blue")).transaction(config(true), true))
                .startsWith("add table inet flannel-peers-blue\ndelete table inet flannel-peers-blue\n");
    }

    @Test
    void namesWhoJoinsAndWhoLeaves() {
        assertThat(TEXT.change(ips("192.0.2.3", "2001:db8::2", "192.0.2.2"), ips("192.0.2.9")))
                .isEqualTo("""
                        add element inet flannel-peers nodes-ipv4 { 192.0.2.2, 192.0.2.3 }
                        delete element inet flannel-peers nodes-ipv4 { 192.0.2.9 }
                        add element inet flannel-peers nodes-ipv6 { 2001:db8::2 }
                        """);
    }

    @Test
    void findsInAListingWhatItWrote() {
        PeerFilterText.Listing listing = PeerFilterText.parse("""
                table inet flannel-peers {
                	counter strangers {
                		packets 12 bytes 1008
                	}

                	counter spoofed {
                		packets 0 bytes 0
                	}

                	set nodes-ipv4 {
                		type ipv4_addr
                		elements = { 192.0.2.2, 192.0.2.3,
                			     192.0.2.4 }
                	}

                	set nodes-ipv6 {
                		type ipv6_addr
                	}

                	chain outer {
                	}
                }
                """);
        assertThat(listing.peers()).isEqualTo(Optional.of(ips("192.0.2.2", "192.0.2.3", "192.0.2.4")));
        assertThat(listing.rules())
                .containsExactly(
                        "table inet flannel-peers {",
                        "counter strangers",
                        "counter spoofed",
                        "set nodes-ipv4 {",
                        "type ipv4_addr",
                        "}",
                        "set nodes-ipv6 {",
                        "type ipv6_addr",
                        "}",
                        "chain outer {",
                        "}",
                        "}");
    }

    @Test
    void takesElementsThatItNeverWritesForWrong() {
        assertThat(PeerFilterText.parse("set nodes-ipv4 { elements = { 192.0.2.0/24 } }")
                        .peers())
                .isEmpty();
        assertThat(PeerFilterText.parse("").peers()).isEqualTo(Optional.of(Set.of()));
    }
}
