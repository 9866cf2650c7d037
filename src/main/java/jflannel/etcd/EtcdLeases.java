package jflannel.etcd;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import jflannel.etcd.api.KeyValue;
import jflannel.ip.Cidr;
import jflannel.lease.Announcement;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.LeaseList;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.lease.StoreFigures;
import jflannel.status.Board;

/// Leases in etcd, through API version 3. The keys, below a prefix, are those of Go flannel:
///
/// ```text
/// <prefix>/config                    the network configuration
/// <prefix>/subnets/10.3.7.0-24       a lease: the announcement of the node that holds 10.3.7.0/24
/// ```
///
/// A lease's key is attached to an etcd lease of 24 hours, which is kept alive. A key without one is a reservation
/// for the node whose public address it names, and is left as it is.
///
/// One thread reads the configuration, acquires, and then watches. Any thread may [#close], which ends what waits.
public final class EtcdLeases implements LeaseStore {
    private final EtcdSettings settings;
    private final Board board;
    private final RandomGenerator random;
    private final EtcdClient etcd;
    private final SubnetDirectory directory;
    private final LeaseTaker taker;
    private final MissingConfig missing;
    private volatile long configRevision = -1;
    private volatile NetworkConfig network;
    private volatile LeaseTaker.Taken taken;
    private volatile LeaseTaker.Former former;
    private volatile LeaseWatch watch;
    private ConfigWatch configWatch;
    private boolean closed;

    /// Connects on first use.
    ///
    /// @param board shows whether etcd answers
    /// @throws ConfigException if an endpoint is not a URL
    public EtcdLeases(EtcdSettings settings, Board board) {
        this(settings, board, new SplittableRandom());
    }

    EtcdLeases(EtcdSettings settings, Board board, RandomGenerator random) {
        this.settings = settings;
        this.board = board;
        this.random = random;
        this.etcd = new EtcdClient(settings);
        this.directory = new SubnetDirectory(etcd, settings.prefix());
        this.missing = new MissingConfig(directory);
        this.taker = new LeaseTaker(etcd, directory, settings, random);
    }

    @Override
    public void requireCredentials() {
        etcd.channels();
    }

    @Override
    public NetworkConfig networkConfig() throws IOException {
        Optional<KeyValue> found = directory.readConfig().found();
        String where = "etcd key " + directory.configKey();
        if (found.isEmpty()) {
            throw missing.exception(etcd.endpoint());
        }
        NetworkConfig config = NetworkConfig.parse(where, found.get().getValue().toStringUtf8());
        configRevision = found.get().getModRevision();
        return config;
    }

    @Override
    public void formerly(Lease own, String receipt) {
        former = new LeaseTaker.Former(own, receipt);
    }

    @Override
    public String receipt() {
        LeaseWatch watching = watch;
        LeaseTaker.Taken now = taken;
        return watching != null
                ? watching.own().receipt()
                : now != null ? now.own().receipt() : "";
    }

    @Override
    public void avoid(Predicate<Cidr> unusable) {
        taker.avoid(unusable);
    }

    @Override
    public Lease acquire(NetworkConfig network, Announcement mine, List<Cidr> previous) throws IOException {
        if (mine.publicIps().isEmpty()) {
            throw new IllegalArgumentException("a node without a public address cannot have a lease");
        }
        this.network = network;
        taken = taker.acquire(network, configRevision, mine, previous, former);
        return taken.own().lease();
    }

    @Override
    public LeaseList list(NetworkConfig network, Function<List<Lease>, Optional<Lease>> ownOf) throws IOException {
        return PeerView.list(network, directory.list().records(), ownOf, board);
    }

    /// @throws IllegalStateException if `own` was not acquired here, or the watch is already running
    @Override
    public synchronized void watch(Lease own, Consumer<LeaseEvent> listener) {
        if (taken == null || !taken.own().lease().equals(own) || watch != null) {
            throw new IllegalStateException("acquire first, then watch once");
        }
        if (closed) {
            return; // closed meanwhile by another thread
        }
        watch = new LeaseWatch(
                directory, taker, network, configRevision, taken, listener, random, etcd.figures(), board);
        taken = null;
        configWatch = new ConfigWatch(
                directory, network, changed -> listener.accept(new LeaseEvent.Reconfigured(changed)), random, board);
        watch.start();
        configWatch.start();
    }

    @Override
    public List<String> hosts() {
        return etcd.hosts();
    }

    @Override
    public Optional<Instant> clock() throws IOException {
        return new EtcdHttp(settings).clock();
    }

    @Override
    public StoreFigures figures() {
        return etcd.figures();
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (watch != null) {
            watch.close();
            configWatch.close();
        }
        etcd.close();
    }

    @Override
    public String toString() {
        return settings.toString();
    }
}
