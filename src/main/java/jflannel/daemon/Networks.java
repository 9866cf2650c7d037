package jflannel.daemon;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.control.HostedNetworks;
import jflannel.control.JitChoice;
import jflannel.lease.ConfigException;
import jflannel.options.Options;
import jflannel.report.Health;
import jflannel.report.LogFormat;
import jflannel.report.MetricsServer;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Phase;
import jflannel.work.Backoff;

/// Several networks of one daemon (`--networks`). Each has a control thread of its own with everything that a daemon
/// has for its only network, so that none waits for another. What would end a daemon that serves one network ends only
/// that network's run, which begins again after a pause.
final class Networks {
    private static final Logger LOG = System.getLogger(Networks.class.getName());
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final List<Options> networks;
    private final Map<String, String> environment;
    private final JitChoice jit;
    private final Health health;
    private final MetricsServer metrics;
    private final Runnable ready;
    private final HostedNetworks hosted;

    /// @param ready called when the first of them works: the others may wait for something for days
    Networks(
            List<Options> networks,
            Map<String, String> environment,
            JitChoice jit,
            Health health,
            MetricsServer metrics,
            Runnable ready) {
        this.networks = networks;
        this.environment = environment;
        this.jit = jit;
        this.health = health;
        this.metrics = metrics;
        this.ready = ready;
        this.hosted = new HostedNetworks(networks.size());
    }

    /// Runs until its thread is interrupted.
    void run() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (Options options : networks) {
            threads.add(Thread.ofPlatform()
                    .group(LogFormat.threadsOf(name(options)))
                    .name("control")
                    .start(() -> serve(options)));
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } finally {
            threads.forEach(Thread::interrupt);
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    private static String name(Options options) {
        return options.node.networkName().orElseThrow().network();
    }

    private void serve(Options options) {
        Backoff pauses = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
        try {
            while (true) {
                serveOnce(options);
                Thread.sleep(pauses.next());
            }
        } catch (InterruptedException e) {
            // the daemon ends
        }
    }

    private void serveOnce(Options options) throws InterruptedException {
        Board board = new Board();
        NetworkRun.Servers servers = new NetworkRun.Servers(
                board, health.network(name(options), board), metrics.network(name(options)), Optional.empty());
        servers.metrics().show(servers.health());
        try (NetworkRun run = new NetworkRun(options, environment, jit, servers, Optional.of(hosted))) {
            board.listen(NetworkRun.whenItWorks(ready));
            board.raise(Condition.STARTING, "starting");
            try {
                run.run();
            } catch (InterruptedException e) {
                board.enter(Phase.STOPPED, "it was ended by a signal");
                throw e;
            } catch (ConfigException | IOException e) {
                fail(board, String.valueOf(e.getMessage()), e);
            } catch (RuntimeException e) {
                fail(board, Flanneld.defect(e), e);
            }
        }
    }

    private static void fail(Board board, String why, Exception cause) {
        board.enter(Phase.FAILED, why);
        LOG.log(Level.ERROR, why + " (this network begins again after a pause)");
        LOG.log(Level.DEBUG, "details", cause);
    }
}
