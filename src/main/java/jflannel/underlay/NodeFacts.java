package jflannel.underlay;

import java.util.List;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// What is known of this node before its kernel is asked.
///
/// @param families that the network has; each needs an address
/// @param podNetworks where pods live, so that their bridges are not taken for a way to other nodes
/// @param former the addresses by which other nodes know this one, from its lease, its annotations or its state
///     file, the best known first: it keeps them for as long as it has them
/// @param store the addresses of the store, which lead to where the other nodes are if nothing else does
public record NodeFacts(Set<Family> families, Set<Cidr> podNetworks, List<Ip> former, List<Ip> store) {
    public NodeFacts {
        families = Set.copyOf(families);
        podNetworks = Set.copyOf(podNetworks);
        former = List.copyOf(former);
        store = List.copyOf(store);
    }

    /// A node of which nothing is known but the families of its network.
    public static NodeFacts of(Set<Family> families) {
        return new NodeFacts(families, Set.of(), List.of(), List.of());
    }

    public NodeFacts withPodNetworks(Set<Cidr> networks) {
        return new NodeFacts(families, networks, former, store);
    }

    public NodeFacts withFormer(List<Ip> addresses) {
        return new NodeFacts(families, podNetworks, addresses, store);
    }

    public NodeFacts withStore(List<Ip> addresses) {
        return new NodeFacts(families, podNetworks, former, addresses);
    }
}
