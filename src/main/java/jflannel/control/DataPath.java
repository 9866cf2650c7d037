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
import jflannel.backend.Backend;
import jflannel.backend.Desired;
import jflannel.backend.Footprint;
import jflannel.backend.KernelFacts;
import jflannel.backend.PacketPath;
import jflannel.dataplane.Counter;
import jflannel.dataplane.UdpTunnel;
import jflannel.ip.Ip;
import jflannel.kernel.DesiredIndex;
import jflannel.kernel.Devices;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelNews;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.OnlinkGateways;
import jflannel.kernel.Outcome;
import jflannel.kernel.Ownership;
import jflannel.kernel.Plan;
import jflannel.kernel.Repair;
import jflannel.kernel.Route;
import jflannel.lease.Lease;
import jflannel.lease.Peers;
import jflannel.metrics.NodeFigures;
import jflannel.names.Claims;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.PathMtus;
import jflannel.underlay.PeerPath;
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
    private final DesiredIndex index = new DesiredIndex();
    /// The objects that the kernel should have as of the last pass, by key, except those that it refused.
    private Map<Object, KernelObject> held = Map.of();

    /// The objects that the kernel refused at the last full look, with the reasons.
    private Outcome refused = Outcome.NOTHING;

    private long nextAudit = System.nanoTime();
    /// As of the last full look or audit.
    private Set<Route> overriding = Set.of();

    private Ownership ownership = new Ownership(Set.of(), _ -> false);
    private Map<String, Link> devices = Map.of();
    private HostNetworks host = HostNetworks.NONE;
    private OnlinkGateways gateways = OnlinkGateways.NONE;
    /// What former configurations left in the kernel, until the current one carries the packets.
    private Footprint former;

    /// The result of a pass.
    ///
    /// @param depth how closely it looked in the end
    /// @param mtus the path MTUs of the peers
    /// @param host the host's own networks and addresses
    record Pass(Depth depth, Desired desired, PathMtus mtus, HostNetworks host, Outcome outcome) {}

    /// @param guard knows what the host has
    /// @param claims of this daemon, which releases claims to devices that it no longer needs
    /// @param former what an earlier run may have left in the kernel
    DataPath(Kernel kernel, HostGuard guard, Audit audit, NodeFigures figures, Claims claims, Footprint former) {
        this.kernel = kernel;
        this.guard = guard;
        this.paths = new PeerPaths(kernel);
        this.audit = audit;
        this.figures = figures;
        this.claims = claims;
        this.former = former;
    }

    /// Makes the devices of a successor, to prove that it works before it replaces the current overlay.
    ///
    /// @param current whose devices stay in use until then
    /// @throws IOException if the kernel refuses a device; the next pass restores what the current overlay misses
    void prove(Overlay successor, Lease own, Footprint current) throws IOException {
        // if the successor is refused, the current overlay's next pass removes its devices
        former = former.and(current).and(successor.footprint());
        devices(successor, own);
    }

    /// Makes the kernel match, with a closer look than requested if necessary.
    Pass converge(Overlay overlay, Node.View view, Depth depth) throws IOException {
        Backend backend = overlay.backend();
        Map<String, Link> before = devices;
        if (depth != Depth.UPDATE || before.isEmpty()) {
            devices = devices(overlay, view.own());
        }
        boolean fresh = held.isEmpty() || !devices.equals(before);
        boolean retry = depth == Depth.RECHECK && !refused.lacking().isEmpty();
        boolean tidy = view.confirmed() && !former.equals(Footprint.NONE);
        Depth needed = fresh || retry || tidy ? Depth.FULL : depth;
        if (needed == Depth.FULL) {
            lookAround(overlay, view.own());
        }
        KernelFacts facts = facts(overlay, view.peers());
        Desired desired = backend.desired(view.own(), view.peers(), facts);
        packets.peers(desired.endpoints());
        Map<Object, KernelObject> wanted = byKey(desired.objects());
        ownership = view.confirmed() ? desired.ownership() : desired.ownership().withoutDeletion();
        index.replace(devices, wanted.values(), ownership);
        Pass pass = program(overlay, facts, desired, wanted, needed, view.confirmed());
        if (tidy) {
            removeFormer(overlay);
        }
        return pass;
    }

    /// Refreshes what is known about the host around our own objects.
    private void lookAround(Overlay overlay, Lease own) throws IOException {
        paths.changed();
        host = guard.look(kernel, overlay.network(), own.cidrs());
        gateways = OnlinkGateways.beside(host.prefixes());
    }

    private Pass program(
            Overlay overlay,
            KernelFacts facts,
            Desired desired,
            Map<Object, KernelObject> wanted,
            Depth depth,
            boolean mayDelete)
            throws IOException {
        PathMtus mtus = new PathMtus(overlay.underlay().mtu(), facts.paths().values());
        if (depth != Depth.FULL && wanted.size() == desired.objects().size()) {
            refused.lacking().forEach(object -> wanted.remove(object.key(), object)); // refused before: not retried now
            Optional<Plan> changes = Plan.between(held, wanted, mayDelete);
            if (changes.isPresent()) {
                Outcome outcome = kernel.apply(changes.get());
                if (outcome.refused().isEmpty()) {
                    held = wanted;
                    if (depth == Depth.RECHECK) {
                        audit.request(ownership, wanted.values());
                    }
                    return new Pass(depth, desired, mtus, host, withRefused(outcome));
                }
            }
        }
        Plan plan = kernel.plan(ownership, desired.objects());
        overriding = plan.overriding();
        Outcome outcome = kernel.apply(plan);
        outcome.lacking().forEach(object -> wanted.remove(object.key(), object));
        held = wanted;
        refused = new Outcome(List.of(), List.of(), outcome.lacking(), outcome.refused());
        return new Pass(Depth.FULL, desired, mtus, host, outcome);
    }

    private Outcome withRefused(Outcome outcome) {
        return new Outcome(outcome.put(), outcome.deleted(), refused.lacking(), refused.refused());
    }

    private static Map<Object, KernelObject> byKey(List<KernelObject> objects) {
        Map<Object, KernelObject> byKey = HashMap.newHashMap(objects.size());
        objects.forEach(object -> byKey.put(object.key(), object));
        return byKey;
    }

    private KernelFacts facts(Overlay overlay, Peers peers) throws IOException {
        Map<String, Integer> indexes = new HashMap<>();
        devices.forEach((name, link) -> indexes.put(name, link.index()));
        Map<Ip, PeerPath> known = overlay.backend().asksForPaths()
                ? paths.to(
                        peers.leases().stream()
                                .flatMap(lease -> lease.announced().publicIps().values().stream())
                                .toList(),
                        overlay.underlay())
                : Map.of();
        return new KernelFacts(indexes, overlay.external().index(), known, host, gateways);
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
            Link link = packets.open(path.get(), overlay.backend().mtu(), kernel);
            made.put(link.name(), link);
        }
        return made;
    }

    /// The repair that a piece of kernel news calls for. Any thread may call it.
    Repair repairFor(KernelNews news) {
        return index.repairFor(news);
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
        return kernel.apply(findings.asFar(change -> change.verb() == Plan.Verb.DELETE
                ? !held.containsKey(change.object().key())
                : change.object().equals(held.get(change.object().key()))));
    }

    /// Requests an audit, but at most one a second.
    void audit() {
        if (System.nanoTime() - nextAudit >= 0) {
            nextAudit = System.nanoTime() + BETWEEN_AUDITS.toNanos();
            audit.request(ownership, held.values());
        }
    }

    /// Routes of other programs that take precedence over those to peers, as of the last look.
    Set<Route> overriding() {
        return overriding;
    }

    /// How long to wait for the next recheck.
    Duration pause(Duration least) {
        return audit.pause(least);
    }

    /// Removes what only former configurations needed.
    private void removeFormer(Overlay overlay) throws IOException {
        Footprint present = overlay.footprint();
        for (String device : former.devicesBeyond(present)) {
            Optional<Link> link = kernel.link(device);
            if (link.isPresent()) {
                kernel.delete(link.get());
                figures.devicesChanged(1);
                LOG.log(Level.INFO, "removed " + device + ", which is no longer needed");
            }
        }
        packets.closeUnless(present.devices());
        Outcome outcome = kernel.converge(Ownership.ofRoutes(former.routesBeyond(present)), List.of());
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

    /// The counters of the packet loops; empty if packets do not pass through this process. Any thread may call it.
    Map<Counter, Long> counters() {
        return packets.counters();
    }

    /// Stops what must end with the process. What the kernel holds stays, and carries packets.
    @Override
    public void close() {
        packets.close();
        audit.close();
    }
}
