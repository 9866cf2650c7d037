package jflannel.underlay;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.AddressPool;
import jflannel.lease.NetworkConfig;

/// What is known about this node before asking its kernel.
///
/// @param families of the network; each needs an address
/// @param podNetworks where pods live; bridges there do not lead to other nodes
/// @param former addresses that other nodes already use for this node, from its lease, its annotations or its state
///     file, most reliable first; they are kept while they exist
/// @param store addresses of the store, whose routes are used if nothing else leads to other nodes
/// @param ownTable true if the routes to pods are in a table that is looked up before the main one
public record NodeFacts(
        Set<Family> families, Set<Cidr> podNetworks, List<Ip> former, List<Ip> store, boolean ownTable) {
    public NodeFacts {
        families = Set.copyOf(families);
        podNetworks = Set.copyOf(podNetworks);
        former = List.copyOf(former);
        store = List.copyOf(store);
    }

    /// A node about which only the families of its network are known.
    public static NodeFacts of(Set<Family> families) {
        return new NodeFacts(families, Set.of(), List.of(), List.of(), false);
    }

    /// The same, and where its pods live.
    public static NodeFacts of(NetworkConfig network) {
        Set<Cidr> pods =
                network.pools().values().stream().map(AddressPool::network).collect(Collectors.toSet());
        return of(network.pools().keySet()).withPodNetworks(pods);
    }

    NodeFacts withPodNetworks(Set<Cidr> networks) {
        return new NodeFacts(families, networks, former, store, ownTable);
    }

    public NodeFacts withFormer(List<Ip> addresses) {
        return new NodeFacts(families, podNetworks, addresses, store, ownTable);
    }

    public NodeFacts withStore(List<Ip> addresses) {
        return new NodeFacts(families, podNetworks, former, addresses, ownTable);
    }

    public NodeFacts withOwnTable(boolean own) {
        return new NodeFacts(families, podNetworks, former, store, own);
    }
}
