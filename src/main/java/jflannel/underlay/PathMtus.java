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
import jflannel.lease.Announcement;

/// The path MTUs of peers, where they are smaller than what this node sends: because a rule sends packets through
/// a VPN, a route has an MTU of its own, or the host itself takes less. Larger tunnel packets are fragmented, or,
/// if it is the host, lost.
public final class PathMtus {
    private final int usual;
    private final Map<String, List<PeerPath>> byCause;

    /// @param usual the largest packet that this node sends, in bytes
    public PathMtus(int usual, Collection<PeerPath> paths) {
        this.usual = usual;
        this.byCause = paths.stream()
                .filter(path -> path.mtu() < usual)
                .sorted(comparing(PeerPath::peer))
                .collect(groupingBy(
                        path -> path.link().name() + " " + path.mtu() + " " + isOfHost(path), TreeMap::new, toList()));
    }

    /// Describes the peers with a smaller path MTU: `192.0.2.7 and 2 other nodes are reached through vpn0, which
    /// carries 1420 bytes, not 1500`. Empty if there are none.
    public Optional<String> words() {
        return byCause.isEmpty()
                ? Optional.empty()
                : Optional.of(byCause.values().stream().map(this::words).collect(joining("; ")));
    }

    private static String others(int count) {
        return count == 0 ? "" : count == 1 ? " and 1 other node" : " and %d other nodes".formatted(count);
    }

    private static boolean isOfHost(PeerPath path) {
        return path.mtu() < path.departing();
    }

    private String words(List<PeerPath> alike) {
        PeerPath first = alike.getFirst();
        boolean one = alike.size() == 1;
        String who = first.peer() + others(alike.size() - 1);
        if (isOfHost(first)) {
            String verb = one ? "publishes" : "publish";
            String what = first.mtu() == Announcement.USUAL_MTU ? "no MTU above" : "an MTU of";
            return "%s %s %s %d, and this node's is %d".formatted(who, verb, what, first.mtu(), usual);
        }
        boolean byRoute = first.mtu() < first.link().mtu();
        return who
                + (one ? " is" : " are")
                + " reached through %s%s, which carries %d bytes, not %d"
                        .formatted(
                                byRoute ? "a route out of " : "", first.link().name(), first.mtu(), usual);
    }
}
