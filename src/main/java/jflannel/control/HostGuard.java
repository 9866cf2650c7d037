package jflannel.control;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelNews;
import jflannel.kernel.Link;
import jflannel.kernel.Route;
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
    private volatile HostNetworks known = HostNetworks.NONE;
    private volatile List<Cidr> own = List.of();
    private Set<Address> addresses = Set.of();

    /// @param store the addresses of the store
    HostGuard(List<Ip> store) {
        this.store = List.copyOf(store);
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

    /// Looks what the host has now.
    ///
    /// @param own the subnets that this node has, or had before: the bridges of its pods have addresses there
    HostNetworks look(Kernel kernel, NetworkConfig network, Collection<Cidr> own) throws IOException {
        Set<Cidr> pods =
                network.pools().values().stream().map(AddressPool::network).collect(Collectors.toSet());
        NodeFacts facts =
                NodeFacts.of(network.pools().keySet()).withPodNetworks(pods).withStore(store);
        this.own = List.copyOf(own);
        addresses = addressesAmong(pods, kernel);
        known = HostNetworksReader.read(kernel, facts, own, block -> isOffered(network, block), Resolvers.read());
        return known;
    }

    /// True if the host has other addresses where pods live than at the last look. The kernel does not report that a
    /// device was taken down, which takes its routes along.
    boolean hasChanged(Kernel kernel) throws IOException {
        return !addressesAmong(known.podNetworks(), kernel).equals(addresses);
    }

    private Set<Address> addressesAmong(Set<Cidr> pods, Kernel kernel) throws IOException {
        Set<Integer> up =
                kernel.links().stream().filter(Link::up).map(Link::index).collect(Collectors.toSet());
        return kernel.addresses().stream()
                .map(InterfaceAddress::address)
                .filter(it -> isIn(pods, it.ip()) && !isIn(own, it.ip()) && up.contains(it.ifIndex()))
                .collect(Collectors.toSet());
    }

    /// True if a piece of the kernel's news changes what the host has. Any thread may ask.
    boolean isConcernedBy(KernelNews news) {
        HostNetworks now = known;
        return switch (news) {
            case KernelNews.Present(Address address) ->
                !isIn(own, address.ip()) && !now.needed().containsKey(address.ip());
            case KernelNews.Present(Route route) ->
                route.type() == Route.UNICAST
                        && route.protocol() != Route.OURS
                        && own.stream().noneMatch(subnet -> subnet.contains(route.destination()))
                        && !now.hasRoute(route.destination(), route.gateway() == null);
            case KernelNews.Absent(Address address) -> now.needed().containsKey(address.ip());
            case KernelNews.Absent(Route.Key(Cidr destination, int _)) -> now.hasRoute(destination);
            default -> false;
        };
    }

    /// True if a route to that network may lead to a server or a gateway that the host needs. Any thread may ask.
    boolean needsOneIn(Cidr network) {
        return known.needsOneIn(network);
    }

    private static boolean isIn(Collection<Cidr> networks, Ip ip) {
        return networks.stream().anyMatch(network -> network.contains(ip));
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
