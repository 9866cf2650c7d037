package jflannel.underlay;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.FibRoute;
import jflannel.kernel.PolicyRule;
import jflannel.lease.LeasedSubnet;

/// What this host has and needs, so that no pod subnet takes it away: a route to a lease that covers the gateway or
/// the store cuts the host off, beyond the store's reach. Does not include what belongs to pods.
///
/// @param podNetworks where pods live
/// @param attached the networks on the host's own links
/// @param routed other networks that the host has routes to
/// @param needed single addresses that must stay reachable
/// @param prefixes of the host's own routes in the main table, which pod routes share: the longest prefix wins
/// @param bridgeFaults what is wrong with bridges of pods, a sentence each
/// @param podBridges names of this node's bridges of pods
/// @param ownTable true if pod routes are in another table, which is looked up before the main one
public record HostNetworks(
        Set<Cidr> podNetworks,
        List<Attached> attached,
        List<Routed> routed,
        NavigableMap<Ip, Need> needed,
        Set<Cidr> prefixes,
        List<String> bridgeFaults,
        Set<String> podBridges,
        boolean ownTable) {
    public static final HostNetworks NONE =
            new HostNetworks(Set.of(), List.of(), List.of(), new TreeMap<>(), Set.of(), List.of(), Set.of(), false);
    private static final int MOST_NAMED = 5;

    /// A network on one of the host's links, or a route that sends a network to a device as if it were.
    ///
    /// @param route empty if the device has an address there; else for messages: `which has a route by tun0`
    public record Attached(Cidr network, String device, String route) {
        public Attached(Cidr network, String device) {
            this(network, device, "");
        }

        String words() {
            return network + ", " + (isLink() ? "the network of " + device : route);
        }

        /// True if other hosts of that network are on the link.
        boolean isLink() {
            return route.isEmpty();
        }
    }

    /// A network that the host has a route to.
    ///
    /// @param table of the route
    public record Routed(Cidr network, int table) {
        String words() {
            return network + ", " + words("", table);
        }

        static String words(String device, int table) {
            return "which has a route" + device
                    + (table == FibRoute.MAIN ? "" : " in the table " + PolicyRule.tableName(table));
        }
    }

    /// An address that the host needs.
    ///
    /// @param what for messages: `the gateway`
    /// @param own true if it is the host's own, so that routes do not affect it
    public record Need(String what, boolean own) {}

    /// Why pods must not use this subnet, phrased to follow its name; empty if they may.
    public Optional<String> conflict(Cidr subnet) {
        Optional<String> covered = needed.subMap(subnet.address(), true, subnet.last(), true).entrySet().stream()
                .filter(need -> need.getValue().own() || takesAway(subnet, need.getKey()))
                .map(need -> "covers " + need.getKey() + ", " + need.getValue().what())
                .findFirst();
        return covered.or(() -> attached.stream()
                .filter(it -> it.network().overlaps(subnet) && !isMeant(it))
                .map(it -> (subnet.contains(it.network()) ? "covers " : "is within ") + it.words())
                .findFirst());
    }

    /// True if a route to the subnet would take precedence over the host's routes to the address.
    private boolean takesAway(Cidr subnet, Ip ip) {
        return ownTable
                || IntStream.rangeClosed(subnet.length() + 1, ip.family().bits())
                        .noneMatch(length -> prefixes.contains(new Cidr(ip, length)));
    }

    /// A pod network that lies completely within a network of the host was put there on purpose: only the addresses
    /// of hosts must be spared. A route to exactly the pods' network by a device without an address there leads to
    /// no host either: a VPN offers the pods to this host, which has better routes to them.
    private boolean isMeant(Attached it) {
        return podNetworks.stream()
                .anyMatch(pods -> it.network().contains(pods)
                        && !(it.isLink() && it.network().equals(pods)));
    }

    /// True if this node may lease the block itself: it contains nothing of the host, not even what would stay
    /// reachable, because a pod could get that address.
    public boolean isFree(Cidr block) {
        return needed.subMap(block.address(), true, block.last(), true).isEmpty()
                && conflict(block).isEmpty();
    }

    /// The same, without the routes to these networks: those of Go flannel bear no mark of flannel's.
    public HostNetworks withoutRoutes(Collection<Cidr> networks) {
        return new HostNetworks(
                podNetworks,
                attached,
                routed.stream().filter(it -> !networks.contains(it.network())).toList(),
                needed,
                prefixes,
                bridgeFaults,
                podBridges,
                ownTable);
    }

    /// True if somebody made routes to parts of the pods' networks, or to all of them.
    public boolean hasRoutesToPods() {
        return attached.stream().anyMatch(it -> !it.isLink() && overlapsPods(it.network()))
                || routed.stream().anyMatch(it -> overlapsPods(it.network()));
    }

    private boolean overlapsPods(Cidr network) {
        return podNetworks.stream().anyMatch(network::overlaps);
    }

    /// The routes to parts of the pods' networks that are in other tables than the main one.
    public List<Routed> inOtherTables() {
        return routed.stream()
                .filter(it -> it.table() != FibRoute.MAIN
                        && podNetworks.stream().anyMatch(pods -> pods.contains(it.network())))
                .toList();
    }

    /// True if the host has a route to exactly this network.
    public boolean hasRoute(Cidr network) {
        return hasRoute(network, true) || hasRoute(network, false);
    }

    /// The same, of one kind.
    ///
    /// @param onLink true for a route without a gateway
    public boolean hasRoute(Cidr network, boolean onLink) {
        return onLink
                ? attached.stream().anyMatch(it -> it.network().equals(network))
                : routed.stream().anyMatch(it -> it.network().equals(network));
    }

    /// True if a server or a gateway that the host needs is in that network.
    public boolean needsOneIn(Cidr network) {
        return needed.subMap(network.address(), true, network.last(), true).values().stream()
                .anyMatch(need -> !need.own());
    }

    /// The peers' subnets that must not get a route here, and why: those that [conflict][#conflict], and those that
    /// would divert packets to a peer's own host.
    ///
    /// If a host's address is within a pod subnet, one of the two is wrong. Where no host has an address among the
    /// pods, the peer that claims one is ignored; otherwise, the subnet that covers another host is ignored.
    ///
    /// @param own this node's subnets
    public Map<Cidr, String> harmful(Collection<LeasedSubnet> peers, Collection<Cidr> own) {
        Map<Cidr, String> harmful = new HashMap<>();
        NavigableMap<Ip, List<LeasedSubnet>> among = new TreeMap<>();
        for (LeasedSubnet peer : peers) {
            conflict(peer.cidr()).ifPresent(why -> harmful.put(peer.cidr(), "it " + why));
            if (isAmongPods(peer.publicIp())) {
                among.computeIfAbsent(peer.publicIp(), _ -> new ArrayList<>()).add(peer);
            }
        }
        for (Cidr subnet : own) {
            within(among, subnet)
                    .forEach(peer -> harmful.putIfAbsent(
                            peer.cidr(), "its address " + peer.publicIp() + " is in this node's own subnet " + subnet));
        }
        for (LeasedSubnet peer : peers) {
            for (LeasedSubnet other : within(among, peer.cidr())) {
                if (!takesAway(peer.cidr(), other.publicIp())) {
                    continue;
                }
                boolean itself = other.publicIp().equals(peer.publicIp());
                boolean covers = itself || isAmongPods(peer.publicIp());
                LeasedSubnet loser = covers ? peer : other;
                harmful.putIfAbsent(
                        loser.cidr(),
                        covers
                                ? "it covers " + other.publicIp() + ", " + (itself ? "its own host" : "another node")
                                : "its address " + other.publicIp() + " is in the subnet " + peer.cidr() + " of "
                                        + peer.publicIp());
            }
        }
        return harmful;
    }

    private static List<LeasedSubnet> within(NavigableMap<Ip, List<LeasedSubnet>> among, Cidr subnet) {
        return among.subMap(subnet.address(), true, subnet.last(), true).values().stream()
                .flatMap(List::stream)
                .toList();
    }

    /// True if the address is one that only a pod should have.
    public boolean isAmongPods(Ip ip) {
        return podNetworks.stream().anyMatch(pods -> pods.contains(ip));
    }

    /// A warning about what the host has in the pods' networks: both prefixes, and the consequences. Empty if there
    /// is nothing.
    public Optional<String> overlap() {
        List<String> within = new ArrayList<>();
        List<String> diverted = new ArrayList<>();
        List<String> around = new ArrayList<>();
        for (Cidr pods : podNetworks) {
            for (Attached it : attached) {
                if (it.network().overlaps(pods) && !isMeant(it)) {
                    within.add(it.words());
                } else if (it.network().contains(pods) && it.isLink()) {
                    around.add(pods + " is within " + it.words());
                }
            }
            routed.stream().filter(it -> pods.contains(it.network())).forEach(it -> diverted.add(it.words()));
            needed.subMap(pods.address(), true, pods.last(), true)
                    .forEach((ip, need) -> within.add(ip + ", " + need.what()));
        }
        String consequence = within.isEmpty() ? "packets there take that route" : "subnets that cover it are not used";
        within.addAll(diverted);
        if (within.isEmpty() && around.isEmpty()) {
            return Optional.empty();
        }
        String first = within.isEmpty()
                ? ""
                : "the pods' network "
                        + podNetworks.stream().sorted().map(Cidr::toString).collect(joining(" and "))
                        + " overlaps what this host has: " + several(within) + "; " + consequence;
        String second = around.isEmpty()
                ? ""
                : "the pods' network " + several(around)
                        + ": other hosts on that link look for pods there, with ARP or NDP, and get no answer";
        return Optional.of(first + (within.isEmpty() || around.isEmpty() ? "" : "; ") + second);
    }

    /// What leads packets for a part of this node's own subnet elsewhere, phrased to follow its name; empty if nothing
    /// does. Single addresses do not count: some CNI plugins make a route for each pod.
    public Optional<String> diversion(Cidr own) {
        return routed.stream()
                .filter(it -> own.contains(it.network())
                        && it.network().length() < own.family().bits())
                .map(it -> "is elsewhere in part: " + it.words())
                .findFirst();
    }

    private static String several(List<String> items) {
        String named = items.stream().distinct().limit(MOST_NAMED).collect(joining("; "));
        long more = items.stream().distinct().count() - MOST_NAMED;
        return more <= 0 ? named : named + "; and " + more + " more";
    }
}
