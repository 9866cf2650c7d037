package jflannel.underlay;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jflannel.ip.Ip;

/// What fits through to the peers, where that is less than the interfaces of the underlay carry: by a VPN that a
/// rule sends packets to, or by a route with an MTU of its own. Larger packets of a tunnel are cut into fragments.
public final class PathMtus {
    private final int usual;
    private final Map<Ip, PeerPath> paths;
    private final Map<Ip, PeerPath> narrow;

    /// @param usual what the interfaces of the underlay carry, in bytes
    public PathMtus(int usual, Collection<PeerPath> paths) {
        this.usual = usual;
        this.paths = paths.stream().collect(Collectors.toMap(PeerPath::peer, path -> path, (one, _) -> one));
        this.narrow = new TreeMap<>();
        this.paths.forEach((peer, path) -> {
            if (path.mtu() < usual) {
                narrow.put(peer, path);
            }
        });
    }

    /// What fits through to a peer, in bytes, if it is less than usual: its routes should say so.
    public OptionalInt limit(Ip peer) {
        PeerPath path = narrow.get(peer);
        return path == null ? OptionalInt.empty() : OptionalInt.of(path.mtu());
    }

    /// What pods may use, in bytes, before anything that a tunnel adds: the most that fits through to any peer,
    /// since more is never of use. For the other peers there are [limits][#limit].
    public int most() {
        return paths.values().stream()
                .mapToInt(PeerPath::mtu)
                .map(mtu -> Math.min(mtu, usual))
                .max()
                .orElse(usual);
    }

    /// For an operator, about the peers with a limit: `192.0.2.7 and 2 other nodes are reached by vpn0, which
    /// carries 1420 bytes, not 1500`. Empty if there are none.
    public Optional<String> words() {
        Map<String, List<PeerPath>> byCause = narrow.values().stream()
                .collect(groupingBy(path -> path.link().name() + " " + path.mtu(), TreeMap::new, Collectors.toList()));
        return byCause.isEmpty()
                ? Optional.empty()
                : Optional.of(byCause.values().stream().map(this::words).collect(joining("; ")));
    }

    private String words(List<PeerPath> alike) {
        PeerPath first = alike.getFirst();
        boolean byRoute = first.mtu() < first.link().mtu();
        return first.peer()
                + (alike.size() == 1 ? " is" : " and %d other nodes are".formatted(alike.size() - 1))
                + " reached by %s%s, which carries %d bytes, not %d"
                        .formatted(
                                byRoute ? "a route out of " : "", first.link().name(), first.mtu(), usual);
    }
}
