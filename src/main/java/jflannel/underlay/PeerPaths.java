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
import java.util.function.Function;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.Path;
import jflannel.kernel.RouteQuery;
import jflannel.linux.KernelReply;

/// How the kernel sends to each peer's host, considering all rules and tables. Looks up new peers at once, and the
/// others again only after routes, rules or devices have changed. For one thread.
///
/// Where a packet goes depends on which of the networks named by routes and rules contain its destination. These
/// networks are nested, so the smallest one determines the others, and all peers with the same smallest network
/// have the same path. Even in a cluster of thousands there are only a few.
public final class PeerPaths {
    /// Up to this many peers are looked up one by one, which is faster than reading the kernel's tables.
    private static final int FEW = 100;

    private final Kernel kernel;
    private final Map<Ip, PeerPath> known = new HashMap<>();
    /// Peers looked up since the last change, including those without a path.
    private final Set<Ip> asked = new HashSet<>();

    private Underlay underlay;

    public PeerPaths(Kernel kernel) {
        this.kernel = kernel;
    }

    /// Called when routes, rules or devices may have changed.
    public void changed() {
        asked.clear();
    }

    /// The paths to exactly these peers; a peer without a route has no path.
    ///
    /// @param peers the public addresses of their hosts
    public Map<Ip, PeerPath> to(Collection<Ip> peers, Underlay by) throws IOException {
        learn(peers, by);
        Set<Ip> present = new HashSet<>(peers);
        asked.retainAll(present);
        known.keySet().retainAll(present);
        return Collections.unmodifiableMap(known);
    }

    /// The path to one peer, which may be new; empty if there is no route to it.
    public Optional<PeerPath> to(Ip peer, Underlay by) throws IOException {
        learn(List.of(peer), by);
        return Optional.ofNullable(known.get(peer));
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
