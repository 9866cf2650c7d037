package jflannel.daemon;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import jflannel.control.JitChoice;
import jflannel.etcd.EtcdLeases;
import jflannel.etcd.EtcdSettings;
import jflannel.kube.AnnotationPrefix;
import jflannel.kube.KubeLeases;
import jflannel.kube.KubeSettings;
import jflannel.kubeapi.Access;
import jflannel.lease.ConfigException;
import jflannel.lease.LeaseStore;
import jflannel.linux.FileLimit;
import jflannel.metrics.ProcessSource;
import jflannel.options.ExitException;
import jflannel.options.Options;
import jflannel.options.ServerAddress;
import jflannel.page.StatusPage;
import jflannel.report.Health;
import jflannel.report.LogFormat;
import jflannel.report.MetricsServer;
import jflannel.report.SystemdNotify;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Phase;

/// The daemon, from its command line to the control loop. In this order, like Go flannel's:
///
/// 1. options, log, health server, metrics server, status page
/// 2. the network configuration, waiting for it as long as it takes
/// 3. the interface to the other nodes, the backend, this node's lease
/// 4. the control loop, which does everything else again and again
///
/// 2 to 4 are the [NetworkAgent]'s. What it programmed into the kernel stays when the daemon ends, so that pods go
/// on.
public final class Flanneld {
    private static final Logger LOG = System.getLogger(Flanneld.class.getName());
    /// How long an ending daemon may take before it is gone, in seconds.
    private static final int GRACE_SECONDS = 3;
    /// Some 70 are open at rest; each connection to one of the servers, and each program that is run, takes a few.
    private static final int FEWEST_FILES = 256;

    private final Options options;
    private final Map<String, String> environment;
    private final JitChoice jit;
    private final SystemdNotify systemd;
    private final Health health;
    private final MetricsServer metrics;
    private final Optional<StatusPage> page;
    private final Board board = new Board();
    /// Null if there are several.
    private final NetworkRun network;
    /// True if the installation is found to be broken by another thread than the control thread.
    private volatile boolean broken;

    private Flanneld(Options options, Map<String, String> environment, JitChoice jit) {
        this.options = options;
        this.environment = environment;
        this.jit = jit;
        this.systemd = new SystemdNotify(environment);
        this.health = Health.start(board, options.health.ip, options.health.port);
        this.metrics = MetricsServer.start(options.metrics.ip, options.metrics.port);
        this.page = options.statusPage.isEmpty()
                ? Optional.empty()
                : Optional.of(StatusPage.start(board, ServerAddress.parse(options.statusPage), version()));
        metrics.show(new ProcessSource(version()));
        metrics.show(health);
        this.network = options.networks.isEmpty()
                ? new NetworkRun(
                        options,
                        environment,
                        jit,
                        new NetworkRun.Servers(board, health, metrics, page),
                        Optional.empty())
                : null;
    }

    /// Exit codes: 0 after SIGTERM or SIGINT, 1 if the node, its settings or the store make a start impossible, 2
    /// for a wrong command line or a port of the health or metrics server, or of the status page, that is taken.
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
        requireFiles(FileLimit.read());
        LogFormat.install(options.log.verbosity);
        LOG.log(Level.INFO, "jflannel " + version() + " starts with " + options.redacted);
        options.warnings.forEach(warning -> LOG.log(Level.WARNING, warning));
        return new Flanneld(options, environment, new JitChoice(args)).untilSignalled();
    }

    /// A process that has no file left cannot even say so: it writes no file, and accepts no connection.
    private static void requireFiles(long most) {
        if (most < FEWEST_FILES) {
            throw new ExitException(
                    1,
                    "may open only %d files, and needs %d: raise the limit (LimitNOFILE of a unit, ulimit -n)"
                            .formatted(most, FEWEST_FILES));
        }
    }

    /// Runs the daemon and returns its exit code. A signal interrupts whatever it waits for.
    private int untilSignalled() {
        Thread control = Thread.currentThread();
        control.setName("control");
        CountDownLatch ended = new CountDownLatch(1);
        Thread onSignal = Thread.ofPlatform().name("signal").unstarted(() -> end(control, ended));
        Runtime.getRuntime().addShutdownHook(onSignal);
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> endedBy(e, thread, control, ended));
        int code = 0;
        showHowItIs();
        try {
            run();
        } catch (InterruptedException e) {
            code = broken ? 1 : 0;
            if (!broken) {
                board.enter(Phase.STOPPED, "it was ended by a signal");
                LogFormat.lastWord(Level.INFO, "ended by a signal; what it programmed into the kernel stays");
            }
        } catch (ConfigException | IOException e) {
            fail(String.valueOf(e.getMessage()), e);
            code = 1;
        } catch (RuntimeException | Error e) {
            // without this the hook would take it for the end after a signal, and exit with 0
            fail(defect(e), e);
            code = 1;
        } finally {
            health.close();
            metrics.close();
            if (page.isPresent()) {
                page.get().close();
            }
            if (network != null) {
                network.close();
            }
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

    private void showHowItIs() {
        board.listen(NetworkRun.whenItWorks(systemd::ready));
        board.raise(Condition.STARTING, "starting");
    }

    private void fail(String why, Throwable cause) {
        board.enter(Phase.FAILED, why);
        LOG.log(Level.ERROR, why);
        LOG.log(Level.DEBUG, "details of the defect", cause);
    }

    static String defect(Throwable e) {
        if (e instanceof OutOfMemoryError && String.valueOf(e.getMessage()).contains("native thread")) {
            return "the system refuses another thread: raise the limit (TasksMax of a unit, pids of a pod or container,"
                    + " kernel.threads-max of the host)";
        }
        return "a defect of this program ends it: " + e + " (-v=1 shows where)";
    }

    /// A thread has ended. If it missed a class, or found one broken, others will too, and no retry mends that: so this
    /// process ends, as if the control thread had met it.
    private void endedBy(Throwable e, Thread thread, Thread control, CountDownLatch ended) {
        if (!(e instanceof LinkageError)) {
            LOG.log(Level.ERROR, "the thread " + thread.getName() + " ended by a defect of this program", e);
            return;
        }
        broken = true;
        fail(defect(e), e);
        control.interrupt();
        try {
            ended.await(GRACE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            // end now
        }
        Runtime.getRuntime().halt(1);
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
        if (options.networks.isEmpty()) {
            network.run();
        } else {
            new Networks(options.networks, environment, jit, health, metrics, systemd::ready).run();
        }
    }

    /// The store that the options name. It connects on first use.
    ///
    /// @param leaseTime how long a lease lasts in etcd
    /// @param environment of the daemon: in Kubernetes, it names the node
    /// @param serviceAccount the directory with a pod's credentials
    /// @param board shows whether the store answers
    public static LeaseStore store(
            Options options, Duration leaseTime, Map<String, String> environment, Path serviceAccount, Board board) {
        return stores(options, leaseTime, environment, serviceAccount, board).get();
    }

    /// As [#store], for connections that follow one another. What is wrong with the options themselves shows at once,
    /// so no later connection fails for them.
    static Supplier<LeaseStore> stores(
            Options options, Duration leaseTime, Map<String, String> environment, Path serviceAccount, Board board) {
        if (options.kube.subnetManager) {
            KubeSettings settings = kubeSettings(options.kube, environment, serviceAccount);
            Access access = settings.access();
            return () -> new KubeLeases(settings, access, board);
        }
        Duration margin =
                leaseTime.equals(EtcdSettings.USUAL_LEASE_TIME) ? options.node.renewMargin : leaseTime.dividedBy(2);
        EtcdSettings settings = etcdSettings(options.etcd, leaseTime, margin, !options.node.noSubnet);
        return () -> new EtcdLeases(settings, board);
    }

    /// How to reach the Kubernetes API by these options.
    ///
    /// @param serviceAccount the directory with a pod's credentials
    public static KubeSettings kubeSettings(Options.Kube kube, Map<String, String> environment, Path serviceAccount) {
        return new KubeSettings(
                kube.apiUrl,
                Optional.ofNullable(kube.kubeconfig),
                AnnotationPrefix.of(kube.annotationPrefix),
                kube.netConfig,
                kube.setNetworkUnavailable,
                environment,
                serviceAccount);
    }

    /// How to reach etcd by these options, and how to keep a lease there; see [EtcdSettings].
    public static EtcdSettings etcdSettings(
            Options.Etcd etcd, Duration leaseTime, Duration renewMargin, boolean forPods) {
        return new EtcdSettings(
                etcd.endpoints(),
                etcd.prefix,
                Optional.ofNullable(etcd.caFile),
                Optional.ofNullable(etcd.certFile),
                Optional.ofNullable(etcd.keyFile),
                Optional.of(etcd.username).filter(name -> !name.isEmpty()),
                Optional.of(etcd.password).filter(word -> !word.isEmpty()),
                leaseTime,
                renewMargin,
                forPods);
    }

    private static String version() {
        return Optional.ofNullable(Flanneld.class.getPackage().getImplementationVersion())
                .orElse("(not packaged)");
    }
}
