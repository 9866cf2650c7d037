package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Announcement;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.report.LogLimit;
import jflannel.report.StatusFile;

/// Gets from the store what a node needs before it can take part: the network configuration, and then a lease. On a
/// thread of its own, because a store may be slow or silent, and a node that remembers what it was need not wait.
///
/// Tries every second for as long as it takes; logs each fault once, and what lasts once a minute.
final class Enrolment implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Enrolment.class.getName());
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final int LINES_OF_A_KIND = 5;

    private final LeaseStore store;
    private final StatusFile status;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("enrolment").factory());

    /// True once a session works without the store, and says itself how the node is.
    private volatile boolean silent;

    Enrolment(LeaseStore store, StatusFile status) {
        this.store = store;
        this.status = status;
    }

    /// What the store has to say before the node's parts can be made.
    ///
    /// @param publicIps what others are to know this node by, if an administrator said so in the store
    /// @param before what this node announced when it ran before, if the store keeps that
    record Terms(NetworkConfig network, Map<Family, Ip> publicIps, Optional<Announcement> before) {}

    /// Asks for the configuration, until there is one that can be used, and for what the store knows of this node.
    Future<Terms> terms() {
        return thread.submit(() -> {
            Consumer<String> waiting = status(StatusFile.State.WAITING_FOR_CONFIGURATION);
            NetworkConfig network = patiently("no network configuration yet", true, store::networkConfig, waiting);
            LOG.log(
                    Level.INFO,
                    network.where() + ": " + Node.networks(network) + ", backend " + network.backendType() + " "
                            + network.backend().text());
            Map<Family, Ip> publicIps = patiently("nothing known of this node yet", false, store::publicIps, waiting);
            return new Terms(network, publicIps, store.announced());
        });
    }

    /// Asks for a lease. Fails with a [ConfigException] if there is none to be had.
    ///
    /// @param previous the subnets that this node had
    Future<Lease> lease(NetworkConfig network, Announcement mine, List<Cidr> previous) {
        return thread.submit(() -> patiently(
                "no lease yet",
                false,
                () -> store.acquire(network, mine, previous),
                status(StatusFile.State.WAITING_FOR_LEASE)));
    }

    /// As both, for a session that has begun without the store, and tells it what came of it. A configuration that is
    /// another by now is news for the session; if that goes on, the lease waits for the old one to return.
    ///
    /// @param network by which the session works
    /// @param own the lease that it takes to be this node's
    void later(NetworkConfig network, Announcement mine, Lease own, Consumer<Trigger> session) {
        silent = true;
        Consumer<LeaseEvent> news = event -> session.accept(new Trigger.LeasesChanged(event));
        AtomicReference<NetworkConfig> told = new AtomicReference<>(network);
        thread.submit(() -> patiently(
                "no lease",
                true,
                () -> {
                    NetworkConfig now = store.networkConfig();
                    if (!isSame(told.getAndSet(now), now)) {
                        news.accept(new LeaseEvent.Reconfigured(now));
                    }
                    if (!isSame(network, now)) {
                        throw new IOException(now.where() + " is not what this node goes by");
                    }
                    Lease lease = store.acquire(network, mine, own.cidrs());
                    session.accept(new Trigger.Enrolled(lease));
                    store.watch(lease, news);
                    return lease;
                },
                _ -> {}));
    }

    private static boolean isSame(NetworkConfig one, NetworkConfig other) {
        return one.source().text().equals(other.source().text());
    }

    private Consumer<String> status(StatusFile.State waiting) {
        status.put(waiting, "");
        return fault -> {
            if (!silent) {
                status.put(waiting, fault);
            }
        };
    }

    /// @param evenIfWrong true to try again as well when the store answers and the answer is of no use, or meets a
    ///     defect of this program
    private static <T> T patiently(String lacking, boolean evenIfWrong, Callable<T> call, Consumer<String> onFault)
            throws Exception {
        LogLimit log = new LogLimit(LOG, LINES_OF_A_KIND);
        String told = "";
        while (true) {
            try {
                return call.call();
            } catch (IOException | RuntimeException e) {
                if (e instanceof RuntimeException && !evenIfWrong) {
                    throw e;
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException(); // by close: no news
                }
                boolean isDefect = e instanceof RuntimeException && !(e instanceof ConfigException);
                String why = isDefect ? "a defect of this program: " + e : String.valueOf(e.getMessage());
                onFault.accept(why);
                String fault = lacking + ": " + why;
                if (!fault.equals(told)) {
                    log.log(Level.ERROR, fault + " (trying every second)");
                    told = fault;
                }
                Thread.sleep(RETRY);
            }
        }
    }

    /// Waits until it is known what a question came to.
    ///
    /// @return false if that takes longer
    static boolean isAnswered(Future<?> question, Duration patience) throws InterruptedException {
        try {
            question.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            // told by whoever takes the answer
        }
        return true;
    }

    /// What a question came to, waiting for as long as it takes.
    static <T> T answer(Future<T> question) throws IOException, InterruptedException {
        try {
            return question.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failed -> throw failed;
                case RuntimeException wrong -> throw wrong;
                case Error broken -> throw broken;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
    }

    /// Asks no more.
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
