package jflannel.foreign;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.firewall.RuleKeeper;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Interest;
import jflannel.kernel.KernelNews;
import jflannel.kernel.KernelWatch;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Finding;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Real tools and a real kernel: rules that come and go.
@ExtendWith(OwnNetns.class)
class ForeignRuleWatchIT {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final ForeignRuleWatch.Pace QUICK =
            new ForeignRuleWatch.Pace(Duration.ofMillis(200), Duration.ofMillis(200), Duration.ofMillis(200), 1);
    private static final Traffic TRAFFIC = new Traffic(
            Map.of(Family.IPV4, Cidr.parse("10.244.0.0/16")),
            Map.of(Family.IPV4, Cidr.parse("10.244.5.0/24")),
            Map.of(Family.IPV4, Cidr.parse("10.244.9.0/24")),
            Map.of(Family.IPV4, "flannel.1"),
            Map.of(Family.IPV4, "eth0", Family.IPV6, "eth0"),
            Map.of(Family.IPV4, Ip.parse("192.168.100.11")),
            List.of(Ip.parse("192.168.100.12")),
            List.of(Traffic.Outer.udp(8472)),
            false,
            true,
            false);

    private final Board board = new Board();
    private ForeignRuleWatch watch;
    private KernelWatch events;

    @BeforeEach
    void makeNode() throws Exception {
        sh("""
                ip link add eth0 type veth peer name far; ip addr add 192.168.100.11/24 dev eth0; ip link set eth0 up
                ip link add docker0 type bridge; ip addr add 10.244.5.1/24 dev docker0; ip link set docker0 up
                ip link add flannel.1 type vxlan id 1 local 192.168.100.11 dev eth0 dstport 8472
                ip addr add 10.244.5.0/32 dev flannel.1; ip link set flannel.1 up
                ip route add 10.244.0.0/16 dev flannel.1
                sysctl -qw net.ipv4.ip_forward=1
                """);
        watch = new ForeignRuleWatch(board, QUICK);
        events = new KernelWatch(new Interest(Set.of(), Set.of(), Set.of(), Set.of()), board, news -> {
            if (news instanceof KernelNews.TableChanged table) {
                watch.rulesChanged(table.name());
            }
        });
    }

    @AfterEach
    void endNode() {
        events.close();
        watch.close();
        assertThat(board.findings()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            iptables-nft -t raw -A PREROUTING -d 10.244.5.2 ! -i docker0 -j DROP    | Docker drops packets from pods of other
            iptables-legacy -A FORWARD -o docker0 -j DROP                           | another program drops packets from pods of other
            nft 'table inet mine { chain c { type filter hook input priority 5; udp dport 8472 drop; }; }' | drops tunnel
            nft 'table netdev mine { chain c { type filter hook ingress device eth0 priority 0; udp dport 8472 drop; }; }' | drops tunnel
            nft 'table netdev mine { chain c { type filter hook ingress devices = { eth0, flannel.1 } priority 0; tcp dport != 22 drop; }; }' | drops packets from pods of other
            nft 'table inet mine { chain c { type filter hook ingress device flannel.1 priority 0; meta protocol ip drop; }; }' | drops packets from pods of other
            nft 'table bridge mine { chain c { type filter hook input priority 0; ether type ip ip daddr 10.0.0.0/8 drop; }; }' | drops packets from pods of this
            nft 'table inet mine { set bogons { type ipv4_addr; flags interval; elements = { 192.0.2.0/24, 10.0.0.0/8 }; }; chain c { type filter hook forward priority 5; ip saddr @bogons drop; }; }' | drops packets from pods of this
            nft 'table inet mine { set s { type ipv4_addr; flags interval,timeout; elements = { 10.0.0.0/8 timeout 1h comment "x" }; }; chain c { type filter hook forward priority 5; ip saddr @s drop; }; }' | drops packets from pods of this
            iptables-nft -t mangle -A PREROUTING -i docker0 -j MARK --set-mark 7; ip rule add fwmark 7 unreachable | from pods of this node to pods of other nodes with 0x7, and the kernel drops those
            iptables-nft -t nat -A POSTROUTING -s 10.244.0.0/16 -j MASQUERADE       | replaces addresses in packets from pods of this
            """)
    void whatIsInTheWayIsShownUntilItIsGone(String rule, String words) throws Exception {
        watch.keep(TRAFFIC);
        sh(rule);
        await().atMost(SOON).until(() -> details().stream().anyMatch(detail -> detail.contains(words)));
        sh("nft flush ruleset; iptables-legacy -F; iptables-legacy -t nat -F; ip rule del fwmark 7 2>/dev/null || :");
        events.close(); // what the kernel did not report is found too
        watch.rulesChanged(RuleKeeper.ANY_TABLE);
        await().atMost(SOON).until(() -> board.findings().isEmpty());
    }

    @Test
    void ordinaryRulesAndAMomentsDropAreNoTrouble() throws Exception {
        sh("""
                iptables-nft -A FORWARD -i eth0 -o docker0 -m conntrack --ctstate INVALID -j DROP
                iptables-nft -t mangle -A PREROUTING -i docker0 -j MARK --set-mark 8
                iptables-nft -t nat -A POSTROUTING -o eth0 ! -s 10.244.0.0/16 -j MASQUERADE
                nft 'table inet mine { chain c { type filter hook forward priority 5; ip daddr 192.0.2.1 drop; }; }'
                nft 'table inet more { set s { type ipv4_addr; elements = { 10.244.5.9 }; }; chain c { type filter hook forward priority 5; ip saddr @s drop; }; }'
                nft 'table netdev more { chain c { type filter hook ingress device far priority 0; drop; }; }'
                nft 'table bridge more { chain c { type filter hook forward priority 0; drop; }; }'
                """);
        watch.keep(TRAFFIC);
        Board.Listener never = new Board.Listener() {
            @Override
            public void changed(Finding before, Finding now) {
                throw new AssertionError("" + now);
            }
        };
        board.listen(never);
        await().during(Duration.ofSeconds(2))
                .atMost(SOON)
                .until(() -> board.findings().isEmpty());
    }

    private List<String> details() {
        return board.findings().stream()
                .filter(finding -> Set.of(Condition.FOREIGN_DROP, Condition.FOREIGN_REWRITE, Condition.FOREIGN_MARK)
                        .contains(finding.condition()))
                .map(Finding::detail)
                .toList();
    }
}
