package jflannel.lease;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Where the cluster keeps its network configuration and its leases: etcd, or the Kubernetes API.
/// Knows nothing of backends. Calls may block; [#watch] returns at once.
public interface LeaseStore extends AutoCloseable {
    /// Reads the network configuration.
    ///
    /// @throws ConfigException if it is missing or wrong; the message names the key or file
    /// @throws IOException if the store cannot be reached
    NetworkConfig networkConfig() throws IOException;

    /// The addresses, by family, that an administrator wrote into the store for this node alone, to be used as the
    /// flags `--public-ip` and `--public-ipv6` would be. They beat the flags.
    ///
    /// @throws ConfigException if what stands there is no address
    /// @throws IOException if the store cannot be reached
    default Map<Family, Ip> publicIps() throws IOException {
        return Map.of();
    }

    /// What this node announced when it ran before, if the store keeps it and was asked for anything since the start:
    /// peers may still go by it.
    default Optional<Announcement> announced() {
        return Optional.empty();
    }

    /// Takes one subnet for each family of the network, and publishes `mine` with it. A lease that this node already
    /// holds is kept; else a `previous` subnet if it is free; else a free one. Repeats by itself what it lost
    /// to a node that was faster.
    ///
    /// @param previous subnets this node had before, by its subnet file; may be empty
    /// @throws ConfigException if no subnet is left
    /// @throws IOException if the store cannot be reached
    Lease acquire(NetworkConfig network, Announcement mine, List<Cidr> previous) throws IOException;

    /// Tells that this node's lease is `own`, though it bears an address that the node no longer has: the next
    /// [#acquire] may take it for this node's. Stores that know nodes by other things than addresses need not care.
    default void formerly(Lease own) {}

    /// From now on this node takes no subnet that the judge refuses: one that covers what this host has, such as the
    /// network that it is attached to. Stores in which somebody else chooses the subnets ignore it.
    ///
    /// @param unusable asked on threads of the store's
    default void avoid(Predicate<Cidr> unusable) {}

    /// Starts to report the leases of other nodes, and from now on keeps this node's own lease alive: renews it in
    /// time, and takes it again if it is lost. Events arrive one at a time on a thread of the store's. Never gives
    /// up: an unreachable store is logged and tried again, and means no event. Does nothing if the store was closed
    /// meanwhile.
    void watch(Lease own, Consumer<LeaseEvent> listener);

    /// Takes in whether this node can carry its pods' packets, for a store whose readers want to know. Returns at
    /// once; any thread may call it, as often as it likes.
    ///
    /// @param why it cannot
    default void report(boolean ready, String why) {}

    /// The hosts that this node has to reach to reach the store, by name or address: its servers, or a proxy before
    /// them. Any thread may ask.
    List<String> hosts();

    /// What this store has counted of its own work. A store that counts nothing leaves it empty.
    default StoreFigures figures() {
        return new StoreFigures();
    }

    /// Stops reporting and renewing. The lease stays, so that a restarted node finds it.
    @Override
    void close();
}
