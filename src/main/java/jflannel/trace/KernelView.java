package jflannel.trace;

import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import jflannel.foreign.AllRules;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.FibRoute;
import jflannel.kernel.Filter;
import jflannel.kernel.ForwardingEntry;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelEntries;
import jflannel.kernel.Link;
import jflannel.kernel.NeighborEntry;
import jflannel.kernel.Path;
import jflannel.kernel.PolicyRule;
import jflannel.kernel.RouteQuery;
import jflannel.kernel.RouteSocket;
import jflannel.kernel.WireguardDevices;
import jflannel.kernel.WireguardState;
import jflannel.kernel.Xfrm;
import jflannel.kernel.XfrmPolicy;
import jflannel.kernel.XfrmState;
import jflannel.linux.KernelReply;
import jflannel.linux.Sysctl;
import jflannel.policy.Connection;
import jflannel.policy.KernelRefusal;

/// The node whose network namespace the calling thread is in.
public final class KernelView implements View, AutoCloseable {
    private final Kernel kernel;
    private final KernelEntries entries;
    private final Function<Connection, List<String>> policies;
    private final Map<Family, FutureTask<AllRules>> rules = new EnumMap<>(Family.class);

    public KernelView() throws IOException {
        this(_ -> List.of());
    }

    /// @param policies finds out which network policies speak of a connection; it may take its time
    public KernelView(Function<Connection, List<String>> policies) throws IOException {
        this.policies = policies;
        kernel = new RouteSocket();
        try {
            entries = new KernelEntries();
        } catch (IOException e) {
            kernel.close();
            throw e;
        }
    }

    /// Begins to read the firewall rules, by tools that take their time, for a trace to this address.
    public void prepare(Ip destination) {
        task(destination);
    }

    /// Threads are born in the namespace of the one that starts them. Rules are those for the first destination of a
    /// family: what is left out are the rules of single Services, and only a packet's first destination may be one.
    private FutureTask<AllRules> task(Ip destination) {
        return rules.computeIfAbsent(destination.family(), _ -> {
            FutureTask<AllRules> task = new FutureTask<>(() -> AllRules.read(destination));
            Thread.ofPlatform().daemon().name("rules").start(task);
            return task;
        });
    }

    @Override
    public List<Link> links() throws IOException {
        return kernel.links();
    }

    @Override
    public List<InterfaceAddress> addresses() throws IOException {
        return kernel.addresses();
    }

    @Override
    public KernelReply<Path> path(RouteQuery query) throws IOException {
        return kernel.pathsOf(List.of(query)).getFirst();
    }

    @Override
    public KernelReply<FibRoute> route(RouteQuery query) throws IOException {
        return kernel.routesFor(List.of(query)).getFirst();
    }

    @Override
    public List<FibRoute> covering(Ip ip) throws IOException {
        return kernel.fib(route -> route.destination().contains(ip));
    }

    @Override
    public List<PolicyRule> policyRules(Family family) throws IOException {
        return entries.policyRules(family);
    }

    @Override
    public List<NeighborEntry> neighbors(Ip ip) throws IOException {
        return entries.neighbors(ip);
    }

    @Override
    public List<ForwardingEntry> forwarding(int device, Mac mac) throws IOException {
        return entries.forwarding(device, mac);
    }

    @Override
    public WireguardState wireguard(int device) throws IOException {
        try (WireguardDevices devices = new WireguardDevices()) {
            return devices.read(device);
        }
    }

    @Override
    public List<Filter> filters() throws IOException {
        return kernel.filters().stream()
                .filter(Filter.class::isInstance)
                .map(Filter.class::cast)
                .toList();
    }

    @Override
    public List<XfrmPolicy> policies() throws IOException {
        return Xfrm.policies();
    }

    @Override
    public List<XfrmState> securityAssociations() throws IOException {
        return Xfrm.states();
    }

    @Override
    public Optional<String> sysctl(String name) throws IOException {
        return Sysctl.read(name);
    }

    @Override
    public AllRules rules(Ip destination) throws IOException {
        try {
            return task(destination).get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public Optional<KernelRefusal> refusal(Connection connection) throws IOException {
        return KernelRefusal.of(connection);
    }

    @Override
    public List<String> policiesOn(Connection connection) {
        return policies.apply(connection);
    }

    @Override
    public Optional<PodNamespace> pod(Ip address) throws IOException {
        return PodNamespaces.of(address);
    }

    @Override
    public void close() {
        entries.close();
        kernel.close();
    }
}
