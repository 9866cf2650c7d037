package jflannel.control;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.lease.AddressPool;
import jflannel.lease.NetworkConfig;
import jflannel.options.Options;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.HostNetworksReader;
import jflannel.underlay.NodeFacts;
import jflannel.underlay.Resolvers;

/// Knows what this host has, so that neither this node's subnet nor a peer's takes it away. The control thread looks;
/// any thread may ask.
final class HostGuard {
    private final List<Ip> store;
    private final boolean ownTable;
    private volatile HostNetworks known = HostNetworks.NONE;

    /// @param store the addresses of the store
    /// @param ownTable true if the routes to pods are in a table of their own
    HostGuard(List<Ip> store, boolean ownTable) {
        this.store = List.copyOf(store);
        this.ownTable = ownTable;
    }

    /// The addresses of the store, as far as they are given as such and not as names.
    ///
    /// @param environment in which Kubernetes names its API server to pods
    static List<Ip> storeOf(Options options, Map<String, String> environment) {
        if (!options.kube.subnetManager) {
            return options.etcd.addresses();
        }
        try {
            return List.of(Ip.parse(environment.getOrDefault("KUBERNETES_SERVICE_HOST", "")));
        } catch (IllegalArgumentException e) {
            return List.of();
        }
    }

    /// @param own the subnets that this node has, or had before: the bridges of its pods have addresses there
    HostNetworks look(Kernel kernel, NetworkConfig network, Collection<Cidr> own) throws IOException {
        Set<Cidr> pods =
                network.pools().values().stream().map(AddressPool::network).collect(Collectors.toSet());
        NodeFacts facts = NodeFacts.of(network.pools().keySet())
                .withPodNetworks(pods)
                .withStore(store)
                .withOwnTable(ownTable);
        known = HostNetworksReader.read(kernel, facts, own, block -> isOffered(network, block), Resolvers.read());
        return known;
    }

    private static boolean isOffered(NetworkConfig network, Cidr block) {
        return network.pool(block.family()).filter(pool -> pool.offers(block)).isPresent();
    }

    /// True if this node must not lease that block.
    boolean forbids(Cidr block) {
        return !known.isFree(block);
    }

    /// What this node's own subnets take away, for a condition of the node; empty if nothing.
    static String conflict(HostNetworks host, Collection<Cidr> own) {
        return own.stream()
                .flatMap(
                        subnet -> host.conflict(subnet).stream().map(why -> "this node's subnet " + subnet + " " + why))
                .findFirst()
                .orElse("");
    }
}
