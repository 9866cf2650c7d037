package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelNews;
import jflannel.kernel.Route;
import jflannel.lease.NetworkConfig;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.HostNetworksReader;
import jflannel.underlay.NodeFacts;

/// Knows what this host has, so that neither this node's subnet nor a peer's takes it away. The control thread looks;
/// any thread may ask.
public final class HostGuard {
    private static final Logger LOG = System.getLogger(HostGuard.class.getName());
    /// How long a choice of a subnet waits for the first look-up of names.
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final CountDownLatch lookedUp = new CountDownLatch(1);
    private volatile Lifelines.Servers servers = Lifelines.Servers.NONE;
    private final boolean ownTable;
    private volatile HostNetworks known = HostNetworks.NONE;
    private volatile List<Cidr> own = List.of();
    private NetworkConfig network;
    private Set<Address> addresses = Set.of();
    /// Those that this host has in its own subnets, as of the last look: of its bridge of pods, and perhaps of others.
    private volatile Set<Ip> amongOwnPods = Set.of();

    /// @param ownTable true if the routes to pods are in a table of their own
    HostGuard(boolean ownTable) {
        this.ownTable = ownTable;
    }

    /// These servers are what the host needs now. Any thread may call this.
    void needs(Lifelines.Servers now) {
        servers = now;
        lookedUp.countDown();
    }

    /// The addresses of the store, as far as they are known.
    List<Ip> store() {
        return List.copyOf(servers.store());
    }

    /// Looks what the host has now.
    ///
    /// @param own the subnets that this node has, or had before: the bridges of its pods have addresses there
    HostNetworks look(Kernel kernel, NetworkConfig network, Collection<Cidr> own) throws IOException {
        NodeFacts facts = facts(network);
        this.own = List.copyOf(own);
        this.network = network;
        List<InterfaceAddress> all = kernel.addresses();
        addresses = addressesAmong(facts.podNetworks(), all);
        amongOwnPods = amongOwnPods(all);
        known = read(kernel, facts);
        return known;
    }

    private HostNetworks read(Kernel kernel, NodeFacts facts) throws IOException {
        return HostNetworksReader.read(kernel, facts, own, network::offers, servers.names());
    }

    /// True if the host has other addresses or routes where pods live than at the last look, in case news of one was
    /// lost. The kernel does not report the routes of IPv4 that end with their device.
    boolean hasChanged(Kernel kernel) throws IOException {
        List<InterfaceAddress> all = kernel.addresses();
        return !addressesAmong(known.podNetworks(), all).equals(addresses)
                || !amongOwnPods(all).equals(amongOwnPods)
                || (known.hasRoutesToPods() || !known.bridgeFaults().isEmpty())
                        && !read(kernel, facts(network)).equals(known);
    }

    private NodeFacts facts(NetworkConfig config) {
        return NodeFacts.of(config).withStore(List.copyOf(servers.store())).withOwnTable(ownTable);
    }

    private Set<Ip> amongOwnPods(List<InterfaceAddress> all) {
        return all.stream()
                .map(it -> it.address().ip())
                .filter(ip -> isIn(own, ip) && !isGateway(ip))
                .collect(Collectors.toSet());
    }

    /// True for the addresses that this node's tunnel device and its bridge of pods have.
    private boolean isGateway(Ip ip) {
        return own.stream()
                .map(Cidr::address)
                .anyMatch(first -> first.equals(ip) || first.plus(1).equals(ip));
    }

    private Set<Address> addressesAmong(Set<Cidr> pods, List<InterfaceAddress> all) {
        return all.stream()
                .map(InterfaceAddress::address)
                .filter(it -> isIn(pods, it.ip()) && !isIn(own, it.ip()))
                .collect(Collectors.toSet());
    }

    /// True if a piece of the kernel's news changes what the host has. Any thread may ask.
    boolean isConcernedBy(KernelNews news) {
        HostNetworks now = known;
        return switch (news) {
            case KernelNews.Present(Address address) ->
                isIn(own, address.ip())
                        ? !isGateway(address.ip()) && !amongOwnPods.contains(address.ip())
                        : !now.needed().containsKey(address.ip());
            case KernelNews.Present(Route route) ->
                route.type() == Route.UNICAST
                        && route.protocol() != Route.OURS
                        && !isOfPods(route.destination())
                        && !now.hasRoute(route.destination(), route.gateway() == null);
            case KernelNews.Absent(Address address) -> now.needed().containsKey(address.ip());
            case KernelNews.Absent(Route.Key(Cidr destination, int _, int _)) ->
                now.hasRoute(destination) || own.contains(destination);
            default -> false;
        };
    }

    /// True for what the routes to this node's own pods lead to: its subnet, and single addresses there.
    private boolean isOfPods(Cidr destination) {
        return own.contains(destination)
                || destination.length() == destination.family().bits() && isIn(own, destination.address());
    }

    /// True if a route to that network may lead to a server or a gateway that the host needs. Any thread may ask.
    boolean needsOneIn(Cidr network) {
        return known.needsOneIn(network);
    }

    private static boolean isIn(Collection<Cidr> networks, Ip ip) {
        return networks.stream().anyMatch(network -> network.contains(ip));
    }

    /// True if this node must not lease that block. Waits for a name server if none has answered yet, so it is not for
    /// the control thread.
    boolean forbids(Cidr block) {
        try {
            if (!lookedUp.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.log(Level.DEBUG, "the store's name has no address yet");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !known.isFree(block) || servers.isIn(block);
    }

    /// What this node's own subnets take away, for a condition of the node; empty if nothing.
    public static String conflict(HostNetworks host, Collection<Cidr> own) {
        return own.stream()
                .flatMap(subnet -> host
                        .conflict(subnet)
                        .or(() -> host.diversion(subnet))
                        .map(why -> "this node's subnet " + subnet + " " + why)
                        .stream())
                .findFirst()
                .orElse("");
    }
}
