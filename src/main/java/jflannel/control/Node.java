package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import jflannel.backend.Footprint;
import jflannel.backend.PeerLink;
import jflannel.dataplane.Counter;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.DeviceNames;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelNews;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Outcome;
import jflannel.kernel.Repair;
import jflannel.kernelpath.Counts;
import jflannel.kernelpath.Tally;
import jflannel.lease.Lease;
import jflannel.lease.Peers;
import jflannel.lease.SubnetFile;
import jflannel.metrics.NodeFigures;
import jflannel.options.Options;
import jflannel.page.PeerView;
import jflannel.report.KernelLog;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Facts;
import jflannel.status.Phase;
import jflannel.trace.Cluster;
import jflannel.underlay.HostNetworks;
import jflannel.work.LogLimit;

/// Makes this node match its [Overlay]. Used only on the control thread.
///
/// A pass does what is quick itself: devices, addresses, routes. What may be slow has a keeper with a thread of its
/// own, to which a pass gives the desired state: firewall rules, peer filter, subnet.env. If one part fails, the others
/// still work. Container runtimes take subnet.env as the sign that pods may start, so it is not written before the
/// kernel holds what it should.
final class Node implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Node.class.getName());
    /// The safety net under the events.
    static final Duration RECHECK = Duration.ofSeconds(10);

    private static final Duration RETRY = Duration.ofSeconds(1);
    /// How many lines on changes to write in ten seconds.
    private static final int LINES = 20;

    private final Kernel kernel;
    private final DataPath path;
    private final Options options;
    private final Board board;
    private final NodeFigures figures;
    private final Keepers keepers;
    private final BlackholeRoutes blackholes;
    private final KernelLog kernelLog;
    private final ForeignRoutes foreignRoutes;
    private final HostNeighbors neighbors;
    private final PeerLog peerLog = new PeerLog();

    private Reachability reach = Reachability.UNKNOWN;
    private Map<Object, String> ignored = Map.of();
    private volatile long passes; // only the control thread writes it
    /// As of the last look.
    private HostNetworks host = HostNetworks.NONE;

    /// True if a lease changed and the kernel does not yet have everything that follows from it.
    private boolean behind;

    /// The input of a pass.
    ///
    /// @param confirmed true if the store has listed all leases. Until then nothing is deleted: the node's memory
    ///     may be older than its kernel's state, which carries packets
    /// @param leasesChanged true if leases changed since the last pass, so that changes do not count as repairs
    record View(Lease own, Peers peers, int held, boolean confirmed, boolean leasesChanged) {}

    Node(Kernel kernel, DataPath path, Options options, Board board, NodeFigures figures, Keepers keepers) {
        this.kernel = kernel;
        this.path = path;
        this.options = options;
        this.board = board;
        this.figures = figures;
        this.keepers = keepers;
        this.blackholes = new BlackholeRoutes(kernel, options.node.blackholeRoute);
        this.foreignRoutes = new ForeignRoutes(kernel, board);
        this.neighbors = new HostNeighbors(board);
        this.kernelLog = new KernelLog(new LogLimit(LOG, LINES), () -> DeviceNames.of(kernel.links()), board::repaired);
    }

    /// Reports a change of the nftables table of that name, or of [RuleKeeper#ANY_TABLE]. Any thread may call this.
    void rulesChanged(String table) {
        keepers.rulesChanged(table);
    }

    /// IPsec's keys were deleted. Any thread may call this.
    void keysGone() {
        keepers.ipsec().look();
    }

    void underlayIsUp() {
        keepers.commands().repeat();
    }

    /// As [DataPath#prove].
    void prove(Overlay successor, Lease own, Footprint current) throws IOException {
        path.prove(successor, own, current);
    }

    /// Makes the node match the desired state.
    ///
    /// @return how long until the next pass
    Duration converge(Overlay overlay, View view, Depth depth) {
        long start = System.nanoTime();
        behind |= view.leasesChanged;
        board.enter(Phase.RUNNING);
        boolean carried = attempt(Condition.BACKEND_FAILING, () -> carry(overlay, view, depth));
        DesiredRules rules = new DesiredRules(overlay, view, options);
        keepers.peerFilter().keep(rules.peerFilter());
        keepers.firewall().keep(rules.firewall());
        keepers.foreignRules().keep(rules.traffic());
        keepers.ipsec().keep(overlay.backend().ike(), path.objects(), view.confirmed);
        if (keepers.isolation().isPresent()) {
            keepers.isolation().get().keep(overlay, view.own);
        }
        if (keepers.policies().isPresent()) {
            keepers.policies().get().see(view);
        }
        keepers.cloudRoutes().keep(overlay, view);
        boolean blackhole =
                attempt(Condition.BLACKHOLE_FAILING, () -> blackholes.converge(overlay, view.own, view.confirmed));
        boolean started = keepers.commands()
                .keep(overlay.network(), view.own, view.peers.leases(), ignored.keySet(), view.confirmed);
        if (carried && started && keepSubnetFile(overlay, view.own)) {
            ready(view);
        }
        Forwarding.show(overlay, host, board);
        figures.held(view.held);
        board.set(
                Condition.PEERS_HELD,
                view.held == 0 ? "" : view.held + " peers are kept although the store has lost their leases");
        figures.passed(Duration.ofNanos(System.nanoTime() - start));
        passes++;
        board.alive();
        return carried && blackhole ? RECHECK : RETRY;
    }

    private void ready(View view) {
        if (board.isRaised(Condition.STARTING)) {
            LOG.log(
                    Level.INFO,
                    "ready: this node has " + view.own.words() + "; other nodes: "
                            + view.peers.leases().size());
            board.clear(Condition.STARTING);
        }
    }

    private void carry(Overlay overlay, View view, Depth depth) throws IOException {
        DataPath.Pass pass = path.converge(overlay, view, depth);
        show(overlay, view, pass);
    }

    private void show(Overlay overlay, View view, DataPath.Pass pass) throws IOException {
        host = pass.host();
        Outcome outcome = pass.outcome();
        boolean expected = kernelLog.pass(outcome, behind || pass.depth() != Depth.FULL);
        behind = false;
        figures.converged(
                outcome.put().size(),
                outcome.deleted().size(),
                outcome.lacking().size(),
                expected);
        ignored = pass.ignored();
        reach = Reachability.of(view.peers, ignored, outcome);
        figures.peers(reach.peers(), reach.failed());
        peerLog.ignored(ignored);
        if (pass.depth() != Depth.UPDATE) {
            foreignRoutes.look(path.tables().held(), view.own, overlay, host);
        }
        if (pass.depth() == Depth.FULL) {
            neighbors.look(kernel, overlay.underlay(), view.peers.hosts());
        }
        foreignRoutes.show(path.tables().overriding(), view.own);
        DeviceNames names = outcome.refused().isEmpty() ? new DeviceNames(Map.of()) : DeviceNames.of(kernel.links());
        reach.show(ignored, outcome, names::in, board);
        board.set(Condition.PEERS_UNREACHABLE, Reachability.unreachable(pass.unreachable()));
        board.set(Condition.PATH_MTU, pass.mtus().words().orElse(""));
        board.set(Condition.NETWORK_OVERLAP, pass.host().overlap().orElse(""));
        board.set(Condition.SUBNET_CONFLICT, HostGuard.conflict(pass.host(), view.own.cidrs()));
        String stray = pass.host().bridgeFaults().stream().findFirst().orElse("");
        if (stray.isEmpty() || pass.depth() == Depth.RECHECK) { // a runtime has some seconds to move it
            board.set(Condition.STRAY_BRIDGE, stray);
        }
        board.note(new Facts(
                view.own.words(),
                overlay.network().type().title(),
                overlay.underlay().words(),
                overlay.backend().mtu(),
                reach.peers(),
                reach.failed(),
                view.held,
                path.carriers()));
        board.set(Condition.KERNEL_PATH_MISSING, path.missing(overlay));
    }

    /// How many passes there were. Any thread may ask.
    long passes() {
        return passes;
    }

    /// The peers as of the last pass.
    ///
    /// @param held keys of the leases that are held
    PeerView look(Overlay overlay, Lease own, Collection<Lease> peers, Set<Object> held) {
        Function<Object, PeerLink> links = path.links();
        PeerSight sight = new PeerSight(reach, ignored, path.tables().overriding(), held);
        return new PeerView(
                List.copyOf(overlay.network().networks().values()),
                own,
                overlay.backend().deviceNames(),
                overlay.underlay().devices(),
                peers.stream()
                        .map(lease -> sight.of(lease, links.apply(lease.key())))
                        .toList());
    }

    /// The same, with all that it takes to follow a packet.
    Cluster cluster(Overlay overlay, Lease own, Collection<Lease> peers, Set<Object> held) {
        PeerSight sight = new PeerSight(reach, ignored, path.tables().overriding(), held);
        Set<KernelObject> base = new HashSet<>(path.objects());
        List<Cluster.Peer> all = new ArrayList<>(peers.size());
        for (Lease lease : peers) {
            List<KernelObject> wanted = path.objectsOf(lease.key());
            wanted.forEach(base::remove);
            all.addAll(Cluster.Peer.of(lease, held.contains(lease.key()), sight.fault(lease), wanted));
        }
        int port = overlay.backend().port(own).orElse(0);
        return new Cluster(overlay.network().networks(), own.subnets(), all, base, port, true, "", "");
    }

    /// As [DataPath#leadsToHost].
    boolean leadsToHost(Cidr network) {
        return path.leadsToHost(network);
    }

    /// As [DataPath#repairFor].
    Repair repairFor(KernelNews news) {
        return path.repairFor(news);
    }

    /// Repairs single objects that another program changed.
    ///
    /// @return false if a closer look is needed
    boolean repair(List<Repair> repairs) {
        try {
            return repaired(path.tables().repair(repairs));
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the next pass repairs it", e);
            return false;
        }
    }

    /// As [KernelTables#audit].
    void audit() {
        path.tables().audit();
    }

    /// Repairs what an audit found.
    ///
    /// @return false if a closer look is needed
    boolean repair(Audit.Findings findings) {
        try {
            Outcome outcome = path.tables().repair(findings);
            foreignRoutes.show(path.tables().overriding());
            return repaired(outcome);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the next pass repairs it", e);
            return false;
        }
    }

    private boolean repaired(Outcome outcome) throws IOException {
        if (outcome.changed()) {
            kernelLog.repair(outcome);
            figures.repaired(outcome.put().size(), outcome.deleted().size());
        }
        return outcome.refused().isEmpty();
    }

    private boolean keepSubnetFile(Overlay overlay, Lease own) {
        if (options.node.noSubnet) {
            return keepers.subnetFile().keepNone();
        }
        int mtu = overlay.backend().mtu();
        String text = SubnetFile.text(overlay.network(), own, mtu, options.firewall.masquerade);
        keepers.dockerNetwork().keep(text);
        return keepers.subnetFile().keep(text, mtu);
    }

    /// A part of the node that converges, or throws.
    private interface Part {
        void converge() throws IOException;
    }

    private boolean attempt(Condition condition, Part part) {
        try {
            part.converge();
            board.clear(condition);
            return true;
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.DEBUG, condition.check(), e);
            board.raise(condition, e.getMessage() == null ? e.toString() : e.getMessage());
            return false;
        }
    }

    /// As [DataPath#hasPacketsForDaemon].
    boolean hasPacketsForDaemon() {
        return path.hasPacketsForDaemon();
    }

    /// As [DataPath#kernelCarriesPackets].
    boolean kernelCarriesPackets() {
        return path.kernelCarriesPackets();
    }

    /// As [DataPath#kernelTally].
    Optional<Tally> kernelTally() {
        return path.kernelTally();
    }

    /// As [DataPath#countsByHost].
    Map<Ip, Counts> countsByHost() {
        return path.countsByHost();
    }

    /// As [DataPath#counters].
    Map<Counter, Long> counters() {
        return path.counters();
    }

    /// Stops what must end with the process. What the kernel holds stays, and carries packets.
    @Override
    public void close() {
        path.close();
        neighbors.close();
        keepers.close();
    }
}
