package jflannel.control;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import jflannel.backend.PeerLink;
import jflannel.kernel.Route;
import jflannel.lease.Lease;
import jflannel.page.Peer;

/// Says of single peers what passes say of all.
///
/// @param ignored reasons by [Lease#key], or by the single subnet
/// @param overriding routes of other programs that take precedence over ours
/// @param held keys of the leases that are held
record PeerSight(Reachability reach, Map<Object, String> ignored, Set<Route> overriding, Set<Object> held) {

    Peer of(Lease lease, PeerLink link) {
        boolean reached = !reach.lacks(lease);
        return new Peer(lease, link, reached, reached ? doubt(lease) : reason(lease), held.contains(lease.key()));
    }

    /// Why it is out of reach because of what it published; empty if it is not.
    String fault(Lease lease) {
        return Stream.concat(Stream.of(lease.key()), lease.cidrs().stream())
                .map(ignored::get)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("");
    }

    private String reason(Lease lease) {
        String fault = fault(lease);
        return fault.isEmpty() ? "the kernel refused an entry for it" : fault;
    }

    private String doubt(Lease lease) {
        return overriding.stream()
                .filter(route -> lease.cidrs().stream().anyMatch(route.destination()::overlaps))
                .findFirst()
                .map(route -> "another program's route to " + route.destination() + " takes precedence")
                .orElse("");
    }
}
