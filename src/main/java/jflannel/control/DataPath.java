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
import jflannel.ip.Cidr;
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

/// What carries the pods' packets on this node: devices, the kernel's tables, and the packet loops of the udp
/// backend. Only the control thread uses it.
///
/// It knows what the kernel was given. So a change of leases costs what has changed, and so does a piece of the
/// kernel's news; a look at everything is the safety net.
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
    /// What the kernel should hold as of the last pass, and has not refused, by key.
    private Map<Object, KernelObject> held = Map.of();

    /// What it should hold too, and refused at the last full look, with the reasons.
    private Outcome refused = Outcome.NOTHING;

    private long nextAudit = System.nanoTime();
    /// As of the last look at everything.
    private Set<Route> overriding = Set.of();

    private Ownership ownership = new Ownership(Set.of(), _ -> false);
    private Map<String, Link> devices = Map.of();
    private HostNetworks host = HostNetworks.NONE;
    private OnlinkGateways gateways = OnlinkGateways.NONE;
    /// What former configurations left in the kernel, until the present one carries the packets.
    private Footprint former;

    /// What a pass did.
    ///
    /// @param depth of the look that it took in the end
    /// @param mtus what fits through to the peers
    /// @param host what the host has
    record Pass(Depth depth, Desired desired, PathMtus mtus, HostNetworks host, Outcome outcome) {}

    /// @param guard is asked what the host has
    /// @param claims of this daemon, which keeps those to its present devices
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

    /// Makes the devices of an overlay, so that it is known to work before it takes the place of the current one.
    ///
    /// @param current whose devices work until then
    /// @throws IOException if the kernel refuses one; the current overlay's next pass puts back what is missing of
    ///     it
    void prove(Overlay successor, Lease own, Footprint current) throws IOException {
        // of a refused successor, the current overlay's next pass removes what was made
        former = former.and(current).and(successor.footprint());
        devices(successor, own);
    }

    /// Makes the kernel match.
    ///
    /// @return what was done, perhaps by a closer look than was asked for
    Pass converge(Overlay overlay, Node.View view, Depth depth) throws IOException {
        Backend backend = overlay.backend();
        Map<String, Link> before = devices;
        if (depth != Depth.UPDATE || before.isEmpty()) {
            devices = devices(overlay, view.own());
        }
        boolean anew = held.isEmpty() || !devices.equals(before);
        boolean retry = depth == Depth.RECHECK && !refused.lacking().isEmpty();
        boolean tidy = view.confirmed() && !former.equals(Footprint.NONE);
        boolean changed = depth == Depth.RECHECK && guard.hasChanged(kernel);
        Depth needed = anew || retry || tidy || changed ? Depth.FULL : depth;
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

    /// Finds out what may have changed around this program's own objects.
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
            refused.lacking().forEach(object -> wanted.remove(object.key(), object)); // no use to try it now
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

    /// @return the devices as they are now, by name
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

    /// True if a route to that network may lead to a peer's host, or to a server that this one needs. Any thread may
    /// ask.
    boolean leadsToHost(Cidr network) {
        return paths.leadToOneIn(network) || guard.needsOneIn(network);
    }

    /// What has to be done about a piece of the kernel's news. Any thread may ask.
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

    /// Puts right what an audit found, unless something else is wanted by now.
    Outcome repair(Audit.Findings findings) throws IOException {
        overriding = findings.plan().overriding();
        return kernel.apply(findings.asFar(change -> change.verb() == Plan.Verb.DELETE
                ? !held.containsKey(change.object().key())
                : change.object().equals(held.get(change.object().key()))));
    }

    /// Has the kernel's tables compared with what they should hold, unless that happens all the time.
    void audit() {
        if (System.nanoTime() - nextAudit >= 0) {
            nextAudit = System.nanoTime() + BETWEEN_AUDITS.toNanos();
            audit.request(ownership, held.values());
        }
    }

    /// Routes that others made and that win over those to peers, as far as they were seen.
    Set<Route> overriding() {
        return overriding;
    }

    /// How long to wait for the next recheck.
    Duration pause(Duration least) {
        return audit.pause(least);
    }

    /// Removes what former configurations needed and this one does not.
    private void removeFormer(Overlay overlay) throws IOException {
        Footprint present = overlay.footprint();
        for (String device : former.devicesBeyond(present)) {
            Optional<Link> link = kernel.link(device);
            if (link.isPresent()) {
                kernel.delete(link.get());
                figures.devicesChanged(1);
                LOG.log(Level.INFO, "removed " + device + ", which is not needed any more");
            }
        }
        packets.closeUnless(present.devices());
        Outcome outcome = kernel.converge(Ownership.ofRoutes(former.routesBeyond(present)), List.of());
        if (outcome.changed()) {
            LOG.log(
                    Level.INFO,
                    "removed routes that are not needed any more: "
                            + outcome.deleted().size());
        }
        former = Footprint.NONE;
        claims.keepOnly(Claims.Kind.DEVICE, present.devices());
        claims.keepOnly(Claims.Kind.PORT, overlay.backend().sockets());
    }

    /// What the packet loops have counted; empty where packets do not pass through this process. Any thread may ask.
    Map<Counter, Long> counters() {
        return packets.counters();
    }

    /// Ends what must end with the process; what carries packets in the kernel stays.
    @Override
    public void close() {
        packets.close();
        audit.close();
    }
}
