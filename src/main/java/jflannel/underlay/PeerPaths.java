package jflannel.underlay;

import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.Path;
import jflannel.kernel.RouteQuery;
import jflannel.lease.Peers;
import jflannel.linux.KernelReply;

/// How the kernel sends to each peer's host, by all its rules and tables. It is asked about new peers at once, and
/// about all of them after its routes, rules or devices may have changed. For one thread, except as noted.
///
/// Where a packet goes depends on which of the networks named by routes and rules contain its destination. These
/// networks are nested, so the smallest one determines the others, and all peers with the same smallest network
/// have the same path. Even in a cluster of thousands there are only a few.
public final class PeerPaths {
    /// Up to this many peers are looked up one by one, which is faster than reading the kernel's tables.
    private static final int FEW = 100;

    private final Kernel kernel;
    private final Map<Ip, PeerPath> known = new HashMap<>();
    private final Map<Ip, PeerPath> narrow = new HashMap<>();
    /// The peers' hosts, whether or not there is a path to them.
    private final NavigableSet<Ip> hosts = new ConcurrentSkipListSet<>();

    private Underlay underlay;
    private OuterMtu mtu;

    public PeerPaths(Kernel kernel) {
        this.kernel = kernel;
    }

    /// Asks about all peers.
    ///
    /// @param packets between the hosts
    public void look(Peers peers, Underlay by, OuterMtu packets) throws IOException {
        underlay = by;
        mtu = packets;
        known.clear();
        narrow.clear();
        hosts.addAll(peers.hosts());
        hosts.retainAll(peers.hosts());
        learn(peers.hosts(), peers);
    }

    /// Asks about those peers that are new since the last look, and forgets those that are gone.
    ///
    /// @param changed the addresses of those
    public void update(Set<Ip> changed, Peers peers) throws IOException {
        changed.forEach(known::remove);
        changed.forEach(narrow::remove);
        NavigableSet<Ip> present =
                changed.stream().filter(peers.hosts()::contains).collect(Collectors.toCollection(TreeSet::new));
        hosts.removeAll(changed);
        hosts.addAll(present);
        learn(present, peers);
    }

    /// The paths to the peers; those that the kernel has no route to have none.
    public Map<Ip, PeerPath> known() {
        return Collections.unmodifiableMap(known);
    }

    /// True if a peer's host has an address in this network, so that a route there may concern it. Any thread may call
    /// this.
    public boolean leadToOneIn(Cidr network) {
        return holdsOneOf(hosts, network);
    }

    /// The peers' hosts that the kernel has no way to, although this node has an address of their family.
    public List<Ip> unreachable() {
        return hosts.size() == known.size()
                ? List.of()
                : hosts.stream()
                        .filter(ip -> !known.containsKey(ip)
                                && underlay.uplink(ip.family()).isPresent())
                        .toList();
    }

    /// The paths that carry less than the underlay.
    public Collection<PeerPath> narrow() {
        return Collections.unmodifiableCollection(narrow.values());
    }

    private void learn(NavigableSet<Ip> peers, Peers all) throws IOException {
        if (peers.isEmpty()) {
            return;
        }
        Map<Ip, Ip> examples = peers.size() <= FEW ? Map.of() : examples(peers);
        Set<Ip> questions = examples.isEmpty() ? peers : new TreeSet<>(examples.values());
        Map<Ip, PeerPath> answers = ask(List.copyOf(questions));
        for (Ip peer : peers) {
            PeerPath answer = answers.get(examples.getOrDefault(peer, peer));
            if (answer != null) {
                PeerPath path = new PeerPath(peer, answer.path(), answer.link(), accepted(all.mtu(peer)));
                known.put(peer, path);
                if (path.mtu() < mtu.own()) {
                    narrow.put(peer, path);
                }
            }
        }
    }

    private int accepted(int published) {
        return published == 0 ? mtu.others() : published;
    }

    /// For each peer, a representative with the same path.
    private Map<Ip, Ip> examples(NavigableSet<Ip> peers) throws IOException {
        Set<Cidr> networks = new HashSet<>();
        // of a router's million routes, keep only those that lead to a peer
        kernel.fib(route -> {
            if (holdsOneOf(peers, route.destination())) {
                networks.add(route.destination());
            }
            return false;
        });
        networks.addAll(kernel.ruleDestinations());
        Map<Cidr, Ip> exampleOf = new HashMap<>();
        Map<Ip, Ip> examples = new HashMap<>();
        List<Integer> lengths = networks.stream()
                .map(Cidr::length)
                .distinct()
                .sorted((a, b) -> b - a)
                .toList();
        for (Ip peer : peers) {
            Cidr smallest = lengths.stream()
                    .filter(length -> length <= peer.family().bits())
                    .map(length -> new Cidr(peer, length))
                    .filter(networks::contains)
                    .findFirst()
                    .orElse(Cidr.all(peer.family()));
            examples.put(peer, exampleOf.computeIfAbsent(smallest, _ -> peer));
        }
        return examples;
    }

    private static boolean holdsOneOf(NavigableSet<Ip> peers, Cidr network) {
        Ip first = peers.ceiling(network.address());
        return first != null && network.contains(first);
    }

    private Map<Ip, PeerPath> ask(List<Ip> peers) throws IOException {
        Map<Integer, Link> links =
                kernel.links().stream().collect(Collectors.toMap(Link::index, Function.identity(), (one, _) -> one));
        List<KernelReply<Path>> replies =
                kernel.pathsOf(peers.stream().map(this::query).toList());
        Map<Ip, PeerPath> paths = new HashMap<>();
        for (int i = 0; i < peers.size(); i++) {
            Path path = replies.get(i).object();
            Link link = path == null ? null : links.get(path.ifIndex());
            if (link != null) {
                paths.put(peers.get(i), new PeerPath(peers.get(i), path, link));
            }
        }
        return paths;
    }

    /// Looks up a tunnel packet, whose source is this node's address.
    private RouteQuery query(Ip peer) {
        Optional<Ip> source = underlay.uplink(peer.family()).map(Uplink::address);
        return source.isEmpty() ? RouteQuery.to(peer) : RouteQuery.to(peer).from(source.get());
    }
}
