package jflannel.kube;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import jflannel.ip.Cidr;
import jflannel.kubeapi.ApiException;
import jflannel.kubeapi.ApiServer;
import jflannel.kubeapi.ListWatch;
import jflannel.kubeapi.Resource;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.LastMessage;

/// Turns changes of the cluster's nodes into lease events. Changes of this node go to [OwnNode], except for a new
/// podCIDR, which is a [LeaseEvent.Moved].
final class NodeWatch implements ListWatch.Listener<NodeRecord> {
    private static final System.Logger LOG = System.getLogger(NodeWatch.class.getName());

    private final ApiServer api;
    private final Resource<NodeRecord> nodes;
    private final String name;
    private final NetworkConfig network;
    private final OwnNode own;
    private final Consumer<LeaseEvent> listener;
    private final NodeView view;
    private final Board board;
    private final Announcement mine;
    private List<Cidr> subnets;
    private String enrolled;
    private final LastMessage refusal = new LastMessage();

    /// @param name of this node
    /// @param enrolled this node's version when it took its lease just now
    /// @param lease of this node
    /// @param board shows which nodes are ignored
    NodeWatch(
            ApiServer api,
            Resource<NodeRecord> nodes,
            String name,
            NetworkConfig network,
            OwnNode own,
            String enrolled,
            Lease lease,
            Consumer<LeaseEvent> listener,
            Board board) {
        this.api = api;
        this.nodes = nodes;
        this.name = name;
        this.network = network;
        this.own = own;
        this.enrolled = enrolled;
        this.listener = listener;
        this.view = new NodeView(network, name, lease, board);
        this.board = board;
        this.mine = lease.announced();
        this.subnets = lease.cidrs();
    }

    /// This node's version limits how old a list may be: a list from the API server's cache that is older than this
    /// node's start could lack nodes that carry traffic.
    @Override
    public String leastVersion() throws IOException {
        if (!enrolled.isEmpty()) {
            String version = enrolled;
            enrolled = ""; // later it may be too new, if the cluster was restored from a backup
            return version;
        }
        try {
            return api.get(nodes, name).version();
        } catch (ApiException e) {
            if (e.isNotFound()) {
                return "";
            }
            throw e;
        }
    }

    @Override
    public boolean isHistoryIntact() throws IOException {
        try {
            return !own.wasNewerThan(api.get(nodes, name));
        } catch (ApiException e) {
            if (e.isNotFound()) {
                return false; // deleted meanwhile, or not yet registered with a cluster that begins at a low version
            }
            throw e;
        }
    }

    @Override
    public void listed(List<NodeRecord> all) {
        listener.accept(view.reset(all));
        Optional<NodeRecord> mine =
                all.stream().filter(node -> node.name().equals(name)).findFirst();
        mine.ifPresent(own::listed);
        mine.ifPresent(this::follow);
        registered(mine.isPresent());
    }

    @Override
    public void put(NodeRecord node) {
        if (node.name().equals(name)) {
            own.seen(node);
            follow(node);
            registered(true);
        } else {
            view.put(node).forEach(listener);
        }
    }

    @Override
    public void removed(NodeRecord node) {
        if (node.name().equals(name)) {
            registered(false);
        } else {
            view.remove(node.name()).forEach(listener);
        }
    }

    @Override
    public void connected() {
        api.figures().watchBegins();
    }

    @Override
    public void disconnected() {
        api.figures().watchEnds();
    }

    /// Without its Node object, nobody knows this node's subnet.
    private void registered(boolean is) {
        if (is) {
            board.clear(Condition.LEASE_PENDING, "node");
        } else {
            board.raise(
                    Condition.LEASE_PENDING,
                    "node",
                    ("the Kubernetes API has no node %s any more, so other nodes do not send to its pods. kubelet registers"
                                    + " it when it is restarted")
                            .formatted(name));
        }
    }

    /// Moves to a new podCIDR.
    private void follow(NodeRecord node) {
        if (node.podCidrs().isEmpty()) {
            return; // registered again, and about to get one
        }
        try {
            List<Cidr> now = Annotations.subnets(node, network);
            if (!now.equals(subnets)) {
                subnets = now;
                Lease lease = new Lease(now, mine);
                listener.accept(new LeaseEvent.Moved(lease));
                listener.accept(view.own(lease));
            }
        } catch (IllegalArgumentException e) {
            if (refusal.changesTo(e.getMessage())) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        "this node, {0}, keeps its former subnet: {1}",
                        name,
                        e.getMessage());
            }
        }
    }
}
