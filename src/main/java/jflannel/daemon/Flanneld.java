package jflannel.daemon;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jflannel.backend.Backend;
import jflannel.backend.Backends;
import jflannel.backend.Underlay;
import jflannel.etcd.EtcdLeases;
import jflannel.etcd.EtcdSettings;
import jflannel.firewall.BridgeNetfilter;
import jflannel.firewall.Firewall;
import jflannel.firewall.PeerFilter;
import jflannel.firewall.Upkeep;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kube.AnnotationPrefix;
import jflannel.kube.KubeLeases;
import jflannel.kube.KubeSettings;
import jflannel.lease.Announcement;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.lease.SubnetFile;
import jflannel.metrics.NodeFigures;
import jflannel.metrics.PeerFilterSource;
import jflannel.metrics.ProcessSource;
import jflannel.metrics.StoreSource;
import jflannel.metrics.UdpSource;
import jflannel.netlink.Interest;
import jflannel.netlink.Kernel;
import jflannel.netlink.KernelWatch;
import jflannel.netlink.RouteSocket;

/// The daemon, from its command line to the control loop. In this order, like Go flannel's:
///
/// 1. options, log, health server, metrics server
/// 2. the network configuration, waiting for it as long as it takes
/// 3. the interface to the other nodes, the backend, its device, this node's lease
/// 4. the control loop, which does everything else again and again
///
/// What the kernel was taught stays when the daemon ends, so that pods go on.
public final class Flanneld {
    private static final Logger LOG = System.getLogger(Flanneld.class.getName());
    private static final Duration RETRY = Duration.ofSeconds(1);
    /// How long an ending daemon may take before it is gone, in seconds.
    private static final int GRACE_SECONDS = 3;

    private final Options options;
    private final Map<String, String> environment;
    private final SystemdNotify systemd;
    private final Health health;
    private final MetricsServer metrics;
    private final StatusFile status;

    private Flanneld(Options options, Map<String, String> environment) {
        this.options = options;
        this.environment = environment;
        this.systemd = new SystemdNotify(environment);
        this.health = Health.start(options.health.ip, options.health.port);
        this.metrics = MetricsServer.start(options.metrics.ip, options.metrics.port);
        metrics.show(new ProcessSource(version()));
        metrics.show(health);
        this.status = new StatusFile(options.node.subnetFile);
    }

    /// Exit codes: 0 after SIGTERM or SIGINT, 1 if the node, its settings or the store make a start impossible, 2 for a
    /// wrong command line or a port of the health or metrics server that is taken.
    public static void main(String[] args) {
        int code;
        try {
            code = start(List.of(args), System.getenv());
        } catch (ExitException e) {
            System.err.println("flanneld: " + e.getMessage());
            code = e.code();
        } catch (ConfigException e) {
            System.err.println("flanneld: " + e.getMessage());
            code = 1;
        }
        System.exit(code);
    }

    private static int start(List<String> args, Map<String, String> environment) {
        Options options = Options.parse(args, environment);
        if (options.help) {
            System.out.print(Options.usage());
            return 0;
        }
        if (options.log.version) {
            System.err.println(version());
            return 0;
        }
        LogFormat.install(options.log.verbosity);
        LOG.log(Level.INFO, "jflannel " + version() + " starts with " + options.redacted);
        options.warnings.forEach(warning -> LOG.log(Level.WARNING, warning));
        return new Flanneld(options, environment).untilSignalled();
    }

    /// Runs the daemon and returns its exit code. A signal interrupts whatever it waits for.
    private int untilSignalled() {
        Thread control = Thread.currentThread();
        control.setName("control");
        CountDownLatch ended = new CountDownLatch(1);
        Thread onSignal = Thread.ofPlatform().name("signal").unstarted(() -> end(control, ended));
        Runtime.getRuntime().addShutdownHook(onSignal);
        int code = 0;
        status.put(StatusFile.State.STARTING, "");
        try {
            run();
        } catch (InterruptedException e) {
            LOG.log(Level.INFO, "ended by a signal; what the kernel was taught stays");
            status.put(StatusFile.State.STOPPED, "ended by a signal");
        } catch (ConfigException | IOException e) {
            status.put(StatusFile.State.FAILED, String.valueOf(e.getMessage()));
            LOG.log(Level.ERROR, e.getMessage());
            LOG.log(Level.DEBUG, "it came from here", e);
            code = 1;
        } catch (RuntimeException | Error e) {
            // without this the hook would take it for the end after a signal, and exit with 0
            LOG.log(Level.ERROR, "a defect of this program ends it: " + e + " (-v=1 tells where)");
            LOG.log(Level.DEBUG, "it came from here", e);
            code = 1;
        } finally {
            health.close();
            metrics.close();
            ended.countDown();
        }
        if (code != 0) {
            try {
                Runtime.getRuntime().removeShutdownHook(onSignal);
            } catch (IllegalStateException e) {
                code = 0; // a signal came first
            }
        }
        return code;
    }

    /// A Java process that is signalled exits with 128 plus the signal's number; service managers take that for a
    /// failure, and expect 0 of flanneld.
    private void end(Thread control, CountDownLatch ended) {
        systemd.stopping();
        control.interrupt();
        try {
            if (!ended.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
                LOG.log(Level.WARNING, "not everything ended in time");
            }
        } catch (InterruptedException e) {
            // nobody interrupts this thread; if somebody does, end now
        }
        Runtime.getRuntime().halt(0);
    }

    private void run() throws IOException, InterruptedException {
        try (LeaseStore store = openStore();
                Kernel kernel = new RouteSocket()) {
            metrics.show(new StoreSource(store.figures()));
            NetworkConfig network = awaitConfig(store);
            if (!network.nftables()) {
                refuseFilterWithoutNftables(network);
                BridgeNetfilter.require(network.pools().keySet());
            }
            Map<Family, Ip> given = await("nothing known of this node's public address yet", store::publicIps);
            options.iface.publicIp = given.getOrDefault(Family.IPV4, options.iface.publicIp);
            options.iface.publicIpv6 = given.getOrDefault(Family.IPV6, options.iface.publicIpv6);
            status.put(StatusFile.State.WAITING_FOR_INTERFACE, "");
            Underlay underlay = InterfaceChoice.from(kernel)
                    .choose(options.iface, network.pools().keySet());
            LOG.log(Level.INFO, "the way to other nodes: " + underlay.words());
            try (Backend backend = Backends.create(network, underlay, kernel, store.announced())) {
                SubnetFile subnetFile = new SubnetFile(options.node.subnetFile);
                Announcement mine = backend.announce();
                Lease own = await("no lease yet", () -> store.acquire(network, mine, subnetFile.previousSubnets()));
                control(network, underlay, backend, store, kernel, subnetFile, own);
            }
        }
    }

    private void refuseFilterWithoutNftables(NetworkConfig network) {
        if (options.firewall.peerFilter == OptionTypes.PeerFilterMode.ON) {
            throw new ConfigException(
                    "--peer-filter",
                    "on",
                    "The filter is made of nftables: set EnableNFTables to true in %s, or leave the flag out."
                            .formatted(network.where()));
        }
    }

    private NetworkConfig awaitConfig(LeaseStore store) throws InterruptedException {
        status.put(StatusFile.State.WAITING_FOR_CONFIGURATION, "");
        String told = "";
        while (true) {
            try {
                NetworkConfig network = store.networkConfig();
                LOG.log(
                        Level.INFO,
                        network.where() + ": " + Node.networks(network) + ", backend " + network.backendType() + " "
                                + network.backend().text());
                return network;
            } catch (IOException | ConfigException e) {
                endIfSignalled();
                status.put(StatusFile.State.WAITING_FOR_CONFIGURATION, String.valueOf(e.getMessage()));
                told = tellOnce("no network configuration yet", e, told);
                Thread.sleep(RETRY);
            }
        }
    }

    private interface Question<T> {
        T ask() throws IOException;
    }

    /// Asks the store until it answers.
    private <T> T await(String what, Question<T> question) throws InterruptedException {
        status.put(StatusFile.State.WAITING_FOR_LEASE, "");
        String told = "";
        while (true) {
            try {
                return question.ask();
            } catch (IOException e) {
                endIfSignalled();
                status.put(StatusFile.State.WAITING_FOR_LEASE, String.valueOf(e.getMessage()));
                told = tellOnce(what, e, told);
                Thread.sleep(RETRY);
            }
        }
    }

    /// A call that a signal interrupted fails like any other, but is no news.
    private static void endIfSignalled() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private static String tellOnce(String what, Exception e, String told) {
        String fault = what + ": " + e.getMessage();
        if (!fault.equals(told)) {
            LOG.log(Level.ERROR, fault + " (trying every second)");
        }
        return fault;
    }

    private void control(
            NetworkConfig network,
            Underlay underlay,
            Backend backend,
            LeaseStore store,
            Kernel kernel,
            SubnetFile subnetFile,
            Lease own)
            throws IOException, InterruptedException {
        Firewall firewall = network.nftables() ? Firewall.nftables() : Firewall.iptables();
        boolean filterPeers = network.nftables() && options.firewall.peerFilter != OptionTypes.PeerFilterMode.OFF;
        if (filterPeers) {
            metrics.show(new PeerFilterSource(PeerFilter::dropped));
        }
        Node.Parts parts = new Node.Parts(
                network,
                kernel,
                backend,
                new Upkeep<>(firewall, options.firewall.resync, true),
                new Upkeep<>(new PeerFilter(), options.firewall.resync, true),
                new BlackholeRoutes(kernel, options.node.blackholeRoute),
                subnetFile,
                options.firewall.masquerade,
                options.firewall.forward,
                !options.firewall.plainPorts,
                filterPeers);
        NodeFigures figures = new NodeFigures();
        ControlLoop loop =
                new ControlLoop(new Node(parts, health, figures, status, systemd::ready, store::report), health, own);
        Interest interest = new Interest(
                backend.devices(), Set.of(underlay.device()), Node.networks(network), Set.of(PeerFilter.table()));
        metrics.show(figures);
        metrics.show(new UdpSource(backend::counters));
        try (KernelWatch _ = new KernelWatch(
                        interest,
                        () -> loop.post(new Trigger.NodeChanged()),
                        table -> loop.post(new Trigger.RulesChanged(table)));
                FileWatch _ = new FileWatch(options.node.subnetFile, () -> loop.post(new Trigger.NodeChanged()))) {
            store.watch(own, event -> loop.post(new Trigger.LeasesChanged(event)));
            loop.run();
        }
    }

    private LeaseStore openStore() {
        return options.kube.subnetManager ? new KubeLeases(kubeSettings()) : new EtcdLeases(etcdSettings());
    }

    private KubeSettings kubeSettings() {
        Options.Kube kube = options.kube;
        return new KubeSettings(
                kube.apiUrl,
                Optional.ofNullable(kube.kubeconfig),
                AnnotationPrefix.of(kube.annotationPrefix),
                kube.netConfig,
                kube.setNetworkUnavailable,
                environment,
                KubeSettings.SERVICE_ACCOUNT);
    }

    private EtcdSettings etcdSettings() {
        Options.Etcd etcd = options.etcd;
        return new EtcdSettings(
                etcd.endpoints().stream().map(URI::toString).toList(),
                etcd.prefix,
                Optional.ofNullable(etcd.caFile),
                Optional.ofNullable(etcd.certFile),
                Optional.ofNullable(etcd.keyFile),
                Optional.of(etcd.username).filter(name -> !name.isEmpty()),
                Optional.of(etcd.password).filter(word -> !word.isEmpty()),
                EtcdSettings.USUAL_LEASE_TIME,
                options.node.renewMargin);
    }

    private static String version() {
        return Optional.ofNullable(Flanneld.class.getPackage().getImplementationVersion())
                .orElse("(not packaged)");
    }
}
