package jflannel.lab.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// Damage to flannel's firewall rules, in iptables or nftables, which are looked at every five seconds at most, and
/// to the peer filter, which is looked at every second at most.
final class FirewallFaults {
    private static final int REPAIR_SECONDS = 7;

    private FirewallFaults() {}

    static List<Fault> all() {
        return List.of(
                Fault.of(
                        "rules-flushed",
                        "flannel's firewall rules are flushed",
                        FaultBudget.nothingLost(REPAIR_SECONDS),
                        FirewallFaults::flush),
                nft("tables-deleted", "the tables of flannel's firewall rules are deleted", """
                        nft list tables | grep ' flannel-ipv' | while read -r table; do nft delete $table; done
                        """),
                nft("ruleset-flushed", "nft flush ruleset: everybody's firewall rules are gone", "nft flush ruleset"),
                peerFilter("peer-filter-deleted", "the table of the peer filter is deleted", """
                        nft delete table inet flannel-peers
                        """),
                peerFilter("peer-filter-flushed", "the rules of the peer filter are flushed", """
                        nft flush table inet flannel-peers
                        """),
                peerFilter("peer-filter-emptied", "no node is a peer to the peer filter any more", """
                        nft list sets | sed -n '/inet flannel-peers/,$ s/^\\tset \\(.*\\) {/\\1/p' | while read -r set; do
                          nft flush set inet flannel-peers $set
                        done
                        """));
    }

    private static Fault peerFilter(String name, String summary, String script) {
        return nft(name, summary, script).with(Fault.VXLAN).costing(new FaultBudget(1500, Duration.ofSeconds(2)));
    }

    private static Fault nft(String name, String summary, String script) {
        return Fault.of(name, summary, FaultBudget.nothingLost(REPAIR_SECONDS), cluster -> {
                    cluster.node().sh(script);
                    cluster.damageIsDone();
                    cluster.placeForeign(cluster.node());
                })
                .withNftables();
    }

    private static void flush(LabCluster cluster) throws IOException {
        cluster.shForEachFamily(
                cluster.node(),
                cluster.nftables()
                        ? "family=ip; [ $name = ipv4 ] || family=ip6; nft flush table $family flannel-$name"
                        : "tables=iptables; [ $name = ipv4 ] || tables=ip6tables; $tables -t nat -F FLANNEL-POSTRTG;"
                                + " $tables -F FLANNEL-FWD; $tables -t nat -F POSTROUTING");
        cluster.damageIsDone();
    }
}
