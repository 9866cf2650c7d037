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
import jflannel.lease.CredentialsException;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.lease.StoreFigures;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Phase;
import jflannel.work.LastMessage;

/// This node's link to the store: asks for the network configuration and a lease, then follows the leases of the
/// other nodes. It can be renewed, with other certificates or another announcement, without affecting packets.
///
/// A store may be slow or silent, so each connection has a thread of its own, which asks every second until it gets
/// an answer. Changed only by the control thread.
final class StoreLink implements AutoCloseable {
    private static final Logger LOG = System.getLogger(StoreLink.class.getName());
    private static final Duration RETRY = Duration.ofSeconds(1);
    /// The subject of the condition that the current connection cannot be made.
    private static final String CONNECTION = "connection";

    private final Supplier<LeaseStore> stores;
    private final Board board;
    private final Consumer<Trigger> inbox;
    private final Consumer<StoreFigures> onConnect;
    private final LastMessage configuration = new LastMessage();
    private volatile Connection current; // written only by the control thread

    /// A connection to the store, with the thread that asks.
    private record Connection(int number, LeaseStore store, ExecutorService thread) {
        /// Begins to ask for what nobody waits for. What it throws goes to the handler of uncaught exceptions.
        void begin(Question question) {
            thread.execute(() -> {
                try {
                    question.ask();
                } catch (InterruptedException e) {
                    // closed
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
        }

        void close() {
            thread.shutdownNow();
            store.close();
        }
    }

    private interface Question {
        void ask() throws Exception;
    }

    /// Up to which kind of failure a question is asked again. Each includes those before it. None includes a
    /// [LinkageError], as a class that is missing or broken stays so.
    private enum Retry {
        /// The store does not answer.
        SILENCE,
        /// The answer cannot be used; somebody may correct it.
        UNUSABLE_ANSWER,
        /// This program has a defect, but the node carries packets meanwhile.
        DEFECT;

        boolean covers(Throwable failure) {
            return switch (failure) {
                case IOException _ -> true;
                case ConfigException _ -> compareTo(UNUSABLE_ANSWER) >= 0;
                case LinkageError _ -> false;
                default -> this == DEFECT;
            };
        }
    }

    /// What the node needs from the store before it can make an overlay.
    ///
    /// @param publicIps this node's addresses for other nodes, if an administrator wrote them into the store
    /// @param before what this node announced in its last run, if the store keeps that
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

    /// The number of the current connection. Reports of older ones are ignored.
    int number() {
        return current.number;
    }

    /// Describes the store by its settings.
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

    /// Asks for the configuration until there is a usable one, and for what the store knows about this node.
    Future<Terms> terms() {
        LeaseStore store = current.store;
        return current.thread.submit(() -> {
            board.enter(Phase.WAITING_FOR_CONFIGURATION);
            NetworkConfig network =
                    patiently(Condition.NO_CONFIGURATION, "", Retry.UNUSABLE_ANSWER, store::networkConfig);
            if (configuration.changesTo(network.source().text())) {
                LOG.log(
                        Level.INFO,
                        "{0}: {1}, backend {2}",
                        network.where(),
                        network.pools().values().stream()
                                .map(AddressPool::network)
                                .toList(),
                        network.redactedBackend());
                network.doubts().forEach(doubt -> LOG.log(Level.WARNING, doubt));
            }
            Map<Family, Ip> publicIps = patiently(Condition.NO_CONFIGURATION, "", Retry.SILENCE, store::publicIps);
            return new Terms(network, publicIps, store.announced());
        });
    }

    /// As [LeaseStore#formerly], for the current connection.
    void formerly(Lease own, String receipt) {
        current.store.formerly(own, receipt);
    }

    /// As [LeaseStore#receipt], for the current connection.
    String receipt() {
        return current.store.receipt();
    }

    /// Asks for a lease. Fails with a [jflannel.lease.NotYetException] if there is none left.
    ///
    /// @param previous the subnets that this node had before
    Future<Lease> lease(NetworkConfig network, Announcement mine, List<Cidr> previous) {
        LeaseStore store = current.store;
        return current.thread.submit(() -> {
            board.enter(Phase.WAITING_FOR_LEASE);
            return patiently(Condition.NO_LEASE, "", Retry.SILENCE, () -> store.acquire(network, mine, previous));
        });
    }

    /// Follows the leases of the other nodes, and keeps this node's own alive.
    void watch(Lease own) {
        board.enter(Phase.WAITING_FOR_PEERS);
        current.store.watch(own, news(current));
    }

    /// Keeps asking, in the background, for the configuration and the lease that the store has not given yet, and
    /// that the node has from its memory. Posts the configuration if it differs, then [Trigger.Enrolled] and the
    /// events of [#watch].
    ///
    /// @param network that the node uses now
    /// @param mine what it announces
    /// @param own the lease that it assumes to have
    void enrolLater(NetworkConfig network, Announcement mine, Lease own) {
        Connection connection = current;
        connection.store.formerly(own, "");
        connection.begin(() -> {
            // here, since a question that was given up may just be raising them
            board.clear(Condition.NO_CONFIGURATION);
            board.clear(Condition.NO_LEASE);
            enrol(connection, network, mine, own);
        });
    }

    /// Opens a new connection to the store, and asks like [#enrolLater]. Closes the old one first, which would
    /// otherwise write back what this node announced before.
    void renew(NetworkConfig network, Announcement mine, Lease own) {
        Connection old = current;
        Connection next = connect(old.number + 1);
        current = next;
        next.store.formerly(own, "");
        next.begin(() -> {
            old.close();
            enrol(next, network, mine, own);
        });
    }

    private void enrol(Connection connection, NetworkConfig network, Announcement mine, Lease own) throws Exception {
        Consumer<LeaseEvent> news = news(connection);
        AtomicReference<NetworkConfig> known = new AtomicReference<>(network);
        patiently(
                Condition.LEASE_PENDING,
                "this node continues with the lease of " + own.words() + ": ",
                Retry.DEFECT,
                () -> {
                    NetworkConfig now = connection.store.networkConfig();
                    if (!isSame(known.getAndSet(now), now)) {
                        news.accept(new LeaseEvent.Reconfigured(now));
                        // if this node follows it, this connection ends; if not, the node keeps the lease it has
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

    /// @param lacking the condition to raise until there is an answer
    private <T> T patiently(Condition lacking, String introduction, Retry retry, Callable<T> call) throws Exception {
        while (true) {
            try {
                T answer = call.call();
                board.clear(Condition.CREDENTIALS_REFUSED, CONNECTION);
                board.clear(lacking);
                return answer;
            } catch (IOException | RuntimeException | Error e) {
                if (Thread.interrupted()) {
                    throw new InterruptedException(); // closed
                }
                if (e instanceof CredentialsException) {
                    board.raise(Condition.CREDENTIALS_REFUSED, CONNECTION, e.getMessage());
                } else if (retry.covers(e)) {
                    board.raise(lacking, introduction + words(e));
                } else {
                    throw e;
                }
                Thread.sleep(RETRY);
            }
        }
    }

    private static String words(Throwable failure) {
        if (failure instanceof IOException || failure instanceof ConfigException) {
            return failure.getMessage();
        }
        LOG.log(Level.DEBUG, "details of the defect", failure);
        return "a defect of this program: " + failure;
    }

    /// Waits for the answer to a question.
    ///
    /// @return false if it does not come in time
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

    /// The answer to a question; waits as long as it takes.
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

    /// Tells the store whether this node can carry its pods' packets.
    void report(boolean works, String why) {
        current.store.report(works, why);
    }

    /// Closes the connection. The lease stays, so that a restarted node finds it.
    @Override
    public void close() {
        current.close();
    }
}
