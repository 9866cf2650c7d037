package jflannel.firewall;

import static jflannel.firewall.Addresses.in;
import static jflannel.firewall.Addresses.outside;
import static jflannel.firewall.Verdict.ACCEPT;
import static jflannel.firewall.Verdict.MASQUERADE;
import static jflannel.firewall.Verdict.MASQUERADE_FULLY_RANDOM;
import static jflannel.firewall.Verdict.RETURN;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;

/// One rule of a chain. The same list is rendered for both tools. It means what Go flannel's *iptables* rules mean;
/// its nftables rules compare the whole mark and masquerade less.
///
/// @param mark bits that must be set in the packet's mark; 0 to ignore the mark
record Rule(int mark, Addresses source, Addresses destination, Verdict verdict) {

    /// The mark of packets that kube-proxy masquerades, in a chain of its own (`--iptables-masquerade-bit` 14).
    static final int KUBE_PROXY_MASQUERADES = 0x4000;

    /// All rules of one family, by chain. The map lacks chains that are not wanted, and is empty if the family is
    /// not enabled.
    static Map<OwnChain, List<Rule>> all(FirewallConfig wanted, Family family) {
        Map<OwnChain, List<Rule>> rules = new EnumMap<>(OwnChain.class);
        Cidr cluster = wanted.networks().get(family);
        if (cluster != null && wanted.masquerade()) {
            Verdict masquerade = wanted.randomFully() ? MASQUERADE_FULLY_RANDOM : MASQUERADE;
            rules.put(OwnChain.MASQUERADE, masquerade(cluster, wanted.subnets().get(family), masquerade));
        }
        if (cluster != null && wanted.forward()) {
            rules.put(OwnChain.FORWARD, forward(cluster));
        }
        return rules;
    }

    /// Hides pod addresses from the outside world, and outside addresses from pods of other nodes (whose answers
    /// would bypass this node). Leaves alone traffic between pods, and traffic from outside to this node's own
    /// pods.
    private static List<Rule> masquerade(Cidr cluster, Cidr pods, Verdict masquerade) {
        Cidr all = Cidr.all(cluster.family());
        return Stream.of(
                        new Rule(KUBE_PROXY_MASQUERADES, in(all), in(all), RETURN),
                        rule(in(pods), in(cluster), RETURN),
                        rule(in(cluster), in(pods), RETURN),
                        rule(outside(cluster), in(pods), RETURN),
                        rule(in(cluster), outside(multicast(cluster.family())), masquerade),
                        rule(outside(cluster), in(cluster), masquerade))
                .filter(rule -> !rule.source.none() && !rule.destination.none())
                .toList();
    }

    private static List<Rule> forward(Cidr cluster) {
        Addresses anywhere = in(Cidr.all(cluster.family()));
        return List.of(rule(in(cluster), anywhere, ACCEPT), rule(anywhere, in(cluster), ACCEPT));
    }

    private static Rule rule(Addresses source, Addresses destination, Verdict verdict) {
        return new Rule(0, source, destination, verdict);
    }

    private static Cidr multicast(Family family) {
        return Cidr.parse(family == Family.IPV4 ? "224.0.0.0/4" : "ff00::/8");
    }

    /// The same rules for a tool that cannot choose ports fully at random.
    static Map<OwnChain, List<Rule>> withoutRandomPorts(Map<OwnChain, List<Rule>> rules) {
        Map<OwnChain, List<Rule>> plain = new EnumMap<>(OwnChain.class);
        rules.forEach((chain, list) ->
                plain.put(chain, list.stream().map(Rule::withoutRandomPorts).toList()));
        return plain;
    }

    private Rule withoutRandomPorts() {
        return verdict == MASQUERADE_FULLY_RANDOM ? new Rule(mark, source, destination, MASQUERADE) : this;
    }
}
