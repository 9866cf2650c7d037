package jflannel.underlay;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.AddressPool;
import jflannel.lease.BackendType;
import jflannel.lease.NetworkConfig;

/// What is known about this node before asking its kernel.
///
/// @param families of the network; each needs an address
/// @param podNetworks where pods live; bridges there do not lead to other nodes
/// @param former addresses that other nodes already use for this node, from its lease, its annotations or its state
///     file, most reliable first; they are kept while they exist
/// @param store addresses of the store, whose routes are used if nothing else leads to other nodes
/// @param ownTable true if the routes to pods are in a table that is looked up before the main one
/// @param commands true if the administrator's commands make the routes to pods, which have no mark of flannel's
public record NodeFacts(
        Set<Family> families,
        Set<Cidr> podNetworks,
        List<Ip> former,
        List<Ip> store,
        boolean ownTable,
        boolean commands) {
    public NodeFacts {
        families = Set.copyOf(families);
        podNetworks = Set.copyOf(podNetworks);
        former = List.copyOf(former);
        store = List.copyOf(store);
    }

    /// A node about which only the families of its network are known.
    public static NodeFacts of(Set<Family> families) {
        return new NodeFacts(families, Set.of(), List.of(), List.of(), false, false);
    }

    /// The same, and where its pods live.
    public static NodeFacts of(NetworkConfig network) {
        Set<Cidr> pods =
                network.pools().values().stream().map(AddressPool::network).collect(Collectors.toSet());
        boolean commands = network.type() == BackendType.EXTENSION;
        return new NodeFacts(network.pools().keySet(), pods, List.of(), List.of(), false, commands);
    }

    NodeFacts withPodNetworks(Set<Cidr> networks) {
        return new NodeFacts(families, networks, former, store, ownTable, commands);
    }

    public NodeFacts withFormer(List<Ip> addresses) {
        return new NodeFacts(families, podNetworks, addresses, store, ownTable, commands);
    }

    public NodeFacts withStore(List<Ip> addresses) {
        return new NodeFacts(families, podNetworks, former, addresses, ownTable, commands);
    }

    public NodeFacts withOwnTable(boolean own) {
        return new NodeFacts(families, podNetworks, former, store, own, commands);
    }
}
