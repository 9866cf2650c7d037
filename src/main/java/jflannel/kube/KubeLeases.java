package jflannel.kube;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kubeapi.Access;
import jflannel.kubeapi.ApiException;
import jflannel.kubeapi.ApiServer;
import jflannel.kubeapi.ListWatch;
import jflannel.kubeapi.Resource;
import jflannel.lease.Announcement;
import jflannel.lease.BackendType;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.LeaseList;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Outage;
import jflannel.lease.StoreFigures;
import jflannel.status.Board;
import jflannel.work.Worker;

/// Leases in the Kubernetes API. Kubernetes itself assigns every node its subnet, the podCIDR; the node annotates
/// its Node object with how to reach it. The network configuration is a file.
///
/// One thread reads the configuration, acquires, and then watches. Any thread may [#report] and [#close].
public final class KubeLeases implements LeaseStore {
    /// The end of a [LeaseList#whyNone] about a node that has what it needs from Kubernetes, and no lease yet.
    public static final String NOT_ANNOTATED = " has no annotations of flannel's yet";

    private static final System.Logger LOG = System.getLogger(KubeLeases.class.getName());

    /// How long to wait for a change of this node before reading it again.
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /// How long a reading of this node stays usable; the watch reports what changed meanwhile.
    private static final Duration FRESH = Duration.ofSeconds(2);

    private final KubeSettings settings;
    private final Board board;
    private final RandomGenerator random = new SplittableRandom();
    private final Resource<NodeRecord> nodes;
    private final ApiServer api;
    private String name;
    private OwnNode own;
    private NodeRecord node;
    private long looked;
    private NetworkConfig network;
    private Outage outage;
    private Worker watcher;
    private Worker keeper;
    /// True once this node has published that it waits for its podCIDR.
    private boolean waits;
    private volatile OwnNode reported;
    private boolean closed;

    /// Connects on first use.
    ///
    /// @param board shows what is wrong with the watch
    /// @throws ConfigException if a setting cannot be used
    public KubeLeases(KubeSettings settings, Board board) {
        this(settings, settings.access(), board);
    }

    /// @param access of the settings, for stores that follow one another
    public KubeLeases(KubeSettings settings, Access access, Board board) {
        settings.requireName();
        this.settings = settings;
        this.board = board;
        this.nodes = NodeForm.nodes(settings.prefix());
        this.api = new ApiServer(access);
    }

    @Override
    public NetworkConfig networkConfig() {
        return settings.network();
    }

    @Override
    public Map<Family, Ip> publicIps() throws IOException {
        try {
            return Annotations.nodePublicIps(look());
        } catch (IllegalArgumentException e) {
            throw new ConfigException("node %s: %s".formatted(name, e.getMessage()));
        }
    }

    @Override
    public List<String> hosts() {
        return List.of(api.host());
    }

    @Override
    public Optional<Announcement> announced() {
        try {
            return Optional.ofNullable(node).filter(Annotations::isManaged).map(Annotations::announcement);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // it will be rewritten
        }
    }

    @Override
    public Lease acquire(NetworkConfig network, Announcement mine, List<Cidr> previous) throws IOException {
        if (waits) {
            awaitChange(node);
        }
        if (waits || node == null || System.nanoTime() - looked >= FRESH.toNanos()) {
            look();
        }
        waits = node.podCidrs().isEmpty();
        if (waits) {
            String why = "node %s has no podCIDR yet. %s".formatted(name, whoAssigns(network));
            own.waits(why, node);
            throw new IOException(why);
        }
        List<Cidr> subnets;
        try {
            subnets = Annotations.subnets(node, network);
        } catch (IllegalArgumentException e) {
            String why = "node %s: %s. The podCIDR and %s must agree. %s"
                    .formatted(name, e.getMessage(), network.where(), whoAssigns(network));
            own.waits(why, node);
            throw new ConfigException(why);
        }
        if (subnets.size() < network.pools().size()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "node {0} has a podCIDR of one address family only, {1}, but {2} enables both",
                    name,
                    subnets.getFirst(),
                    network.where());
        }
        own.announce(mine, node);
        this.network = network;
        return new Lease(subnets, mine);
    }

    @Override
    public LeaseList list(NetworkConfig network, Function<List<Lease>, Optional<Lease>> ownOf) throws IOException {
        NodeRecord self = look();
        Optional<Lease> lease = Optional.empty();
        String whyNone = "node " + name + NOT_ANNOTATED;
        try {
            if (self.podCidrs().isEmpty()) {
                whyNone = "node %s has no podCIDR yet. %s".formatted(name, whoAssigns(network));
            } else {
                Annotations.subnets(self, network);
                lease = Annotations.isManaged(self) ? Optional.of(Annotations.lease(self, network)) : lease;
            }
        } catch (IllegalArgumentException e) {
            whyNone = "node %s: %s".formatted(name, e.getMessage());
        }
        List<NodeRecord> all = new ArrayList<>();
        String only = network.type().needs(BackendType.Need.PEERS) ? "" : name;
        api.list(nodes, only, self.version(), all::add);
        return NodeView.list(network, all, name, lease, board).because(whyNone);
    }

    private static String whoAssigns(NetworkConfig network) {
        return "Kubernetes' controller manager assigns it, with --allocate-node-cidrs=true --cluster-cidr="
                + network.pools().values().stream()
                        .map(pool -> pool.network().toString())
                        .collect(Collectors.joining(","))
                + " (kubeadm init --pod-network-cidr)";
    }

    /// Reads this node.
    private NodeRecord look() throws IOException {
        if (name == null) {
            name = findName();
            own = new OwnNode(api, name, settings.prefix(), settings.keepsCondition(), board);
        }
        try {
            node = api.get(nodes, name);
            looked = System.nanoTime();
            return node;
        } catch (ApiException e) {
            throw e.isNotFound()
                    ? new IOException(
                            "the Kubernetes API at %s has no node %s (yet). Is the environment variable NODE_NAME right?"
                                    .formatted(api.url(), name),
                            e)
                    : e;
        }
    }

    private String findName() throws IOException {
        String given = settings.variable("NODE_NAME");
        if (!given.isEmpty()) {
            return given;
        }
        String pod = settings.variable("POD_NAME");
        String found = api.get(PodForm.pods(settings.variable("POD_NAMESPACE")), pod);
        if (found.isEmpty()) {
            throw new IOException("the pod %s is not on any node yet".formatted(pod));
        }
        return found;
    }

    /// Waits until somebody changes this node, but at most half a minute.
    private void awaitChange(NodeRecord known) {
        try (ApiServer.Watch<NodeRecord> change = api.watch(nodes, name, known.version(), PATIENCE, PATIENCE)) {
            change.hasNewsWithin(PATIENCE);
        } catch (IOException e) {
            // the next reading shows it
        }
    }

    /// @throws IllegalStateException if nothing was acquired, or the watch is already running
    @Override
    public synchronized void watch(Lease lease, Consumer<LeaseEvent> listener) {
        if (network == null || watcher != null) {
            throw new IllegalStateException("acquire first, then watch once");
        }
        if (closed) {
            return; // closed meanwhile by another thread
        }
        NodeWatch events = new NodeWatch(api, nodes, name, network, own, node.version(), lease, listener, board);
        outage = new Outage("the Kubernetes API", board, random);
        String only = network.type().needs(BackendType.Need.PEERS) ? "" : name;
        ListWatch<NodeRecord> watch = new ListWatch<>(api, nodes, only, events, outage, random);
        watcher = Worker.start("kube-nodes", board, watch::turn);
        keeper = Worker.start("kube-own-node", board, own::keep);
        reported = own;
    }

    @Override
    public void report(boolean ready, String why) {
        OwnNode node = reported;
        if (node != null) {
            node.report(ready, why);
        }
    }

    @Override
    public Optional<Instant> clock() throws IOException {
        look();
        return api.clock();
    }

    @Override
    public StoreFigures figures() {
        return api.figures();
    }

    @Override
    public synchronized void close() {
        closed = true;
        api.close();
        if (watcher != null) {
            watcher.close();
            keeper.close();
            outage.close();
            own.forget();
        }
    }

    @Override
    public String toString() {
        return "the Kubernetes API at %s, annotations %s…"
                .formatted(api.url(), settings.prefix().text());
    }
}
