package jflannel.daemon;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import jflannel.control.Compiler;
import jflannel.control.Remains;
import jflannel.control.Session;
import jflannel.control.StateFile;
import jflannel.etcd.EtcdLeases;
import jflannel.etcd.EtcdSettings;
import jflannel.kube.AnnotationPrefix;
import jflannel.kube.KubeLeases;
import jflannel.kube.KubeSettings;
import jflannel.lease.ConfigException;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.metrics.NodeFigures;
import jflannel.metrics.ProcessSource;
import jflannel.options.ExitException;
import jflannel.options.KubeOptions;
import jflannel.options.Options;
import jflannel.report.Health;
import jflannel.report.LogFormat;
import jflannel.report.LogLimit;
import jflannel.report.MetricsServer;
import jflannel.report.StatusFile;
import jflannel.report.SystemdNotify;
import jflannel.status.Board;

/// The daemon, from its command line to the control loop. In this order, like Go flannel's:
///
/// 1. options, log, health server, metrics server
/// 2. a [Session]: the network configuration, waiting for it as long as it takes
/// 3. the interface to the other nodes, the backend, its device, this node's lease
/// 4. the control loop, which does everything else again and again
///
/// and from 2 on again if what the session was made of has changed.
///
/// What the kernel was taught stays when the daemon ends, so that pods go on.
public final class Flanneld {
    private static final Logger LOG = System.getLogger(Flanneld.class.getName());
    /// How long an ending daemon may take before it is gone, in seconds.
    private static final int GRACE_SECONDS = 3;
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final int LINES = 3;
    /// For tests that cannot wait a day: how long a lease lasts. It is then renewed after half of that.
    private static final String LEASE_SECONDS = "JFLANNEL_LEASE_SECONDS";

    private final Options options;
    private final Map<String, String> environment;
    private final Compiler compiler;
    private final SystemdNotify systemd;
    private final Health health;
    private final MetricsServer metrics;
    private final StatusFile status;
    private final Duration leaseTime;
    private final Board board = new Board();

    private Flanneld(Options options, Map<String, String> environment, Compiler compiler) {
        this.options = options;
        this.environment = environment;
        this.compiler = compiler;
        this.systemd = new SystemdNotify(environment);
        this.health = Health.start(options.health.ip, options.health.port);
        this.metrics = MetricsServer.start(options.metrics.ip, options.metrics.port);
        metrics.show(new ProcessSource(version()));
        metrics.show(health);
        this.status = new StatusFile(options.node.subnetFile);
        this.leaseTime = Optional.ofNullable(environment.get(LEASE_SECONDS))
                .map(Flanneld::seconds)
                .orElse(EtcdSettings.USUAL_LEASE_TIME);
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
        return new Flanneld(options, environment, new Compiler(args)).untilSignalled();
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

    /// Session after session; see there.
    private void run() throws IOException, InterruptedException {
        try (StateFile stateFile = new StateFile(options.node.stateFile)) {
            Session.Surroundings surroundings = new Session.Surroundings(
                    options,
                    health,
                    metrics,
                    new NodeFigures(),
                    status,
                    systemd::ready,
                    stateFile,
                    this::openStore,
                    compiler);
            BiFunction<String, String, NetworkConfig> networkOf =
                    options.kube.subnetManager ? NetworkConfig::withGivenSubnets : NetworkConfig::parse;
            Session.Heritage heritage = new Session.Heritage(stateFile.read(networkOf), false, Remains.NONE);
            LogLimit log = new LogLimit(LOG, LINES);
            while (true) {
                heritage.last().ifPresent(last -> compiler.suit(last.network()));
                try {
                    heritage = new Session(surroundings, heritage).run();
                } catch (ConfigException | IOException e) {
                    if (!heritage.live()) {
                        throw e;
                    }
                    // what worked once is not given up: the kernel goes on as it is
                    log.log(Level.ERROR, e.getMessage() + " (trying every second)");
                    Thread.sleep(RETRY);
                }
            }
        }
    }

    private static Duration seconds(String word) {
        try {
            return Duration.ofSeconds(Math.max(2, Integer.parseInt(word)));
        } catch (NumberFormatException e) {
            throw new ConfigException(LEASE_SECONDS, word, "Give a number of seconds, such as 10.");
        }
    }

    private LeaseStore openStore() {
        return options.kube.subnetManager ? new KubeLeases(kubeSettings()) : new EtcdLeases(etcdSettings(), board);
    }

    private KubeSettings kubeSettings() {
        KubeOptions kube = options.kube;
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
                etcd.endpoints(),
                etcd.prefix,
                Optional.ofNullable(etcd.caFile),
                Optional.ofNullable(etcd.certFile),
                Optional.ofNullable(etcd.keyFile),
                Optional.of(etcd.username).filter(name -> !name.isEmpty()),
                Optional.of(etcd.password).filter(word -> !word.isEmpty()),
                leaseTime,
                leaseTime.equals(EtcdSettings.USUAL_LEASE_TIME) ? options.node.renewMargin : leaseTime.dividedBy(2));
    }

    private static String version() {
        return Optional.ofNullable(Flanneld.class.getPackage().getImplementationVersion())
                .orElse("(not packaged)");
    }
}
