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
import java.util.function.Supplier;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.AddressPool;
import jflannel.lease.Announcement;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.lease.StoreFigures;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Phase;

/// This node's link to the store: it asks for the network configuration and a lease, then follows the leases of the
/// other nodes. It may be made again, with other certificates or because the node announces something else, while
/// packets travel as before.
///
/// A store may be slow or silent, so each connection asks on a thread of its own, every second for as long as it
/// takes. The control thread alone changes it.
final class StoreLink implements AutoCloseable {
    private static final Logger LOG = System.getLogger(StoreLink.class.getName());
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final Supplier<LeaseStore> stores;
    private final Board board;
    private final Consumer<Trigger> inbox;
    private final Consumer<StoreFigures> onConnect;
    private volatile Connection current; // the control thread alone writes it

    /// One connection to the store, with the thread that asks it.
    private record Connection(int number, LeaseStore store, ExecutorService thread) {
        void close() {
            thread.shutdownNow();
            store.close();
        }
    }

    /// What the store has to say before the node's parts can be made.
    ///
    /// @param publicIps what others are to know this node by, if an administrator said so in the store
    /// @param before what this node announced when it ran before, if the store keeps that
    record Terms(NetworkConfig network, Map<Family, Ip> publicIps, Optional<Announcement> before) {}

    /// @param stores makes a store for each connection
    /// @param inbox of the control loop
    /// @param onConnect gets the figures of each new connection
    /// @throws ConfigException if the settings of the store cannot be used
    StoreLink(Supplier<LeaseStore> stores, Board board, Consumer<Trigger> inbox, Consumer<StoreFigures> onConnect) {
        this.stores = stores;
        this.board = board;
        this.inbox = inbox;
        this.onConnect = onConnect;
        this.current = connect(1);
    }

    private Connection connect(int number) {
        Connection connection = new Connection(
                number,
                stores.get(),
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().daemon().name("enrolment").factory()));
        onConnect.accept(connection.store.figures());
        return connection;
    }

    /// The number of the connection in use. What an older one reports is no news.
    int number() {
        return current.number;
    }

    /// Which store it is, in the words of its settings.
    String store() {
        return current.store.toString();
    }

    /// As [LeaseStore#hosts]. Any thread may ask.
    List<String> hosts() {
        return current.store.hosts();
    }

    /// Reads the network configuration.
    NetworkConfig networkConfig() throws IOException {
        return current.store.networkConfig();
    }

    /// Asks for the configuration, until there is one that can be used, and for what the store knows of this node.
    Future<Terms> terms() {
        LeaseStore store = current.store;
        return current.thread.submit(() -> {
            board.enter(Phase.WAITING_FOR_CONFIGURATION);
            NetworkConfig network = patiently(Condition.NO_CONFIGURATION, "", true, store::networkConfig);
            LOG.log(
                    Level.INFO,
                    "{0}: {1}, backend {2}",
                    network.where(),
                    network.pools().values().stream().map(AddressPool::network).toList(),
                    network.redactedBackend());
            network.doubts().forEach(doubt -> LOG.log(Level.WARNING, doubt));
            Map<Family, Ip> publicIps = patiently(Condition.NO_CONFIGURATION, "", false, store::publicIps);
            return new Terms(network, publicIps, store.announced());
        });
    }

    /// Asks for a lease. Fails with a [ConfigException] if there is none to be had.
    ///
    /// @param previous the subnets that this node had
    Future<Lease> lease(NetworkConfig network, Announcement mine, List<Cidr> previous) {
        LeaseStore store = current.store;
        return current.thread.submit(() -> {
            board.enter(Phase.WAITING_FOR_LEASE);
            return patiently(Condition.NO_LEASE, "", false, () -> store.acquire(network, mine, previous));
        });
    }

    /// Follows the leases of the other nodes, and keeps this node's own alive.
    void watch(Lease own) {
        board.enter(Phase.WAITING_FOR_PEERS);
        current.store.watch(own, news(current));
    }

    /// Asks for what was asked for in vain: a configuration, which is news if it is not the same by now, and a
    /// lease. When the lease is there, the loop is sent [Trigger.Enrolled], and all that [#watch] reports.
    ///
    /// @param network that the node works with
    /// @param mine what it announces
    /// @param own the lease that it takes to be its own
    void enrolLater(NetworkConfig network, Announcement mine, Lease own) {
        Connection connection = current;
        connection.store.formerly(own);
        connection.thread.submit(() -> enrol(connection, network, mine, own));
    }

    /// Takes a new connection to the store, and asks it as [#enrolLater] does. The old one ends first: it would
    /// write back what this node announced before.
    ///
    /// @throws ConfigException if the settings of the store cannot be used; the link then is as it was
    void renew(NetworkConfig network, Announcement mine, Lease own) {
        Connection old = current;
        Connection next = connect(old.number + 1);
        current = next;
        next.store.formerly(own);
        next.thread.submit(() -> {
            old.close();
            return enrol(next, network, mine, own);
        });
    }

    private Lease enrol(Connection connection, NetworkConfig network, Announcement mine, Lease own) throws Exception {
        Consumer<LeaseEvent> news = news(connection);
        AtomicReference<NetworkConfig> known = new AtomicReference<>(network);
        return patiently(
                Condition.LEASE_PENDING, "this node goes on with the lease of " + own.words() + ": ", true, () -> {
                    NetworkConfig now = connection.store.networkConfig();
                    if (!isSame(known.getAndSet(now), now)) {
                        news.accept(new LeaseEvent.Reconfigured(now));
                        // if this node follows it, that ends this connection; if not, it keeps the lease it has
                        Thread.sleep(RETRY);
                    }
                    Lease lease = connection.store.acquire(network, mine, own.cidrs());
                    inbox.accept(new Trigger.Enrolled(connection.number, lease));
                    connection.store.watch(lease, news);
                    return lease;
                });
    }

    private Consumer<LeaseEvent> news(Connection connection) {
        return event -> inbox.accept(new Trigger.LeasesChanged(connection.number, event));
    }

    private static boolean isSame(NetworkConfig one, NetworkConfig other) {
        return one.source().text().equals(other.source().text());
    }

    /// @param lacking is raised until there is an answer
    /// @param evenIfWrong true to try again as well when the store answers and the answer is of no use, or meets a
    ///     defect of this program
    private <T> T patiently(Condition lacking, String introduction, boolean evenIfWrong, Callable<T> call)
            throws Exception {
        while (true) {
            try {
                T answer = call.call();
                board.clear(lacking);
                return answer;
            } catch (IOException | RuntimeException | Error e) {
                if (Thread.interrupted()) {
                    throw new InterruptedException(); // by close: no news
                }
                boolean isWrong = e instanceof ConfigException;
                if (isWrong && !evenIfWrong) {
                    throw e;
                }
                boolean isDefect = !isWrong && !(e instanceof IOException);
                if (isDefect) {
                    LOG.log(Level.DEBUG, "it came from here", e);
                }
                board.raise(lacking, introduction + (isDefect ? "a defect of this program: " + e : e.getMessage()));
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
            // reported by whoever takes the answer
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

    /// Lets the store know whether this node can carry its pods' packets.
    void report(boolean works, String why) {
        current.store.report(works, why);
    }

    /// Ends the connection; the lease stays, so that a restarted node finds it.
    @Override
    public void close() {
        current.close();
    }
}
