package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import jflannel.backend.Footprint;
import jflannel.backend.RouteTable;
import jflannel.backend.WireguardKeyFile;
import jflannel.firewall.Isolation;
import jflannel.firewall.PeerFilter;
import jflannel.firewall.RuleKeeper;
import jflannel.foreign.ForeignRuleWatch;
import jflannel.ipsec.IpsecKeeper;
import jflannel.kernel.FibRoute;
import jflannel.kernel.Interest;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelNews;
import jflannel.kernel.KernelWatch;
import jflannel.kernel.Link;
import jflannel.kernel.Repair;
import jflannel.kernel.Route;
import jflannel.kernel.RouteSocket;
import jflannel.lease.KnownPeers;
import jflannel.lease.LastKnown;
import jflannel.lease.Lease;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.lease.StateFile;
import jflannel.lease.SubnetFile;
import jflannel.metrics.IpsecSource;
import jflannel.metrics.Metric;
import jflannel.metrics.NodeFigures;
import jflannel.metrics.PeerFilterSource;
import jflannel.metrics.StoreSource;
import jflannel.metrics.UdpSource;
import jflannel.metrics.WireguardSource;
import jflannel.names.Claims;
import jflannel.names.DaemonFiles;
import jflannel.names.NameChoice;
import jflannel.names.Names;
import jflannel.options.Options;
import jflannel.page.StatusPage;
import jflannel.policy.PolicySource;
import jflannel.report.ConditionLog;
import jflannel.report.Health;
import jflannel.report.MetricsServer;
import jflannel.status.Board;
import jflannel.status.NodeStatus;
import jflannel.underlay.Underlay;

/// One network's agent on this node: wires the store, the kernel and the control loop together, and owns their
/// lifetime.
///
/// Two things with separate lifetimes meet in the loop, the [StoreLink] and the [Overlay]: a new certificate
/// replaces only the former, a new backend only the latter.
public final class NetworkAgent {
    private static final Logger LOG = System.getLogger(NetworkAgent.class.getName());

    private final Options options;
    private final Names names;
    private final Optional<Names> formerNames;
    private final Claims claims;
    private final Supplier<LeaseStore> stores;
    private final Optional<PolicySource> policies;
    private final Surface surface;
    private final JitChoice jit;
    private final Optional<HostedNetworks> hosted;
    private final NodeFigures figures = new NodeFigures();

    /// Where the agent shows its state.
    ///
    /// @param conditionLog logs the board's conditions
    /// @param page empty unless it is wanted
    public record Surface(
            Board board, Health health, MetricsServer metrics, ConditionLog conditionLog, Optional<StatusPage> page) {}

    /// @param chosen the names that this network uses on this node
    /// @param claims of this daemon, which no other may touch
    /// @param stores makes a store for each connection
    /// @param policies where network policies come from; empty if none are to be enforced
    /// @param jit which of Java's compilers this process has
    /// @param hosted the networks of this daemon; empty if it serves one
    public NetworkAgent(
            Options options,
            NameChoice.Outcome.Chosen chosen,
            Claims claims,
            Supplier<LeaseStore> stores,
            Optional<PolicySource> policies,
            Surface surface,
            JitChoice jit,
            Optional<HostedNetworks> hosted) {
        this.options = options;
        this.names = chosen.names();
        this.formerNames = chosen.former();
        this.claims = claims;
        this.stores = stores;
        this.policies = policies;
        this.surface = surface;
        this.jit = jit;
        this.hosted = hosted;
    }

    /// Runs until its thread is interrupted.
    ///
    /// @throws jflannel.lease.ConfigException if the node, its settings or the store prevent a start
    public void run() throws IOException, InterruptedException {
        Board board = surface.board;
        ControlLoop loop = new ControlLoop(surface.health, surface.conditionLog);
        HostGuard guard = new HostGuard(options.node.routeTable != FibRoute.MAIN);
        Path state = DaemonFiles.state(options.node.stateFile, names);
        try (StateFile stateFile = new StateFile(state, board);
                Kernel kernel = new RouteSocket();
                StoreLink link = new StoreLink(
                        () -> guarded(guard),
                        board,
                        loop::post,
                        figures -> surface.metrics.show(new StoreSource(figures)));
                Lifelines _ = new Lifelines(link::hosts, board, servers -> {
                    guard.needs(servers);
                    loop.post(new Trigger.LifelinesChanged());
                })) {
            ExtensionCommands commands = new ExtensionCommands(
                    state == null ? null : DaemonFiles.commands(state),
                    board,
                    () -> loop.post(new Trigger.CommandsAnnounced()),
                    () -> loop.post(new Trigger.CommandsStarted()));
            WireguardKeyFile key = WireguardKeyFile.of(System.getenv(), options.node.stateFile, names);
            Overlays overlays = new Overlays(options, names, claims, kernel, guard, key, commands, hosted);
            Optional<LastKnown> remembered = remembered(stateFile, link);
            remembered.ifPresent(_ -> LOG.log(Level.DEBUG, "this node remembers an earlier run"));
            Startup startup = new Startup(link, overlays, board, jit, new SubnetFile(options.node.subnetFile));
            Startup.Initial initial = startup.begin(remembered);
            try (WireguardRotation rotation = new WireguardRotation(
                    key, link::networkConfig, board, () -> loop.post(new Trigger.KeyReplaced()))) {
                work(loop, stateFile, kernel, link, overlays, rotation, remembered, initial);
            }
        }
    }

    /// A connection to the store that takes no subnet that conflicts with what this host has.
    private LeaseStore guarded(HostGuard guard) {
        LeaseStore store = stores.get();
        store.avoid(guard::forbids);
        return store;
    }

    private Optional<LastKnown> remembered(StateFile stateFile, StoreLink link) {
        BiFunction<String, String, NetworkConfig> networkOf =
                options.kube.subnetManager ? NetworkConfig::withGivenSubnets : NetworkConfig::parse;
        return stateFile.read(networkOf).filter(last -> {
            boolean same = last.store().equals(link.store());
            if (!same) {
                LOG.log(
                        Level.INFO,
                        "ignoring the remembered state: it is from " + last.store() + ", not " + link.store());
            }
            return same && suitsFlag(last.own());
        });
    }

    /// A node that had pods, and has none by now, or the other way round, begins without memories.
    private boolean suitsFlag(Lease lease) {
        boolean same = lease.isOfHost() == options.node.noSubnet;
        if (!same) {
            LOG.log(Level.INFO, "what is remembered is of no use: it is of before --no-subnet was changed");
        }
        return same;
    }

    private void work(
            ControlLoop loop,
            StateFile stateFile,
            Kernel kernel,
            StoreLink link,
            Overlays overlays,
            WireguardRotation rotation,
            Optional<LastKnown> remembered,
            Startup.Initial initial)
            throws IOException, InterruptedException {
        Overlay overlay = initial.overlay();
        Footprint former = former(remembered.map(LastKnown::network), overlay, kernel);
        KnownPeers peers = new KnownPeers(options.node.peerGrace);
        remembered.ifPresent(last -> peers.remember(
                last.peers().stream().filter(overlay::isWithin).toList(),
                last.held().stream().filter(overlay::isWithin).toList(),
                initial.fromMemory()));
        Board board = surface.board;
        Audit audit = new Audit(new RouteSocket(), board, findings -> loop.post(new Trigger.Audited(findings)));
        DataPath path = new DataPath(
                kernel,
                overlays.guard(),
                audit,
                figures,
                claims,
                table(kernel),
                former,
                board,
                news -> loop.post(new Trigger.KernelChanged(news)));
        try (Node node = new Node(kernel, path, options, board, figures, keepers(loop, kernel, overlays.commands()));
                Watches watches = watches(loop, node, path.routingTables());
                AutoCloseable _ = inputWatch(loop, link, overlay.network());
                AutoCloseable _ = options.trace.key() == null ? null : TraceWitness.start(options.trace, loop, board)) {
            ActiveOverlay active = new ActiveOverlay(
                    overlays,
                    new UnderlayWatch(overlays, kernel, board),
                    node,
                    link,
                    jit,
                    board,
                    overlay,
                    initial.own());
            show(node, link);
            surface.metrics.show(new WireguardSource(path::wireguardPeers));
            if (surface.page.isPresent()) { // a lambda would load the page's classes in any case
                PageSource.show(node, loop, names, surface.page.get());
            }
            watches.follow(overlay);
            rotation.follow(overlay);
            if (initial.fromMemory()) {
                link.enrolLater(overlay.network(), overlay.announcement(), initial.own());
            } else {
                link.watch(initial.own());
            }
            Runnable remember = () -> stateFile.keep(lastKnown(link, active, peers));
            try {
                loop.run(new ControlLoop.Work(
                        node, active, link, peers, List.of(watches::follow, rotation::follow), remember));
            } finally {
                if (peers.areConfirmed()) {
                    remember.run(); // the receipt may be another one
                }
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /// What earlier runs left in the kernel, except what another daemon uses now.
    private Footprint former(Optional<NetworkConfig> remembered, Overlay overlay, Kernel kernel) throws IOException {
        Underlay underlay = overlay.underlay();
        List<Link> links = kernel.links();
        Footprint footprint = Footprint.abandoned(
                overlay.network(), names, underlay, overlay.backend().devices(), links, kernel.addresses());
        if (remembered.isPresent()) {
            footprint = footprint.and(Footprint.of(remembered.get(), names, underlay, links));
            if (formerNames.isPresent()) {
                footprint = footprint.and(Footprint.of(remembered.get(), formerNames.get(), underlay, links));
            }
        }
        Set<String> devices = new HashSet<>(footprint.devices());
        devices.removeIf(device -> claims.take(Claims.Kind.DEVICE, device).isPresent());
        return new Footprint(devices, footprint.networks());
    }

    /// Listens to the kernel for what concerns the overlay in use.
    private Watches watches(ControlLoop loop, Node node, Set<Integer> tables) {
        return new Watches(overlay -> new KernelWatch(
                new Interest(
                        overlay.backend().deviceNames(),
                        overlay.underlay().devices(),
                        overlay.footprint().networks(),
                        Set.of(names.peerFilterTable(), names.policyTable()),
                        tables,
                        overlay.backend().ike().isPresent(),
                        node::leadsToHost),
                surface.board,
                news -> take(news, loop, node)));
    }

    private static void take(KernelNews news, ControlLoop loop, Node node) {
        switch (news) {
            case KernelNews.TableChanged(String table) -> node.rulesChanged(table);
            case KernelNews.KeysGone() -> node.keysGone();
            case KernelNews.Everything() -> {
                node.rulesChanged(RuleKeeper.ANY_TABLE);
                loop.post(new Trigger.KernelChanged(news));
            }
            default -> {
                if (node.repairFor(news) != Repair.NOTHING) { // most are this program's own changes
                    loop.post(new Trigger.KernelChanged(news));
                }
            }
        }
    }

    private RouteTable table(Kernel kernel) throws IOException {
        Set<Integer> used = kernel.fib(route -> route.protocol() == Route.OURS).stream()
                .map(FibRoute::table)
                .collect(Collectors.toSet());
        return new RouteTable(options.node.routeTable, used);
    }

    private Keepers keepers(ControlLoop loop, Kernel kernel, ExtensionCommands commands) throws IOException {
        Board board = surface.board;
        Path state = DaemonFiles.state(options.node.stateFile, names);
        IpsecKeeper ipsec = new IpsecKeeper(DaemonFiles.charon(options.node.subnetFile), board);
        surface.metrics.show(new IpsecSource(ipsec::states));
        return new Keepers(
                RuleKeeper.firewall(names, formerNames, options.firewall.resync, board, figures::firewallChanged),
                RuleKeeper.peerFilter(names, formerNames, board, figures::firewallChanged),
                new ForeignRuleWatch(board),
                new SubnetFileKeeper(
                        options.node.subnetFile,
                        new DockerOptionsFile(
                                options.node.dockerOptsFile, options.node.subnetFile, board, System.getenv()),
                        board,
                        () -> loop.post(new Trigger.SubnetFileWritten())),
                new DockerNetworkKeeper(options.node.dockerNetwork, board),
                ipsec,
                policies(),
                commands,
                new CloudRouting(state == null ? null : DaemonFiles.cloudRoutes(state), options, board),
                hosted.map(all -> isolation(all, loop, kernel)));
    }

    private IsolationKeeper isolation(HostedNetworks all, ControlLoop loop, Kernel kernel) {
        all.listen(names.network(), () -> loop.post(new Trigger.OtherNetworkChanged()));
        RuleKeeper<Isolation> rules = RuleKeeper.isolation(names, surface.board, figures::firewallChanged);
        return new IsolationKeeper(names.network(), options.node.isolate, all, kernel, rules);
    }

    private Optional<PolicyFeed> policies() throws IOException {
        Path folder = DaemonFiles.pods(options.node.subnetFile);
        if (policies.isPresent()) {
            PolicyFeed feed =
                    new PolicyFeed(policies.get(), names, folder, options.firewall.networkPolicyCut, surface.board);
            feed.show(surface.metrics);
            return Optional.of(feed);
        }
        if (Files.exists(folder)) {
            try {
                PolicyFeed.remove(names, folder);
            } catch (IOException e) {
                LOG.log(Level.WARNING, "cannot remove what enforced network policies: {0}", e.toString());
            }
        }
        return Optional.empty();
    }

    /// Watches the files in which the administrator may change the configuration or the certificates.
    private AutoCloseable inputWatch(ControlLoop loop, StoreLink link, NetworkConfig network) {
        if (!options.kube.subnetManager && Credentials.of(options.etcd).marks().isEmpty()) {
            return () -> {}; // there are none
        }
        if (!options.kube.subnetManager) {
            return new CredentialsWatch(
                    options.etcd, stores, surface.board, () -> loop.post(new Trigger.CredentialsReplaced()));
        }
        Callable<NetworkConfig> read = link::networkConfig;
        return new ConfigFileWatch(
                network.source().text(), read, surface.board, changed -> loop.post(new Trigger.Reconfigured(changed)));
    }

    private void show(Node node, StoreLink link) {
        surface.metrics.show(figures);
        surface.metrics.show(new UdpSource(node::counters, node::kernelTally));
        surface.metrics.show(new PeerFilterSource(() -> PeerFilter.dropped(names)));
        surface.metrics.show(readings -> surface.board
                .status()
                .cloudRoute()
                .ifPresent(route -> readings.put(Metric.CLOUD_ROUTE, route.inPlace() ? 1 : 0)));
        surface.board.listen(new Board.Listener() {
            @Override
            public void changed(NodeStatus now) {
                link.report(now.works(), now.cause());
            }
        });
    }

    private LastKnown lastKnown(StoreLink link, ActiveOverlay active, KnownPeers peers) {
        Overlay overlay = active.current();
        return new LastKnown(
                link.store(),
                overlay.network(),
                HostIdentity.of(overlay.external().values()),
                overlay.publicIps(),
                active.own(),
                link.receipt(),
                peers.named(),
                peers.held());
    }
}
