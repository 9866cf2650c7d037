package jflannel.kube;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Announcement;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.lease.StoreFigures;

/// Leases in the Kubernetes API. Kubernetes itself gives every node its subnet, the podCIDR; a node's part is to
/// annotate its Node object with how it is reached. The network configuration is a file.
///
/// One thread asks for the configuration, acquires, and then watches; any may [#report] and [#close].
public final class KubeLeases implements LeaseStore {
    private static final System.Logger LOG = System.getLogger(KubeLeases.class.getName());

    /// How long to wait for a change of this node before it is looked at anew.
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final KubeSettings settings;
    private final RandomGenerator random = new SplittableRandom();
    private final ApiServer api;
    private String name;
    private OwnNode own;
    private NodeRecord node;
    private NetworkConfig network;
    private NodeWatch watch;
    private Thread watcher;
    private Thread keeper;
    private volatile OwnNode reported;
    private boolean closed;

    /// Connects when first asked for something.
    ///
    /// @throws ConfigException if a setting or the network configuration cannot be used
    public KubeLeases(KubeSettings settings) {
        this.settings = settings;
        networkConfig(); // a file that is wrong now will not be right soon
        this.api = new ApiServer(Access.of(settings), settings.prefix());
    }

    @Override
    public NetworkConfig networkConfig() {
        Path file = settings.networkConfig();
        try {
            return NetworkConfig.withGivenSubnets(file.toString(), Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new ConfigException(
                    "--net-config-path",
                    file,
                    "There is no such file. In Kubernetes it is net-conf.json of the ConfigMap kube-flannel-cfg.");
        } catch (IOException e) {
            throw new ConfigException("--net-config-path", file, "It cannot be read: " + e + ".");
        }
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
    public Optional<Announcement> announced() {
        try {
            return Optional.ofNullable(node).filter(Annotations::isManaged).map(Annotations::announcement);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // it will be written anew
        }
    }

    @Override
    public Lease acquire(NetworkConfig network, Announcement mine, List<Cidr> previous) throws IOException {
        if (node != null && node.podCidrs().isEmpty()) {
            awaitChange(node);
        }
        look();
        if (node.podCidrs().isEmpty()) {
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
            String given = settings.variable("NODE_NAME");
            name = given.isEmpty()
                    ? api.nodeOfPod(settings.variable("POD_NAMESPACE"), settings.variable("POD_NAME"))
                    : given;
            own = new OwnNode(api, name, settings.prefix(), settings.keepsCondition());
        }
        try {
            node = api.node(name);
            return node;
        } catch (ApiException e) {
            throw e.isNotFound()
                    ? new IOException(
                            "the Kubernetes API at %s knows no node %s (yet). Is the name right, which comes from NODE_NAME?"
                                    .formatted(api.url(), name),
                            e)
                    : e;
        }
    }

    /// Waits until somebody changes this node, for half a minute at most.
    private void awaitChange(NodeRecord known) {
        try (ApiServer.Watch change = api.watch(name, known.version(), PATIENCE, PATIENCE)) {
            change.beginsWithin(PATIENCE);
        } catch (IOException e) {
            // the look that follows tells
        }
    }

    /// @throws IllegalStateException if nothing was acquired, or it is watched already
    @Override
    public synchronized void watch(Lease lease, Consumer<LeaseEvent> listener) {
        if (network == null || watch != null) {
            throw new IllegalStateException("acquire first, then watch once");
        }
        if (closed) {
            return; // by another thread, meanwhile
        }
        watch = new NodeWatch(api, name, network, own, lease, listener, random);
        watcher = Thread.ofPlatform().daemon().name("kube-nodes").start(watch);
        keeper = Thread.ofVirtual().name("kube-own-node").start(own);
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
    public StoreFigures figures() {
        return api.figures();
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (watch != null) {
            watch.close();
            watcher.interrupt();
            keeper.interrupt();
        }
        api.close();
    }

    @Override
    public String toString() {
        return "the Kubernetes API at %s, annotations %s…"
                .formatted(api.url(), settings.prefix().text());
    }
}
