package jflannel.inspect;

import static java.util.stream.Collectors.toMap;

import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import jflannel.backend.DesiredState;
import jflannel.backend.KernelFacts;
import jflannel.backend.RouteTable;
import jflannel.control.Overlay;
import jflannel.ip.Ip;
import jflannel.kernel.Filter;
import jflannel.kernel.Hook;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Ownership;
import jflannel.kernel.Plan;
import jflannel.kernel.Route;
import jflannel.kernelpath.Carrier;
import jflannel.lease.Lease;
import jflannel.lease.Peers;
import jflannel.linux.KernelException;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.HostNetworksReader;
import jflannel.underlay.NodeFacts;
import jflannel.underlay.PeerPaths;
import jflannel.underlay.Resolvers;

/// Compares what the kernel holds with what the daemon would want it to hold: [DesiredState] says what that is, and
/// [Plan] what differs, as they do for the daemon.
final class KernelComparison {
    /// An index that no device has, for one that is missing: its entries are missing too.
    private static final int NO_DEVICE = Integer.MAX_VALUE;

    private final LocalFlannel flannel;
    private final Kernel kernel;
    private final Overlay overlay;
    private final Lease own;
    private final RouteTable table;

    KernelComparison(LocalFlannel flannel, Kernel kernel, Overlay overlay, Lease own) {
        this.flannel = flannel;
        this.kernel = kernel;
        this.overlay = overlay;
        this.own = own;
        this.table = new RouteTable(flannel.options().node.routeTable, Set.of());
    }

    /// @param store addresses of the store's servers
    /// @param devices of the backend
    Comparison of(KnownLeases leases, Collection<Ip> store, List<DeviceState> devices) throws IOException {
        Peers peers = Peers.of(leases.peers());
        KernelFacts facts = facts(devices, peers, store);
        DesiredState state = desired(peers, facts);
        Ownership ours = table.ownership(overlay.backend().ownership(facts), overlay.network());
        Collection<KernelObject> actual = kernel.objects(ours, state.objects());
        if (flannel.process().isEmpty() || flannel.isGo()) {
            actual = asOurs(actual, state);
        }
        Plan plan = Plan.from(actual, ours.claims(), state.objects());
        return new Differences(state, leases, actual, plan).comparison();
    }

    /// What the kernel should hold, for these peers. Looks at no tables.
    Wanted wanted(KnownLeases leases, Collection<Ip> store, List<DeviceState> devices) throws IOException {
        Peers peers = Peers.of(leases.peers());
        DesiredState state = desired(peers, facts(devices, peers, store));
        Set<KernelObject> base = new HashSet<>(state.objects());
        Map<Object, Wanted.Peer> wanted = new HashMap<>();
        for (Lease lease : leases.peers()) {
            List<KernelObject> objects = List.copyOf(state.objectsOf(lease.key()));
            objects.forEach(base::remove);
            wanted.put(lease.key(), new Wanted.Peer(objects, ignored(state, lease)));
        }
        return new Wanted(base, wanted);
    }

    private DesiredState desired(Peers peers, KernelFacts facts) {
        DesiredState state =
                new DesiredState(overlay.backend(), table, overlay.network(), overlay.underlay(), own, peers);
        state.rebuild(facts);
        return state;
    }

    /// Why a peer, or one of its subnets, cannot be reached because of what it published, or "".
    private static String ignored(DesiredState state, Lease lease) {
        return Optional.ofNullable(state.ignored().get(lease.key()))
                .or(() -> lease.cidrs().stream()
                        .map(cidr -> state.ignored().get(cidr))
                        .filter(why -> why != null)
                        .findFirst())
                .orElse("");
    }

    private KernelFacts facts(List<DeviceState> devices, Peers peers, Collection<Ip> store) throws IOException {
        PeerPaths paths = new PeerPaths(kernel);
        if (overlay.backend().asksForPaths()) {
            paths.look(peers, overlay.underlay(), overlay.outerMtu());
        }
        NodeFacts node = NodeFacts.of(overlay.network())
                .withStore(List.copyOf(store))
                .withOwnTable(table.number() != RouteTable.MAIN.number());
        HostNetworks host =
                HostNetworksReader.read(kernel, node, own.cidrs(), overlay.network()::offers, Resolvers.read());
        Map<String, Integer> indexes = new HashMap<>();
        devices.forEach(device ->
                indexes.put(device.name(), device.found().map(Link::index).orElse(NO_DEVICE)));
        return KernelFacts.of(indexes, overlay.external(), paths.known(), host, carrier(devices));
    }

    /// The kernel's programs as they are attached: whether they should be is the daemon's to know.
    private Carrier carrier(List<DeviceState> devices) throws IOException {
        String tun = overlay.backend()
                .packetPath(own)
                .map(settings -> settings.device())
                .orElse("");
        if (tun.isEmpty() || !overlay.backend().mayUseKernelPath()) {
            return Carrier.none("");
        }
        List<Filter> filters = kernel.filters().stream()
                .filter(object ->
                        object instanceof Filter filter && filter.name().equals(tun))
                .map(Filter.class::cast)
                .toList();
        Map<String, Integer> indexes = devices.stream()
                .filter(device -> device.found().isPresent())
                .collect(toMap(DeviceState::name, device -> device.found().get().index()));
        Optional<Filter> egress = at(filters, indexes.get(tun), Hook.EGRESS);
        if (egress.isEmpty()) {
            return Carrier.none("no program of the kernel's is attached to " + tun);
        }
        Map<Integer, Carrier.Program> exits = new HashMap<>();
        for (String detour : overlay.backend().detourDevices()) {
            Optional<Filter> exit = at(filters, indexes.get(detour), Hook.INGRESS);
            exit.ifPresent(filter -> exits.put(filter.ifIndex(), program(exit)));
        }
        Optional<Filter> ingress = overlay.external().values().stream()
                .flatMap(link -> at(filters, link.index(), Hook.INGRESS).stream())
                .findFirst();
        return new Carrier(
                program(egress),
                program(ingress),
                exits,
                overlay.external().entrySet().stream()
                        .collect(toMap(
                                Map.Entry::getKey, entry -> entry.getValue().index())),
                "");
    }

    private static Optional<Filter> at(List<Filter> filters, Integer device, Hook hook) {
        return filters.stream()
                .filter(filter -> device != null && filter.ifIndex() == device && filter.hook() == hook)
                .findFirst();
    }

    private static Carrier.Program program(Optional<Filter> filter) {
        return new Carrier.Program(filter.map(Filter::program).orElse(0), 0);
    }

    /// The routes of Go flannel, or of one that ran before, as ours would be, where they lead to the same: they have no
    /// mark of ours, and no MTU.
    private static Collection<KernelObject> asOurs(Collection<KernelObject> actual, DesiredState state) {
        return actual.stream().map(object -> asOurs(object, state)).toList();
    }

    private static KernelObject asOurs(KernelObject object, DesiredState state) {
        return object instanceof Route route
                        && route.protocol() == Route.BOOT
                        && state.object(route.key()) instanceof Route wanted
                        && likeGo(wanted).equals(route)
                ? wanted
                : object;
    }

    private static Route likeGo(Route route) {
        return new Route(
                route.destination(),
                route.gateway(),
                route.ifIndex(),
                route.onlink(),
                Route.BOOT,
                route.metric(),
                route.type(),
                route.encap(),
                0,
                route.table());
    }

    /// What was found, in the form of a result.
    private static final class Differences {
        private final DesiredState state;
        private final KnownLeases leases;
        private final Collection<KernelObject> actual;
        private final Set<KernelObject> present;
        private final Map<Object, KernelObject> byKey;
        private final Plan plan;
        private final Map<KernelObject, String> obstacles = new HashMap<>();

        Differences(DesiredState state, KnownLeases leases, Collection<KernelObject> actual, Plan plan) {
            this.state = state;
            this.leases = leases;
            this.actual = actual;
            this.present = new HashSet<>(actual);
            this.byKey = actual.stream().collect(toMap(KernelObject::key, Function.identity(), (one, _) -> one));
            this.plan = plan;
            Iterator<KernelException> refusals = plan.refused().iterator();
            plan.lacking()
                    .forEach(object -> obstacles.put(object, refusals.next().getMessage()));
        }

        Comparison comparison() {
            List<PeerState> peers = leases.peers().stream()
                    .sorted(Comparator.comparing(lease -> lease.cidrs().getFirst()))
                    .map(this::peer)
                    .toList();
            Set<KernelObject> base = new HashSet<>(state.objects());
            peers.forEach(peer -> peer.entries().forEach(entry -> base.remove(entry.wanted())));
            return new Comparison(
                    base.stream().map(this::entry).sorted(BY_TEXT).toList(),
                    peers,
                    superfluous(),
                    plan.overriding(),
                    actual);
        }

        private static final Comparator<Entry> BY_TEXT =
                Comparator.comparing(entry -> entry.wanted().toString());

        private PeerState peer(Lease lease) {
            List<Entry> entries =
                    state.objectsOf(lease.key()).stream().map(this::entry).toList();
            return new PeerState(lease, leases.held().contains(lease), ignored(state, lease), entries);
        }

        private Entry entry(KernelObject wanted) {
            Optional<KernelObject> found =
                    present.contains(wanted) ? Optional.of(wanted) : Optional.ofNullable(byKey.get(wanted.key()));
            return new Entry(wanted, found, obstacles.getOrDefault(wanted, ""));
        }

        private List<KernelObject> superfluous() {
            return plan.changes().stream()
                    .filter(change -> change.verb() == Plan.Verb.DELETE)
                    .map(Plan.Change::object)
                    .filter(object ->
                            state.object(object.key()) == null || present.contains(state.object(object.key())))
                    .toList();
        }
    }
}
