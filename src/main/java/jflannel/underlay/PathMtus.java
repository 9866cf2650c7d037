package jflannel.underlay;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toList;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The path MTUs of peers, where they are smaller than the MTU of the underlay's interfaces: because a rule sends
/// packets through a VPN, or a route has an MTU of its own. Larger tunnel packets are fragmented.
public final class PathMtus {
    private final int usual;
    private final Map<String, List<PeerPath>> byCause;

    /// @param usual the MTU of the underlay's interfaces, in bytes
    public PathMtus(int usual, Collection<PeerPath> paths) {
        this.usual = usual;
        this.byCause = paths.stream()
                .filter(path -> path.mtu() < usual)
                .sorted(comparing(PeerPath::peer))
                .collect(groupingBy(path -> path.link().name() + " " + path.mtu(), TreeMap::new, toList()));
    }

    /// Describes the peers with a smaller path MTU: `192.0.2.7 and 2 other nodes are reached through vpn0, which
    /// carries 1420 bytes, not 1500`. Empty if there are none.
    public Optional<String> words() {
        return byCause.isEmpty()
                ? Optional.empty()
                : Optional.of(byCause.values().stream().map(this::words).collect(joining("; ")));
    }

    private String words(List<PeerPath> alike) {
        PeerPath first = alike.getFirst();
        boolean byRoute = first.mtu() < first.link().mtu();
        return first.peer()
                + (alike.size() == 1 ? " is" : " and %d other nodes are".formatted(alike.size() - 1))
                + " reached through %s%s, which carries %d bytes, not %d"
                        .formatted(
                                byRoute ? "a route out of " : "", first.link().name(), first.mtu(), usual);
    }
}
