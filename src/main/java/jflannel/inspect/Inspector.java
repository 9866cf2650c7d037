package jflannel.inspect;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import jflannel.backend.WireguardKeyFile;
import jflannel.control.Overlay;
import jflannel.daemon.Flanneld;
import jflannel.etcd.EtcdSettings;
import jflannel.firewall.FirewallConfig;
import jflannel.firewall.RulesSeen;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.RouteSocket;
import jflannel.kube.KubeSettings;
import jflannel.lease.Announcement;
import jflannel.lease.ConfigException;
import jflannel.lease.KnownPeers;
import jflannel.lease.LastKnown;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.LeaseList;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.lease.StateFile;
import jflannel.lease.SubnetFile;
import jflannel.report.ReportedStatus;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Finding;
import jflannel.status.FirewallRules;
import jflannel.underlay.InterfaceChoice;
import jflannel.underlay.NodeFacts;
import jflannel.underlay.Underlay;
import jflannel.underlay.UnderlayChoice;

/// Looks at this host's flannel, and changes nothing. What the store does not answer in time is taken from the node's
/// memory.
public final class Inspector {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final String DAEMON = "the daemon";
    private static final String BY_DAEMON = "the daemon looks at them itself";

    private final LocalFlannel flannel;
    private final Kernel kernel;
    private final HostFiles files;
    private final Supplier<LeaseStore> stores;
    private final Duration patience;

    /// @param stores connects to the store
    /// @param patience how long to wait for it
    Inspector(LocalFlannel flannel, Kernel kernel, Supplier<LeaseStore> stores, Duration patience) {
        this.flannel = flannel;
        this.kernel = kernel;
        this.files = new HostFiles(flannel);
        this.stores = stores;
        this.patience = patience;
    }

    /// Looks once.
    ///
    /// @throws IOException if the kernel cannot be read
    public static Inspection look(LocalFlannel flannel) throws IOException {
        return look(flannel, PATIENCE);
    }

    /// As [#look].
    ///
    /// @param patience how long to wait for the store
    public static Inspection look(LocalFlannel flannel, Duration patience) throws IOException {
        try (Kernel kernel = new RouteSocket()) {
            return new Inspector(flannel, kernel, () -> store(flannel), patience).look();
        }
    }

    /// Looks at what takes no time: what the running daemon says of the store, the peers and the firewall counts, as it
    /// keeps them right itself. If none runs, or it does not say enough, this looks at everything.
    ///
    /// @param patience how long to wait for the store in that case
    public static Inspection glance(LocalFlannel flannel, Duration patience) throws IOException {
        try (Kernel kernel = new RouteSocket()) {
            Inspector inspector = new Inspector(flannel, kernel, () -> store(flannel), patience);
            Optional<Inspection> seen = inspector.glance(StateFile::readOwn, _ -> Part.missing(BY_DAEMON));
            return seen.isPresent() ? seen.get() : inspector.look();
        }
    }

    /// As [#glance], at what has to do with a few addresses: thousands of leases take their time to be read and judged.
    ///
    /// @return empty unless the daemon runs and all is well with the store
    public static Optional<Glimpse> glimpse(LocalFlannel flannel, Collection<Ip> addresses) throws IOException {
        try (Kernel kernel = new RouteSocket()) {
            Inspector inspector = new Inspector(flannel, kernel, () -> store(flannel), Duration.ZERO);
            return inspector.glimpse(addresses);
        }
    }

    private static LeaseStore store(LocalFlannel flannel) {
        return Flanneld.store(
                flannel.options(),
                EtcdSettings.USUAL_LEASE_TIME,
                flannel.environment(),
                flannel.file(KubeSettings.SERVICE_ACCOUNT),
                new Board());
    }

    Inspection look() throws IOException {
        List<InterfaceAddress> addresses = kernel.addresses();
        Part<ReportedStatus> status = files.status();
        StoreReading store =
                StoreReading.within(patience, stores, (published, leases) -> own(leases, published, addresses));
        Part<LastKnown> memory = memory(store, status);
        Part<NetworkConfig> network = either(store.network(), store, memory, LastKnown::network);
        Part<Lease> own = own(store, memory);
        Part<KnownLeases> leases =
                either(store.list().map(list -> known(list, memory)), store, memory, Inspector::remembered);
        Part<Overlay> overlay = overlay(network, own, store, memory);
        List<Link> links = kernel.links();
        List<DeviceState> devices = devices(overlay, own, links);
        return new Inspection(
                flannel,
                store.words(),
                store.cause(),
                status,
                files.subnetFile(),
                network,
                own,
                leases,
                overlay,
                devices,
                firewall(status, overlay, own),
                compare(overlay, own, leases, store.hosts(), devices),
                links,
                addresses);
    }

    private static List<DeviceState> devices(Part<Overlay> overlay, Part<Lease> own, List<Link> links) {
        return overlay.value()
                .filter(it -> own.value().isPresent())
                .map(it -> DeviceState.of(it, links))
                .orElse(List.of());
    }

    /// The rules as the daemon last saw them, if it runs; what it cannot set is among its conditions. Else as they are.
    private Part<RulesSeen> firewall(Part<ReportedStatus> status, Part<Overlay> overlay, Part<Lease> own) {
        Optional<FirewallRules> kept = status.value().flatMap(ReportedStatus::firewall);
        if (kept.isPresent()) {
            List<String> lacking = status.value().get().findings().stream()
                    .filter(finding -> finding.condition() == Condition.FIREWALL_FAILING)
                    .map(Finding::detail)
                    .toList();
            return Part.found(new RulesSeen(kept.get(), lacking), "the daemon");
        }
        if (overlay.value().isEmpty() || own.value().isEmpty()) {
            return Part.missing(overlay.value().isEmpty() ? overlay.words() : own.words());
        }
        FirewallConfig wanted = overlay.value().get().firewall(own.value().get(), flannel.options());
        try {
            return Part.found(RulesSeen.look(flannel.names(), wanted, !flannel.isGo()), "the kernel");
        } catch (IOException e) {
            return Part.missing("the rules cannot be read: " + e.getMessage());
        }
    }

    private Optional<Glimpse> glimpse(Collection<Ip> addresses) throws IOException {
        Optional<Inspection> seen = glance(
                        (path, networkOf) -> StateFile.readAbout(path, networkOf, addresses),
                        last -> Part.found(remembered(last), DAEMON))
                .filter(it -> it.storeFault().isEmpty());
        if (seen.isEmpty()) {
            return Optional.empty();
        }
        KernelComparison comparison = new KernelComparison(
                flannel,
                kernel,
                seen.get().overlay().value().orElseThrow(),
                seen.get().own().value().orElseThrow());
        Wanted wanted = comparison.wanted(
                seen.get().leases().value().get(), List.of(), seen.get().devices());
        return Optional.of(new Glimpse(seen.get(), wanted));
    }

    private Optional<Inspection> glance(HostFiles.MemoryReader reader, Function<LastKnown, Part<KnownLeases>> leases)
            throws IOException {
        Part<ReportedStatus> status = files.status();
        Part<LastKnown> memory = status.value().isPresent() ? files.memory(reader) : Part.missing(status.words());
        if (memory.value().isEmpty()
                || !memory.value()
                        .get()
                        .own()
                        .words()
                        .equals(status.value().get().facts().lease())) {
            return Optional.empty(); // it has only just got this lease, or has none
        }
        LastKnown last = memory.value().get();
        Part<NetworkConfig> network = Part.found(last.network(), DAEMON);
        Part<Lease> own = Part.found(last.own(), DAEMON);
        StoreReading store = StoreReading.asReported(last, status.value().get());
        Part<Overlay> overlay = overlay(network, own, store, memory);
        if (overlay.value().isEmpty()) {
            return Optional.empty(); // without the store's addresses, the interface may be unclear
        }
        List<Link> links = kernel.links();
        return Optional.of(new Inspection(
                flannel,
                store.words(),
                store.cause(),
                status,
                files.subnetFile(),
                network,
                own,
                leases.apply(last),
                overlay,
                devices(overlay, own, links),
                firewall(status, overlay, own),
                Part.missing(BY_DAEMON),
                links,
                kernel.addresses()));
    }

    /// The lease at an address of this host; of several, the one in subnet.env.
    private Optional<Lease> own(List<Lease> leases, Map<Family, Ip> published, List<InterfaceAddress> addresses) {
        Set<Ip> here = new HashSet<>(published.values());
        here.addAll(flannel.options().iface.flags().publicIps().values());
        addresses.forEach(address -> here.add(address.address().ip()));
        List<Lease> candidates = leases.stream()
                .filter(lease -> lease.announced().publicIps().values().stream().anyMatch(here::contains))
                .toList();
        List<Cidr> noted = new SubnetFile(flannel.options().node.subnetFile).previousSubnets();
        return candidates.stream()
                .filter(lease -> lease.cidrs().equals(noted))
                .findFirst()
                .or(() -> candidates.stream().findFirst());
    }

    /// The node's memory, where the store does not suffice. Large clusters have large ones.
    private Part<LastKnown> memory(StoreReading store, Part<ReportedStatus> status) {
        boolean holds = status.value().filter(it -> it.facts().held() > 0).isPresent();
        if (store.fault().isEmpty() && !holds) {
            return Part.missing("the store answers");
        }
        return files.memory(StateFile::read);
    }

    private interface Reader<T> {
        T of(LastKnown memory);
    }

    private static <T> Part<T> either(
            Optional<T> answer, StoreReading store, Part<LastKnown> memory, Reader<T> reader) {
        if (answer.isPresent()) {
            return Part.found(answer.get(), "the store");
        }
        if (store.fault().isEmpty()) {
            return Part.missing("the store has none");
        }
        return memory.value()
                .map(last -> Part.found(reader.of(last), memory.words()))
                .orElseGet(() -> Part.missing(store.fault()));
    }

    private static Part<Lease> own(StoreReading store, Part<LastKnown> memory) {
        Part<Lease> own = either(store.list().flatMap(LeaseList::own), store, memory, LastKnown::own);
        String why = store.list().map(LeaseList::whyNone).orElse("");
        return own.value().isEmpty() && !why.isEmpty() ? Part.missing(why) : own;
    }

    private KnownLeases known(LeaseList list, Part<LastKnown> memory) {
        KnownPeers peers = new KnownPeers(flannel.options().node.peerGrace);
        memory.value().ifPresent(last -> peers.remember(List.of(), last.held(), false));
        peers.take(new LeaseEvent.Resync(list.others()));
        return new KnownLeases(peers.peers().leases(), Set.copyOf(peers.held()), list.faults());
    }

    private static KnownLeases remembered(LastKnown last) {
        Collection<Lease> all = new HashSet<>(last.peers());
        all.addAll(last.held());
        return new KnownLeases(all, Set.copyOf(last.held()), Map.of());
    }

    private Part<Overlay> overlay(
            Part<NetworkConfig> network, Part<Lease> own, StoreReading store, Part<LastKnown> memory)
            throws IOException {
        if (network.value().isEmpty()) {
            return Part.missing(network.words());
        }
        NetworkConfig config = network.value().get();
        Map<Family, Ip> published = store.network().isPresent()
                ? store.publicIps()
                : memory.value().map(LastKnown::publicIps).orElse(Map.of());
        Optional<Announcement> before = own.value().map(Lease::announced);
        NodeFacts facts = NodeFacts.of(config)
                .withFormer(before.stream()
                        .flatMap(it -> it.publicIps().values().stream())
                        .toList())
                .withStore(store.hosts());
        try {
            return switch (InterfaceChoice.from(kernel, facts)
                    .choose(flannel.options().iface.flags().withPublicIps(published))) {
                case UnderlayChoice.Chosen(Underlay underlay, List<String> _, List<String> _) ->
                    Part.found(
                            Overlay.of(config, published, underlay, flannel.names(), kernel, before, keyFile()::known),
                            network.words());
                case UnderlayChoice.Missing missing -> Part.missing(missing.words());
            };
        } catch (ConfigException e) {
            return Part.missing(e.getMessage());
        }
    }

    private WireguardKeyFile keyFile() {
        return WireguardKeyFile.of(flannel.environment(), flannel.options().node.stateFile, flannel.names());
    }

    private Part<Comparison> compare(
            Part<Overlay> overlay,
            Part<Lease> own,
            Part<KnownLeases> leases,
            Collection<Ip> store,
            List<DeviceState> devices) {
        for (Part<?> part : List.of(overlay, own, leases)) {
            if (part.value().isEmpty()) {
                return Part.missing(part.words());
            }
        }
        try {
            KernelComparison comparison = new KernelComparison(
                    flannel, kernel, overlay.value().get(), own.value().get());
            return Part.found(comparison.of(leases.value().get(), store, devices), "the kernel");
        } catch (IOException e) {
            return Part.missing("the kernel cannot be read: " + e.getMessage());
        }
    }
}
