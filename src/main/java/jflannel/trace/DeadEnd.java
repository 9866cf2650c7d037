package jflannel.trace;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import jflannel.foreign.Packet;
import jflannel.ip.Family;
import jflannel.kernel.FibRoute;
import jflannel.kernel.Link;
import jflannel.kernel.PolicyRule;
import jflannel.kernel.Route;

/// Why the kernel has no route for a packet although there seems to be one: another program's route or rule of
/// ip-rule(8) that ends it (blackhole, unreachable, prohibit).
final class DeadEnd {
    private final Journey journey;
    private final RouteHop routes;

    DeadEnd(Journey journey, RouteHop routes) {
        this.journey = journey;
        this.routes = routes;
    }

    /// @param hop where the packet ends
    /// @return empty if nothing ends it on purpose
    Optional<Hop> find(Hop hop, Packet packet, Link arrival) throws IOException {
        List<FibRoute> covering = journey.view.covering(packet.destination());
        String ip = packet.family() == Family.IPV6 ? "ip -6" : "ip";
        for (PolicyRule rule : routes.rulesFor(packet, arrival)) {
            if (rule.refuses()) {
                return Optional.of(hop.because(rule.toString())
                        .broken(
                                "a routing rule ends it: " + rule,
                                "%s rule del priority %d".formatted(ip, rule.priority())));
            }
            Optional<FibRoute> best = rule.leadsToTable() ? best(covering, rule.table()) : Optional.empty();
            if (best.isPresent() && isEnd(best.get())) {
                String words = routes.words(best.get());
                return Optional.of(hop.because(rule.toString(), words)
                        .broken("a route ends it: " + words, "%s route del %s".formatted(ip, words)));
            }
            if (best.isPresent()) {
                return Optional.empty(); // its own fault
            }
        }
        return Optional.empty();
    }

    /// Routes of type throw are passed over, as the kernel does: it asks the next rule.
    private static Optional<FibRoute> best(List<FibRoute> covering, int table) {
        return covering.stream()
                .filter(route -> route.table() == table && !route.cloned())
                .reduce((one, other) -> other.isBetterThan(one) ? other : one)
                .filter(route -> route.type() != Route.THROW);
    }

    private static boolean isEnd(FibRoute route) {
        return route.type() == Route.BLACKHOLE || route.type() == Route.UNREACHABLE || route.type() == Route.PROHIBIT;
    }
}
