package jflannel.cloud;

import java.util.List;
import jflannel.ip.Cidr;

/// The other nodes' subnets, as of the last pass.
///
/// @param known true if the store has listed all of them
public record OtherNodes(List<Cidr> subnets, boolean known) {
    static final OtherNodes NONE = new OtherNodes(List.of(), false);

    public OtherNodes {
        subnets = List.copyOf(subnets);
    }

    /// True if a node with these subnets is the one that cleans up: the one with the lowest.
    boolean elect(List<Cidr> own) {
        return known
                && own.stream()
                        .min(Cidr::compareTo)
                        .filter(lowest -> subnets.stream()
                                .noneMatch(other -> other.family() == lowest.family() && other.compareTo(lowest) < 0))
                        .isPresent();
    }
}
