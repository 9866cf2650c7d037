package jflannel.kube;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import jflannel.ip.Cidr;
import jflannel.kube.NodeReader.WatchEvent;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Outage;

/// Follows the nodes of the cluster, on one thread, so that events come one at a time:
///
/// 1. List the nodes, and report all peers as a [LeaseEvent.Resync].
/// 2. Watch from the list's version on, and report each change; bookmarks keep the version young.
/// 3. When the watch ends, watch again from the last version; if the API has forgotten that, begin at 1.
///
/// What is seen of this node itself goes to [OwnNode]; another podCIDR of it is a [LeaseEvent.Moved].
final class NodeWatch implements Runnable {
    private static final System.Logger LOG = System.getLogger(NodeWatch.class.getName());

    /// How long a connection must last to count as the end of an outage.
    private static final Duration PROVEN = Duration.ofSeconds(2);

    /// How far to spread the first lists of nodes that start together.
    private static final int START_SPREAD_MILLIS = 500;

    /// The API server sends a bookmark each minute.
    private static final Duration SILENCE = Duration.ofMinutes(3);

    private static final int SHORTEST_WATCH_SECONDS = 300;

    private final ApiServer api;
    private final String name;
    private final NetworkConfig network;
    private final OwnNode own;
    private final Consumer<LeaseEvent> listener;
    private final RandomGenerator random;
    private final NodeView view;
    private final Outage outage;
    private final String only;
    private final Announcement mine;
    private List<Cidr> subnets;
    private String version = "";
    private String told = "";
    private volatile boolean closed;

    /// @param name this node's
    /// @param lease what it holds
    NodeWatch(
            ApiServer api,
            String name,
            NetworkConfig network,
            OwnNode own,
            Lease lease,
            Consumer<LeaseEvent> listener,
            RandomGenerator random) {
        this.api = api;
        this.name = name;
        this.network = network;
        this.own = own;
        this.listener = listener;
        this.random = random;
        this.view = new NodeView(network, name);
        this.outage = new Outage("the Kubernetes API", new jflannel.status.Board(), random);
        // a backend that carries nothing has no use for peers
        this.only = network.backendType().equals("alloc") ? name : "";
        this.mine = lease.announced();
        this.subnets = lease.cidrs();
    }

    /// Until [#close], whatever happens.
    @Override
    public void run() {
        try {
            Thread.sleep(random.nextInt(START_SPREAD_MILLIS));
            while (!closed) {
                try {
                    follow();
                } catch (IOException | RuntimeException e) {
                    api.figures().watchEnds();
                    if (closed) {
                        return;
                    }
                    if (e instanceof RuntimeException || e instanceof ApiException answer && answer.isGone()) {
                        version = ""; // forgotten, or an event may have been lost half-way
                    }
                    Thread.sleep(outage.failed(e));
                }
            }
        } catch (InterruptedException e) {
            // closed: done
        }
    }

    /// Makes [#run] end; its thread must be interrupted too.
    void close() {
        closed = true;
    }

    private void follow() throws IOException {
        if (version.isEmpty()) {
            resync();
        }
        Duration lasting = Duration.ofSeconds(SHORTEST_WATCH_SECONDS + random.nextInt(SHORTEST_WATCH_SECONDS));
        long start = System.nanoTime();
        try (ApiServer.Watch watch = api.watch(only, version, lasting, SILENCE)) {
            api.figures().watchBegins(); // unless it goes on where the last one came to its planned end
            if (!watch.beginsWithin(PROVEN)) {
                outage.ended();
            }
            Optional<WatchEvent> event;
            while (!closed && (event = watch.next()).isPresent()) {
                take(event.get());
                outage.ended();
            }
        }
        if (!closed && System.nanoTime() - start < PROVEN.toNanos()) {
            throw new IOException("the Kubernetes API ended the watch of the nodes at once");
        }
    }

    /// Asking for this node first costs little, and tells how old a list may be: one from the API server's cache that
    /// is older than this node's own start could lack nodes that packets travel to.
    private void resync() throws IOException {
        String least;
        try {
            least = api.node(name).version();
        } catch (ApiException e) {
            if (!e.isNotFound()) {
                throw e;
            }
            least = "";
        }
        List<NodeRecord> nodes = new ArrayList<>();
        String listed = api.nodes(only, least, nodes::add);
        listener.accept(view.reset(nodes));
        nodes.stream().filter(node -> node.name().equals(name)).forEach(this::ownSeen);
        version = listed;
    }

    private void take(WatchEvent event) throws IOException {
        NodeRecord node = event.node();
        switch (event.type()) {
            case "ADDED", "MODIFIED" -> {
                if (node.name().equals(name)) {
                    ownSeen(node);
                } else {
                    view.put(node).forEach(listener);
                }
            }
            case "DELETED" -> {
                if (node.name().equals(name)) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "this node, " + name + ", was removed from the Kubernetes API");
                } else {
                    view.remove(node.name()).forEach(listener);
                }
            }
            case "BOOKMARK" -> {}
            case "ERROR" -> throw new ApiException("the watch of the nodes", event.code(), event.message());
            default ->
                throw new IOException("the Kubernetes API reports a \"%s\" of a node, which is not understood"
                        .formatted(Annotations.shown(event.type())));
        }
        version = node.version();
    }

    private void ownSeen(NodeRecord node) {
        own.seen(node);
        if (node.podCidrs().isEmpty()) {
            return; // registered anew, and soon to be given one
        }
        try {
            List<Cidr> now = Annotations.subnets(node, network);
            if (!now.equals(subnets)) {
                subnets = now;
                listener.accept(new LeaseEvent.Moved(new Lease(now, mine)));
            }
        } catch (IllegalArgumentException e) {
            if (!e.getMessage().equals(told)) {
                told = e.getMessage();
                LOG.log(System.Logger.Level.ERROR, "this node, {0}, keeps its former subnet: {1}", name, told);
            }
        }
    }
}
