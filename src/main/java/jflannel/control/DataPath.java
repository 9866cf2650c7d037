package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.backend.DesiredState;
import jflannel.backend.Footprint;
import jflannel.backend.KernelFacts;
import jflannel.backend.PacketPath;
import jflannel.backend.RouteTable;
import jflannel.dataplane.Counter;
import jflannel.dataplane.UdpTunnel;
import jflannel.ip.Cidr;
import jflannel.kernel.DesiredIndex;
import jflannel.kernel.Devices;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelNews;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Outcome;
import jflannel.kernel.Ownership;
import jflannel.kernel.Plan;
import jflannel.kernel.Repair;
import jflannel.kernel.Route;
import jflannel.kernelpath.Carrier;
import jflannel.kernelpath.Counts;
import jflannel.lease.Lease;
import jflannel.lease.Peers;
import jflannel.metrics.NodeFigures;
import jflannel.names.Claims;
import jflannel.status.PacketCarriers;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.PathMtus;
import jflannel.underlay.PeerPaths;

/// Everything that carries the pods' packets on this node: devices, the kernel's tables, and the packet loops of
/// the udp backend. Used only on the control thread.
///
/// It remembers what it gave the kernel, so a lease event or a piece of kernel news costs only what changed. A look
/// at everything is the safety net.
final class DataPath implements AutoCloseable {
    private static final Logger LOG = System.getLogger(DataPath.class.getName());

    private static final Duration BETWEEN_AUDITS = Duration.ofSeconds(1);

    private final Kernel kernel;
    private final Audit audit;
    private final NodeFigures figures;
    private final Claims claims;
    private final PacketPath packets = new PacketPath();
    private final HostGuard guard;
    private final PeerPaths paths;
    private final RouteTable table;
    private final DesiredIndex index = new DesiredIndex();
    private Basis basis;
    private DesiredState state;
    /// True if the last pass was completed, so that it is known what the kernel was given.
    private boolean certain;

    /// The objects that the kernel refused at the last full look, with the reasons.
    private Outcome refused = Outcome.NOTHING;

    private long nextAudit = System.nanoTime();
    /// As of the last full look or audit.
    private Set<Route> overriding = Set.of();

    private Ownership ownership = Ownership.NONE;
    private Map<String, Link> devices = Map.of();
    private HostNetworks host = HostNetworks.NONE;
    /// What former configurations left in the kernel, until the current one carries the packets.
    private Footprint former;

    /// The input of a pass, besides what the kernel reports.
    private record Basis(Overlay overlay, Lease own, Peers peers) {}

    /// The result of a pass.
    ///
    /// @param depth how closely it looked in the end
    /// @param ignored see [DesiredState#ignored]
    /// @param mtus the path MTUs of the peers
    /// @param host the host's own networks and addresses
    record Pass(Depth depth, Map<Object, String> ignored, PathMtus mtus, HostNetworks host, Outcome outcome) {}

    /// @param guard knows what the host has
    /// @param claims of this daemon, which releases claims to devices that it no longer needs
    /// @param table for the routes
    /// @param former what an earlier run may have left in the kernel
    DataPath(
            Kernel kernel,
            HostGuard guard,
            Audit audit,
            NodeFigures figures,
            Claims claims,
            RouteTable table,
            Footprint former) {
        this.kernel = kernel;
        this.guard = guard;
        this.paths = new PeerPaths(kernel);
        this.audit = audit;
        this.figures = figures;
        this.claims = claims;
        this.table = table;
        this.former = former;
    }

    /// Makes the devices of a successor, to prove that it works before it replaces the current overlay.
    ///
    /// @param current whose devices stay in use until then
    /// @throws IOException if the kernel refuses a device; the next pass restores what the current overlay misses
    void prove(Overlay successor, Lease own, Footprint current) throws IOException {
        // if the successor is refused, the current overlay's next pass removes its devices
        former = former.and(current).and(successor.footprint());
        makeWay(successor, own);
        devices(successor, own);
    }

    /// Gives up this process's socket for a successor whose tunnel has that port in the kernel. If the successor
    /// fails,
    /// the next pass opens it again.
    private void makeWay(Overlay successor, Lease own) {
        Optional<Integer> port = successor.backend().port(own);
        boolean inKernel = successor.backend().packetPath(own).isEmpty();
        if (basis != null
                && port.isPresent()
                && inKernel
                && port.equals(basis.overlay.backend().port(basis.own))) {
            packets.close();
        }
    }

    /// Makes the kernel match, with a closer look than requested if necessary.
    Pass converge(Overlay overlay, Node.View view, Depth depth) throws IOException {
        Basis wanted = new Basis(overlay, view.own(), view.peers());
        if (!wanted.equals(basis)) {
            basis = wanted;
            state = new DesiredState(
                    overlay.backend(), table, overlay.network(), overlay.underlay(), view.own(), view.peers());
            certain = false;
        }
        Map<String, Link> before = devices;
        Carrier carrier = packets.carrier();
        if (depth != Depth.UPDATE || before.isEmpty()) {
            devices = devices(overlay, view.own());
        }
        boolean retry = depth == Depth.RECHECK && !refused.lacking().isEmpty();
        boolean tidy = view.confirmed() && !former.equals(Footprint.NONE);
        boolean changed = depth == Depth.RECHECK && guard.hasChanged(kernel);
        boolean full = depth == Depth.FULL || !certain || !devices.equals(before) || retry || tidy || changed;
        full |= !packets.carrier().equals(carrier);
        certain = false;
        Optional<Outcome> updated = full ? Optional.empty() : update(view.confirmed());
        Outcome outcome = updated.isPresent() ? updated.get() : lookAtAll(view.confirmed());
        if (packets.lacksFilters(outcome)) {
            return converge(overlay, view, Depth.FULL);
        }
        certain = true;
        if (updated.isPresent() && depth == Depth.RECHECK && audit.isDue()) {
            requestAudit();
        }
        if (tidy) {
            removeFormer(overlay);
        }
        PathMtus mtus = new PathMtus(overlay.underlay().mtu(), paths.narrow());
        return new Pass(updated.isPresent() ? depth : Depth.FULL, state.ignored(), mtus, host, outcome);
    }

    private Outcome lookAtAll(boolean mayDelete) throws IOException {
        basis.peers.takeChanges();
        lookAround();
        KernelFacts facts = facts();
        state.rebuild(facts);
        packets.peers(state.endpoints(), state.kernelPeers());
        ownership = ownership(facts, mayDelete);
        index.replace(devices, state.objects(), ownership);
        Plan plan = kernel.plan(ownership, state.objects());
        overriding = plan.overriding();
        Outcome outcome = kernel.apply(plan);
        refused = new Outcome(List.of(), List.of(), outcome.lacking(), outcome.refused());
        return outcome;
    }

    /// Applies what has changed since the last pass.
    ///
    /// @return empty if the kernel must be read first, or refused something
    private Optional<Outcome> update(boolean mayDelete) throws IOException {
        Peers.Changes changed = basis.peers.takeChanges();
        if (basis.overlay.backend().asksForPaths()) {
            paths.update(changed.hosts(), basis.peers.hosts());
        }
        KernelFacts facts = facts();
        DesiredState.Changes changes = state.update(changed.keys(), facts);
        if (!changed.keys().isEmpty()) {
            packets.peers(state.endpoints(), state.kernelPeers());
        }
        ownership = ownership(facts, mayDelete);
        index.change(changes.before().keySet(), changes.now().values(), ownership);
        Optional<Plan> plan = Plan.between(possible(changes.before()), possible(changes.now()), mayDelete);
        if (plan.isEmpty()) {
            return Optional.empty();
        }
        Outcome outcome = kernel.apply(plan.get());
        return outcome.refused().isEmpty()
                ? Optional.of(new Outcome(outcome.put(), outcome.deleted(), refused.lacking(), refused.refused()))
                : Optional.empty();
    }

    /// The objects without those that the kernel refused at the last full look, which are not retried now.
    private Map<Object, KernelObject> possible(Map<Object, KernelObject> objects) {
        Map<Object, KernelObject> possible = objects;
        for (KernelObject lacking : refused.lacking()) {
            if (lacking.equals(objects.get(lacking.key()))) {
                possible = possible == objects ? new HashMap<>(objects) : possible;
                possible.remove(lacking.key());
            }
        }
        return possible;
    }

    private Ownership ownership(KernelFacts facts, boolean mayDelete) {
        Ownership ours = table.ownership(basis.overlay.backend().ownership(facts), basis.overlay.network());
        return mayDelete ? ours : ours.withoutDeletion();
    }

    /// Refreshes what is known about the host around our own objects.
    private void lookAround() throws IOException {
        if (basis.overlay.backend().asksForPaths()) {
            paths.look(basis.peers.hosts(), basis.overlay.underlay());
        }
        host = guard.look(kernel, basis.overlay.network(), basis.own.cidrs());
    }

    private KernelFacts facts() {
        Map<String, Integer> indexes = new HashMap<>();
        devices.forEach((name, link) -> indexes.put(name, link.index()));
        return KernelFacts.of(indexes, basis.overlay.external(), paths.known(), host, packets.carrier());
    }

    /// Makes the devices match.
    ///
    /// @return their current state, by name
    private Map<String, Link> devices(Overlay overlay, Lease own) throws IOException {
        Devices making = new Devices(kernel, former.devicesBeyond(overlay.footprint()));
        Map<String, Link> made = new HashMap<>();
        try {
            made.putAll(making.converge(overlay.backend().devices()));
        } finally {
            figures.devicesChanged(making.changes());
        }
        Optional<UdpTunnel.Settings> path = overlay.backend().packetPath(own);
        if (path.isPresent()) {
            Set<String> expendable = former.devicesBeyond(overlay.footprint());
            Link link = packets.open(path.get(), overlay.backend().mtu(), expendable, kernel);
            packets.accelerate(overlay.backend(), link, overlay.underlay(), kernel)
                    .forEach(each -> made.put(each.name(), each));
            made.put(link.name(), link);
        }
        return made;
    }

    /// True if a route to that network may lead to a peer's host, or to a server that this one needs. Any thread may
    /// ask.
    boolean leadsToHost(Cidr network) {
        return paths.leadToOneIn(network) || guard.needsOneIn(network);
    }

    /// The repair that a piece of kernel news calls for. Any thread may call it.
    Repair repairFor(KernelNews news) {
        Repair repair = index.repairFor(news);
        boolean harmless = repair instanceof Repair.Nothing || repair instanceof Repair.Audit;
        return harmless && guard.isConcernedBy(news) ? Repair.PASS : repair;
    }

    /// Puts and deletes single objects.
    Outcome repair(List<Repair> repairs) throws IOException {
        List<Plan.Change> changes = new ArrayList<>();
        for (Repair repair : repairs) {
            switch (repair) {
                case Repair.Put(KernelObject object) -> changes.add(new Plan.Change(Plan.Verb.REPLACE, object));
                case Repair.Delete(KernelObject object) -> changes.add(new Plan.Change(Plan.Verb.DELETE, object));
                case Repair.Nothing(), Repair.Audit(), Repair.Pass() -> {}
            }
        }
        return kernel.apply(Plan.ofChanges(changes));
    }

    /// Repairs what an audit found, as far as it is still wanted.
    Outcome repair(Audit.Findings findings) throws IOException {
        overriding = findings.plan().overriding();
        return kernel.apply(findings.asFar(this::isStillRight));
    }

    private boolean isStillRight(Plan.Change change) {
        KernelObject wanted = state.object(change.object().key());
        return change.verb() == Plan.Verb.DELETE
                ? wanted == null
                : change.object().equals(wanted) && !refused.lacking().contains(wanted);
    }

    /// Requests an audit, but at most one a second.
    void audit() {
        if (state != null && System.nanoTime() - nextAudit >= 0) {
            nextAudit = System.nanoTime() + BETWEEN_AUDITS.toNanos();
            requestAudit();
        }
    }

    private void requestAudit() {
        audit.request(ownership, held());
    }

    /// What the kernel holds of what was given to it, as far as is known.
    List<KernelObject> held() {
        List<KernelObject> held = new ArrayList<>(state.objects());
        held.removeAll(refused.lacking());
        return held;
    }

    /// Routes of other programs that take precedence over those to peers, as of the last look.
    Set<Route> overriding() {
        return overriding;
    }

    /// Removes what only former configurations needed.
    private void removeFormer(Overlay overlay) throws IOException {
        Footprint present = overlay.footprint();
        packets.closeUnless(present.devices()); // before its device goes, which would look like damage
        for (String device : former.devicesBeyond(present)) {
            Optional<Link> link = kernel.link(device);
            if (link.isPresent()) {
                kernel.delete(link.get());
                figures.devicesChanged(1);
                LOG.log(Level.INFO, "removed " + device + ", which is no longer needed");
            }
            kernel.converge(Ownership.of(Set.of(), _ -> false, device), List.of()); // filters bear its name
        }
        Outcome outcome = kernel.converge(table.beyond(former, present), List.of());
        if (outcome.changed()) {
            LOG.log(
                    Level.INFO,
                    "removed routes that are no longer needed: "
                            + outcome.deleted().size());
        }
        former = Footprint.NONE;
        claims.keepOnly(Claims.Kind.DEVICE, present.devices());
        claims.keepOnly(Claims.Kind.PORT, overlay.backend().sockets());
    }

    /// Numbers of the routing tables that may hold our routes. Any thread may call it.
    Set<Integer> tables() {
        return table.all();
    }

    /// The counters of the packet loops; empty if packets do not pass through this process. Any thread may call it.
    Map<Counter, Long> counters() {
        return packets.counters();
    }

    /// What the kernel's programs have counted; empty if there are none. Any thread may call it.
    Optional<Counts> kernelCounts() {
        return packets.kernelCounts();
    }

    /// Who carries the packets, where that may be this process.
    PacketCarriers carriers() {
        return state.carriers();
    }

    /// Why the kernel does not carry packets although the configuration insists on it; empty if all is well.
    String missing(Overlay overlay) {
        return overlay.backend().requiresKernelPath() ? packets.carrier().obstacle() : "";
    }

    /// Stops what must end with the process. What the kernel holds stays, and carries packets.
    @Override
    public void close() {
        packets.close();
        audit.close();
    }
}
