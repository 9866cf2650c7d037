package jflannel.cloud;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.lease.BackendType;
import jflannel.lease.CloudKeys;
import jflannel.lease.NetworkConfig;

/// What a cloud's route tables should hold for this node.
///
/// @param network with the backend and its options
/// @param subnets of this node's pods
/// @param places the interfaces that lead to the other nodes, by family
/// @param endpoint where the cloud's API is instead of the usual place
/// @param withdrawn true if the network has another backend by now, so that the routes are not needed any more
public record DesiredCloudRoutes(
        NetworkConfig network,
        Set<Cidr> subnets,
        Map<Family, Place> places,
        Optional<String> endpoint,
        boolean withdrawn) {
    public DesiredCloudRoutes {
        subnets = Set.copyOf(subnets);
        places = Map.copyOf(places);
    }

    /// Where this node is attached to the cloud's network.
    ///
    /// @param mac empty for a device without one
    public record Place(Optional<Mac> mac, Ip address) {}

    DesiredCloudRoutes withdraw() {
        return new DesiredCloudRoutes(network, subnets, places, endpoint, true);
    }

    /// What of this is not wanted any more, now that something else is.
    Optional<DesiredCloudRoutes> beside(DesiredCloudRoutes other) {
        return other.withdrawn() ? Optional.of(this) : without(other);
    }

    /// What of this is not in the other; empty if all is.
    Optional<DesiredCloudRoutes> without(DesiredCloudRoutes other) {
        boolean same = network.type() == other.network.type() && tables().equals(other.tables());
        Set<Cidr> left = new HashSet<>(subnets);
        if (same) {
            left.removeAll(other.subnets);
        }
        return left.isEmpty()
                ? Optional.empty()
                : Optional.of(new DesiredCloudRoutes(network, left, places, endpoint, withdrawn));
    }

    private List<String> tables() {
        return network.type() == BackendType.GCE ? List.of() : network.option(CloudKeys.ROUTE_TABLE_ID);
    }

    /// For people: `10.5.1.0/24 by aws-vpc`.
    String words() {
        return subnets.stream().sorted().map(Cidr::toString).collect(Collectors.joining(", ")) + " by "
                + network.type().title();
    }

    /// True if a route to that destination may concern pods.
    public boolean concerns(Cidr destination) {
        return network.networks().values().stream().anyMatch(it -> it.contains(destination));
    }

    /// True if a node could have that subnet, as far as its size tells.
    boolean looksLikeSubnet(Cidr destination) {
        return subnets.stream()
                .anyMatch(own -> own.family() == destination.family() && own.length() == destination.length());
    }

    Duration period() {
        return Duration.ofSeconds(network.option(CloudKeys.RECONCILE_PERIOD));
    }

    boolean deletesStale() {
        return network.option(CloudKeys.DELETE_STALE);
    }
}
