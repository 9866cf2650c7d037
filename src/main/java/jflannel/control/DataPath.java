package jflannel.control;

import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import jflannel.backend.DesiredState;
import jflannel.backend.Footprint;
import jflannel.backend.KernelFacts;
import jflannel.backend.PeerLink;
import jflannel.backend.RouteTable;
import jflannel.dataplane.Counter;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelNews;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Outcome;
import jflannel.kernel.Ownership;
import jflannel.kernel.Repair;
import jflannel.kernelpath.Counts;
import jflannel.kernelpath.Tally;
import jflannel.lease.Lease;
import jflannel.lease.Peers;
import jflannel.metrics.NodeFigures;
import jflannel.metrics.WireguardSource;
import jflannel.names.Claims;
import jflannel.status.Board;
import jflannel.status.PacketCarriers;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.PathMtus;
import jflannel.underlay.PeerPaths;

/// Everything that carries the pods' packets on this node: [OverlayDevices] makes the devices, [DesiredState] says
/// what the kernel needs to know about the peers, and [KernelTables] gives it to the kernel. Used only on the control
/// thread.
///
/// A lease event or a piece of kernel news costs only what changed. A look at everything is the safety net.
final class DataPath implements AutoCloseable {
    private final Kernel kernel;
    private final HostGuard guard;
    private final RouteTable table;
    private final PeerPaths paths;
    private final OverlayDevices devices;
    private final KernelTables tables;
    private final WireguardWatch wireguard;
    private Basis basis;
    private DesiredState state;
    /// True if the last pass was completed, so that it is known what the kernel was given.
    private boolean certain;

    private HostNetworks host = HostNetworks.NONE;
    /// True if the host has other addresses since its devices heard of it.
    private boolean moved;

    /// The input of a pass, besides what the kernel reports.
    private record Basis(Overlay overlay, Lease own, Peers peers) {}

    /// The result of a pass.
    ///
    /// @param depth how closely it looked in the end
    /// @param ignored see [DesiredState#ignored]
    /// @param unreachable peers' hosts that the kernel has no way to
    /// @param mtus the path MTUs of the peers
    /// @param host the host's own networks and addresses
    record Pass(
            Depth depth,
            Map<Object, String> ignored,
            List<Ip> unreachable,
            PathMtus mtus,
            HostNetworks host,
            Outcome outcome) {}

    /// @param guard knows what the host has
    /// @param claims as in [OverlayDevices]
    /// @param table for the routes
    /// @param former what an earlier run may have left in the kernel
    /// @param news gets what calls for a repair, on another thread
    DataPath(
            Kernel kernel,
            HostGuard guard,
            Audit audit,
            NodeFigures figures,
            Claims claims,
            RouteTable table,
            Footprint former,
            Board board,
            Consumer<KernelNews> news) {
        this.kernel = kernel;
        this.guard = guard;
        this.table = table;
        this.paths = new PeerPaths(kernel);
        this.devices = new OverlayDevices(kernel, figures, claims, table, former);
        this.tables = new KernelTables(kernel, audit);
        this.wireguard = new WireguardWatch(board, each -> {
            if (tables.repairFor(each) != Repair.NOTHING) {
                news.accept(each);
            }
        });
    }

    /// Makes the devices of a successor, to prove that it works before it replaces the current overlay.
    ///
    /// @param current whose devices stay in use until then
    /// @throws IOException if the kernel refuses a device; the next pass restores what the current overlay misses
    void prove(Overlay successor, Lease own, Footprint current) throws IOException {
        devices.prove(successor, own, current);
    }

    /// Makes the kernel match, with a closer look than requested if necessary.
    Pass converge(Overlay overlay, Node.View view, Depth depth) throws IOException {
        take(new Basis(overlay, view.own(), view.peers()));
        boolean full = depth == Depth.FULL || !certain;
        if (depth != Depth.UPDATE || devices.links().isEmpty()) {
            full |= devices.converge(overlay, view.own());
        }
        boolean tidy = view.confirmed() && devices.areLeftovers();
        if (moved) {
            WireguardWatch.hostMoved(devices.links().values());
            moved = false;
        }
        full |= tidy || depth == Depth.RECHECK && (tables.lackSomething() || guard.hasChanged(kernel));
        certain = false;
        Optional<Outcome> updated = full ? Optional.empty() : update(view.confirmed());
        Outcome outcome = updated.isPresent() ? updated.get() : lookAtAll(view.confirmed());
        if (devices.packets().needsAnotherPass(outcome)) {
            return converge(overlay, view, Depth.FULL);
        }
        certain = true;
        wireguard.follow(devices.links().values());
        if (updated.isPresent() && depth == Depth.RECHECK) {
            tables.auditIfDue();
        }
        if (tidy) {
            devices.removeLeftovers(overlay);
        }
        PathMtus mtus = new PathMtus(overlay.outerMtu().own(), paths.narrow());
        return new Pass(
                updated.isPresent() ? depth : Depth.FULL, state.ignored(), paths.unreachable(), mtus, host, outcome);
    }

    private void take(Basis wanted) {
        if (!wanted.equals(basis)) {
            moved |= basis != null
                    && !basis.overlay
                            .underlay()
                            .addresses()
                            .equals(wanted.overlay.underlay().addresses());
            basis = wanted;
            Overlay overlay = wanted.overlay;
            state = new DesiredState(
                    overlay.backend(), table, overlay.network(), overlay.underlay(), wanted.own, wanted.peers);
            certain = false;
        }
    }

    private Outcome lookAtAll(boolean mayDelete) throws IOException {
        basis.peers.takeChanges();
        lookAround();
        KernelFacts facts = facts();
        state.rebuild(facts);
        sendToPeers();
        return tables.converge(state, ownership(facts, mayDelete), devices.links());
    }

    /// Applies what has changed since the last pass.
    ///
    /// @return empty if the kernel must be read first, or refused something
    private Optional<Outcome> update(boolean mayDelete) throws IOException {
        Peers.Changes changed = basis.peers.takeChanges();
        if (basis.overlay.backend().asksForPaths()) {
            paths.update(changed.hosts(), basis.peers);
        }
        KernelFacts facts = facts();
        DesiredState.Changes changes = state.update(changed.keys(), facts);
        if (!changed.keys().isEmpty()) {
            sendToPeers();
        }
        return tables.update(changes, ownership(facts, mayDelete), mayDelete);
    }

    private void sendToPeers() {
        devices.packets().peers(state.endpoints(), state.kernelPeers());
    }

    private Ownership ownership(KernelFacts facts, boolean mayDelete) {
        Ownership ours = table.ownership(basis.overlay.backend().ownership(facts), basis.overlay.network());
        return mayDelete ? ours : ours.withoutDeletion();
    }

    /// Refreshes what is known about the host around our own objects.
    private void lookAround() throws IOException {
        if (basis.overlay.backend().asksForPaths()) {
            paths.look(basis.peers, basis.overlay.underlay(), basis.overlay.outerMtu());
        }
        host = guard.look(kernel, basis.overlay.network(), basis.own.cidrs());
    }

    private KernelFacts facts() {
        Map<String, Integer> indexes = new HashMap<>();
        devices.links().forEach((name, link) -> indexes.put(name, link.index()));
        return KernelFacts.of(
                indexes,
                basis.overlay.external(),
                paths.known(),
                host,
                devices.packets().carrier());
    }

    /// True if a route to that network may lead to a peer's host, or to a server that this one needs. Any thread may
    /// ask.
    boolean leadsToHost(Cidr network) {
        return paths.leadToOneIn(network) || guard.needsOneIn(network);
    }

    /// The repair that a piece of kernel news calls for. Any thread may call it.
    Repair repairFor(KernelNews news) {
        Repair repair = tables.repairFor(news);
        boolean harmless = repair instanceof Repair.Nothing || repair instanceof Repair.Audit;
        return harmless && guard.isConcernedBy(news) ? Repair.PASS : repair;
    }

    /// What the kernel was given, to audit and repair it.
    KernelTables tables() {
        return tables;
    }

    /// Numbers of the routing tables that may hold our routes. Any thread may call it.
    Set<Integer> routingTables() {
        return table.all();
    }

    /// The counters of the packet loops; empty if packets do not pass through this process. Any thread may call it.
    Map<Counter, Long> counters() {
        return devices.packets().counters();
    }

    /// What the kernel's programs have counted; empty if there are none. Any thread may call it.
    Optional<Tally> kernelTally() {
        return devices.packets().kernelTally();
    }

    /// The same for each peer's host. Any thread may call it.
    Map<Ip, Counts> countsByHost() {
        return devices.packets().countsByHost();
    }

    /// True if this host's kernel can carry packets of the udp backend.
    boolean kernelCarriesPackets() {
        return devices.packets().carrier().works();
    }

    /// As [DesiredState#hasPacketsForDaemon].
    boolean hasPacketsForDaemon() {
        return state != null && state.hasPacketsForDaemon();
    }

    /// Who carries the packets, where that may be this process.
    PacketCarriers carriers() {
        return state.carriers();
    }

    /// What the kernel should hold for a lease, by its key.
    List<KernelObject> objectsOf(Object key) {
        return state == null ? List.of() : state.objectsOf(key);
    }

    /// What the kernel should hold.
    Collection<KernelObject> objects() {
        return state == null ? List.of() : state.objects();
    }

    /// How packets reach the subnets of a lease, by its key, as of the last pass.
    Function<Object, PeerLink> links() {
        DesiredState wanted = state;
        Set<Integer> tunnels =
                devices.links().values().stream().map(Link::index).collect(Collectors.toSet());
        return key -> wanted == null ? PeerLink.UNKNOWN : wanted.link(key, tunnels);
    }

    /// Why the kernel does not carry packets although the configuration insists on it; empty if all is well.
    String missing(Overlay overlay) {
        return overlay.backend().requiresKernelPath()
                ? devices.packets().carrier().obstacle()
                : "";
    }

    /// The peers of WireGuard devices, as last read. Any thread may ask.
    Collection<WireguardSource.Peer> wireguardPeers() {
        return wireguard.seen().values().stream()
                .map(peer -> new WireguardSource.Peer(
                        peer.settings().networks().stream()
                                .min(Comparator.naturalOrder())
                                .map(Cidr::toString)
                                .orElse(""),
                        peer.lastHandshake(),
                        peer.received(),
                        peer.sent()))
                .filter(peer -> !peer.subnet().isEmpty())
                .toList();
    }

    /// Stops what must end with the process. What the kernel holds stays, and carries packets.
    @Override
    public void close() {
        wireguard.close();
        devices.close();
        tables.close();
    }
}
