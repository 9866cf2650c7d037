package jflannel.underlay;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.Neighbor;
import jflannel.kernel.RouteQuery;
import jflannel.kernel.RouteSocket;

/// A permanent neighbor entry for another node's host, or for a gateway on the way there. The kernel asks nobody about
/// it, so it stays when that host gets another network card, or when its address moves to another host.
///
/// @param source this node's address on that link
public record PinnedNeighbor(Link link, Ip source, Ip ip, Mac mac) {
    /// How many to ask about.
    private static final int MOST = 16;

    private static final Duration PATIENCE = Duration.ofMillis(700);

    /// One whose host says that its MAC address is another.
    public record Wrong(PinnedNeighbor entry, Mac right) {
        /// What is wrong, for an operator.
        public String words() {
            return "the neighbor entry of %s on %s is permanent and wrong: it has %s, and that host answers from %s"
                    .formatted(entry.ip, entry.link.name(), entry.mac, right);
        }

        /// A command that mends it.
        public String remedy() {
            return "ip neigh delete %s dev %s".formatted(entry.ip, entry.link.name());
        }
    }

    /// Those that packets to other nodes use. Quick where there is none, which is usual.
    ///
    /// @param hosts the public addresses of other nodes
    public static List<PinnedNeighbor> among(Kernel kernel, Underlay underlay, Collection<Ip> hosts)
            throws IOException {
        List<PinnedNeighbor> found = new ArrayList<>();
        for (Map.Entry<Family, Link> each : underlay.links(kernel).entrySet()) {
            List<Neighbor> entries = kernel.permanentNeighbors(each.getValue().index()).stream()
                    .filter(entry -> entry.ip().family() == each.getKey())
                    .toList();
            if (!entries.isEmpty()) {
                Set<Ip> used = new HashSet<>(hosts);
                used.addAll(gateways(kernel, hosts));
                Ip source = underlay.addresses().get(each.getKey());
                entries.stream()
                        .filter(entry -> used.contains(entry.ip()))
                        .map(entry -> new PinnedNeighbor(each.getValue(), source, entry.ip(), entry.mac()))
                        .forEach(found::add);
            }
        }
        return found.stream().limit(MOST).toList();
    }

    private static List<Ip> gateways(Kernel kernel, Collection<Ip> hosts) throws IOException {
        return kernel.pathsOf(hosts.stream().limit(MOST).map(RouteQuery::to).toList()).stream()
                .filter(reply -> reply.object() != null && reply.object().gateway() != null)
                .map(reply -> reply.object().gateway())
                .toList();
    }

    /// Asks on the link, which may take a second. Right is what answers at its own MAC address; of a host that does
    /// not answer at all nothing is known.
    public Optional<Wrong> fault() throws IOException {
        if (!exists()) {
            return Optional.empty();
        }
        try (LinkQuestion question = new LinkQuestion(link, source)) {
            return question.ask(ip, Optional.of(mac), PATIENCE).isPresent()
                    ? Optional.empty()
                    : question.ask(ip, Optional.empty(), PATIENCE)
                            .filter(right -> !right.equals(mac))
                            .map(right -> new Wrong(this, right));
        }
    }

    private boolean exists() throws IOException {
        try (Kernel kernel = new RouteSocket()) {
            return kernel.permanentNeighbors(link.index()).contains(Neighbor.permanent(link.index(), ip, mac));
        }
    }
}
