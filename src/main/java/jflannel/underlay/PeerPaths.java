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
import jflannel.linux.KernelReply;

/// How the kernel sends to each peer's host, by all its rules and tables. It is asked about new peers at once, and
/// about the others again only after its routes, rules or devices have changed. For one thread, except as noted.
///
/// Where a packet goes depends on which networks, of all routes and rules, its destination lies in. These contain
/// each other, so the smallest tells them all, and the answer for one peer is that for all whose smallest network is
/// the same. In a cluster of thousands there are a few.
public final class PeerPaths {
    /// As many are asked about one by one: the kernel answers faster than its tables are read.
    private static final int FEW = 100;

    private final Kernel kernel;
    private final Map<Ip, PeerPath> known = new HashMap<>();
    /// Those that were asked about since the last change, also where there is no path.
    private final Set<Ip> asked = new HashSet<>();

    /// As those, and kept over a change.
    private final NavigableSet<Ip> hosts = new ConcurrentSkipListSet<>();

    private Underlay underlay;

    public PeerPaths(Kernel kernel) {
        this.kernel = kernel;
    }

    /// Routes, rules or devices may have changed.
    public void changed() {
        asked.clear();
    }

    /// The paths to these peers and to no others; peers that the kernel has no route to have none.
    ///
    /// @param peers the public addresses of their hosts
    public Map<Ip, PeerPath> to(Collection<Ip> peers, Underlay by) throws IOException {
        learn(peers, by);
        Set<Ip> present = new HashSet<>(peers);
        if (hosts.size() > present.size()) {
            hosts.retainAll(present);
            asked.retainAll(present);
            known.keySet().retainAll(present);
        }
        return Collections.unmodifiableMap(known);
    }

    /// The path to one peer, which may be new; empty if the kernel has no route to it.
    public Optional<PeerPath> to(Ip peer, Underlay by) throws IOException {
        learn(List.of(peer), by);
        return Optional.ofNullable(known.get(peer));
    }

    /// True if a peer's host has an address in this network, so that a route there may concern it. Any thread may ask.
    public boolean leadToOneIn(Cidr network) {
        return holdsOneOf(hosts, network);
    }

    private void learn(Collection<Ip> peers, Underlay by) throws IOException {
        if (!by.equals(underlay)) {
            underlay = by;
            changed();
        }
        NavigableSet<Ip> unknown = new TreeSet<>();
        peers.stream().filter(peer -> !asked.contains(peer)).forEach(unknown::add);
        if (!unknown.isEmpty()) {
            learn(unknown);
        }
    }

    private void learn(NavigableSet<Ip> peers) throws IOException {
        Map<Ip, Ip> examples = peers.size() <= FEW ? Map.of() : examples(peers);
        Set<Ip> questions = examples.isEmpty() ? peers : new TreeSet<>(examples.values());
        Map<Ip, PeerPath> answers = ask(List.copyOf(questions));
        for (Ip peer : peers) {
            PeerPath answer = answers.get(examples.getOrDefault(peer, peer));
            if (answer == null) {
                known.remove(peer);
            } else {
                known.put(peer, new PeerPath(peer, answer.path(), answer.link()));
            }
        }
        asked.addAll(peers);
        hosts.addAll(peers);
    }

    /// For each peer one whose packets go the same way.
    private Map<Ip, Ip> examples(NavigableSet<Ip> peers) throws IOException {
        Set<Cidr> networks = new HashSet<>();
        // of a router's million routes only those are kept that lead to a peer
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

    /// A packet of a tunnel, which has this node's address as its source.
    private RouteQuery query(Ip peer) {
        Optional<Ip> source = underlay.uplink(peer.family()).map(Uplink::address);
        return source.isEmpty() ? RouteQuery.to(peer) : RouteQuery.to(peer).from(source.get());
    }
}
