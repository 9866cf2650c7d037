package jflannel.daemon;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import jflannel.control.HostedNetworks;
import jflannel.control.JitChoice;
import jflannel.control.NetworkAgent;
import jflannel.etcd.EtcdSettings;
import jflannel.kube.KubeSettings;
import jflannel.lease.ConfigException;
import jflannel.lease.LeaseStore;
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
import jflannel.report.StatusFile;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.NodeStatus;

/// One network that this daemon serves: its names on this host, its status file, and the [NetworkAgent] that does the
/// rest.
final class NetworkRun implements AutoCloseable {
    private static final Logger LOG = System.getLogger(NetworkRun.class.getName());
    private static final Duration RETRY = Duration.ofSeconds(1);
    /// For tests that cannot wait a day: how long a lease lasts. It is then renewed after half of that.
    private static final String LEASE_SECONDS = "JFLANNEL_LEASE_SECONDS";

    private final Options options;
    private final Map<String, String> environment;
    private final JitChoice jit;
    private final Servers servers;
    private final Optional<HostedNetworks> hosted;
    private final Claims claims;
    private final StatusFile status;
    private final ConditionLog conditionLog = new ConditionLog();
    private final Duration leaseTime;

    /// Where the network's state can be seen.
    record Servers(Board board, Health health, MetricsServer metrics, Optional<StatusPage> page) {}

    /// @param options of this network alone
    /// @param hosted the networks of this daemon; empty if it serves one
    NetworkRun(
            Options options,
            Map<String, String> environment,
            JitChoice jit,
            Servers servers,
            Optional<HostedNetworks> hosted) {
        this.options = options;
        this.environment = environment;
        this.jit = jit;
        this.servers = servers;
        this.hosted = hosted;
        this.claims = new Claims(place());
        this.status = new StatusFile(DaemonFiles.status(options.node.subnetFile), options.given, servers.board);
        this.leaseTime = Optional.ofNullable(environment.get(LEASE_SECONDS))
                .map(NetworkRun::seconds)
                .orElse(EtcdSettings.USUAL_LEASE_TIME);
        servers.board.listen(conditionLog);
    }

    /// Calls once when pods can have their network.
    static Board.Listener whenItWorks(Runnable ready) {
        return new Board.Listener() {
            private boolean wasReady;

            @Override
            public void changed(NodeStatus now) {
                if (now.works() && !wasReady) {
                    wasReady = true;
                    ready.run();
                }
            }
        };
    }

    /// Runs until its thread is interrupted. To be called once.
    void run() throws IOException, InterruptedException {
        Board board = servers.board;
        NameChoice.Outcome.Chosen chosen = chooseName();
        // until now the file may have been another daemon's
        board.listen(status);
        status.changed(board.status());
        NetworkAgent.Surface surface =
                new NetworkAgent.Surface(board, servers.health, servers.metrics, conditionLog, servers.page);
        Supplier<LeaseStore> stores =
                Flanneld.stores(options, leaseTime, environment, KubeSettings.SERVICE_ACCOUNT, board);
        Optional<PolicySource> policies = options.firewall.networkPolicy
                ? PolicySources.of(options, leaseTime, environment, board)
                : Optional.empty();
        new NetworkAgent(options, chosen, claims, stores, policies, surface, jit, hosted).run();
    }

    /// The name of this network on this host. Waits for another daemon that is in the way.
    private NameChoice.Outcome.Chosen chooseName() throws InterruptedException {
        String place = place();
        boolean usual = place.equals(Names.ETCD_PREFIX) || place.equals(Names.ANNOTATION_PREFIX);
        NameChoice choice = new NameChoice(
                claims,
                new NameChoice.Request(
                        options.node.networkName(), place, usual, options.node.subnetFile, options.node.stateFile));
        while (true) {
            switch (choice.choose()) {
                case NameChoice.Outcome.Chosen chosen -> {
                    servers.board.clear(Condition.OTHER_DAEMON);
                    LOG.log(
                            chosen.names().isDefault() ? Level.DEBUG : Level.INFO,
                            "the name of this network on this host is " + NameChoice.word(chosen.names()));
                    return chosen;
                }
                case NameChoice.Outcome.Busy(String why) -> {
                    servers.board.raise(Condition.OTHER_DAEMON, why);
                    Thread.sleep(RETRY);
                }
            }
        }
    }

    /// Where the leases are, for other daemons on this host.
    private String place() {
        return options.kube.subnetManager ? options.kube.annotationPrefix : options.etcd.prefix;
    }

    private static Duration seconds(String word) {
        try {
            return Duration.ofSeconds(Math.max(2, Integer.parseInt(word)));
        } catch (NumberFormatException e) {
            throw new ConfigException(LEASE_SECONDS, word, "Give a number of seconds, such as 10.");
        }
    }

    /// The status file's last word, and what other daemons may have from now on.
    @Override
    public void close() {
        status.close();
        claims.close();
    }
}
