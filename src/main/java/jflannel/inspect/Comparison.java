package jflannel.inspect;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Route;

/// What the kernel holds, beside what it should.
///
/// @param base what should be there whoever the peers are
/// @param peers by their subnets
/// @param superfluous what is this network's, and nobody wants
/// @param overriding routes of other programs that win over the wanted ones
/// @param actual all that the kernel holds in the tables that were compared
public record Comparison(
        List<Entry> base,
        List<PeerState> peers,
        List<KernelObject> superfluous,
        Set<Route> overriding,
        Collection<KernelObject> actual) {
    public Comparison {
        base = List.copyOf(base);
        peers = List.copyOf(peers);
        superfluous = List.copyOf(superfluous);
        overriding = Set.copyOf(overriding);
        actual = List.copyOf(actual);
    }

    /// How many peers have all their entries.
    public long programmed() {
        return peers.stream().filter(PeerState::isProgrammed).count();
    }
}
