package jflannel.lease;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Where the cluster keeps its network configuration and its leases: etcd or the Kubernetes API.
/// Knows nothing about backends. Calls may block; [#watch] returns at once.
public interface LeaseStore extends AutoCloseable {
    /// Reads the network configuration.
    ///
    /// @throws ConfigException if it is missing or wrong; the message names the key or file
    /// @throws IOException if the store cannot be reached
    NetworkConfig networkConfig() throws IOException;

    /// Checks whether the files with which to log in to the store can be used, before they are needed.
    ///
    /// @throws CredentialsException if not
    default void requireCredentials() {}

    /// The addresses, by family, that an administrator wrote into the store for this node. They act like the flags
    /// `--public-ip` and `--public-ipv6`, and override them.
    ///
    /// @throws ConfigException if one is not an address
    /// @throws IOException if the store cannot be reached
    default Map<Family, Ip> publicIps() throws IOException {
        return Map.of();
    }

    /// What this node announced in its last run, if the store keeps that and has been read since the start. Peers
    /// may still rely on it.
    default Optional<Announcement> announced() {
        return Optional.empty();
    }

    /// Takes one subnet for each family of the network, and publishes `mine` with it. Keeps a lease that this node
    /// already holds; or else takes a `previous` subnet if it is free; or else any free one. Retries by itself if
    /// another node was faster.
    ///
    /// @param previous subnets that this node had before, according to its subnet file; may be empty
    /// @throws ConfigException if no subnet is left
    /// @throws IOException if the store cannot be reached
    Lease acquire(NetworkConfig network, Announcement mine, List<Cidr> previous) throws IOException;

    /// Lists all leases once, and changes nothing.
    ///
    /// @param ownOf picks this node's lease out of all, the oldest first. Stores that know nodes by name do not ask
    /// @throws ConfigException if this node cannot have a lease in that network
    /// @throws IOException if the store cannot be reached
    LeaseList list(NetworkConfig network, Function<List<Lease>, Optional<Lease>> ownOf) throws IOException;

    /// Declares that `own` is this node's lease, although it has an address that the node no longer has: the next
    /// [#acquire] may reuse it, if its record is still exactly what this node wrote. Stores that do not identify
    /// nodes by their addresses ignore it.
    ///
    /// @param receipt as in [#receipt], of an earlier run; empty if this run holds the lease, or if it is unknown
    default void formerly(Lease own, String receipt) {}

    /// What tells the record of this node's lease from one with the same content that another node wrote later, since
    /// it got this node's address; empty if there is none. Any thread may ask.
    default String receipt() {
        return "";
    }

    /// From now on, this node takes no subnet that the predicate matches, such as one that covers the network this
    /// host is attached to. Stores that do not choose subnets ignore it.
    ///
    /// @param unusable called on threads of the store
    default void avoid(Predicate<Cidr> unusable) {}

    /// Starts to report the leases of other nodes, and to keep this node's own lease alive: renews it in time, and
    /// takes it again if it is lost. Events arrive one at a time on a thread of the store. Never gives up: an
    /// unreachable store is logged and retried, and causes no events. Does nothing if the store was closed
    /// meanwhile.
    void watch(Lease own, Consumer<LeaseEvent> listener);

    /// Reports whether this node can carry its pods' packets, for stores that publish it. Returns at once. Any
    /// thread may call it, any number of times.
    ///
    /// @param why it cannot
    default void report(boolean ready, String why) {}

    /// The hosts that this node has to reach to reach the store, by name or address: its servers, or a proxy before
    /// them. Any thread may ask.
    List<String> hosts();

    /// Counters of this store's own work; empty for a store that counts nothing.
    default StoreFigures figures() {
        return new StoreFigures();
    }

    /// The store's clock, to the second; empty if it does not tell.
    ///
    /// @throws IOException if the store cannot be reached
    default Optional<Instant> clock() throws IOException {
        return Optional.empty();
    }

    /// Stops reporting and renewing. The lease stays, so that a restarted node finds it.
    @Override
    void close();
}
