package jflannel.kube;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import jflannel.kubeapi.Access;
import jflannel.kubeapi.ApiServer;
import jflannel.kubeapi.ListWatch;
import jflannel.kubeapi.Resource;
import jflannel.lease.Outage;
import jflannel.policy.Inventory;
import jflannel.policy.PolicyKind;
import jflannel.policy.PolicySource;
import jflannel.status.Board;
import jflannel.work.Worker;

/// Follows policies and what they select, each kind of object on a thread of its own. Kinds that an API may have or not
/// are looked for again and again, and nodes are only followed once a policy names some.
final class PolicyFollower implements PolicySource.Watch {
    /// Between looks for kinds of policies that were added to the API, or removed from it.
    private static final Duration BETWEEN_LOOKS = Duration.ofMinutes(5);

    private final ApiServer api;
    private final Board board;
    private final Inventory inventory;
    private final PolicyListener.Faults report;
    private final RandomGenerator random = RandomGenerator.getDefault();
    private final Outage outage;
    private final Map<String, Worker> workers = new HashMap<>();
    private final Map<PolicyKind, String> paths = new EnumMap<>(PolicyKind.class);
    private boolean closed;

    PolicyFollower(Access access, Board board, Inventory inventory, PolicyListener.Faults report) {
        this.api = new ApiServer(access);
        this.board = board;
        this.inventory = inventory;
        this.report = report;
        this.outage = new Outage("the Kubernetes API (kinds of policies)", board, random);
        follow(PolicyKind.NETWORK, KubePolicies.NETWORK_POLICIES);
        follow(LabelsForm.NAMESPACES, new KubePolicies.NamespaceListener(inventory), "kube-namespaces");
        follow(EndpointForm.PODS, new KubePolicies.PodListener(inventory), "kube-pods");
        keep("kube-policy-kinds", this::look);
    }

    private void look() throws InterruptedException {
        try {
            take(ClusterKinds.of(api));
            outage.ended();
        } catch (IOException e) {
            Thread.sleep(outage.failed(e));
            return;
        }
        Thread.sleep(BETWEEN_LOOKS.plusMillis(random.nextInt(60_000)));
    }

    private synchronized void take(Map<PolicyKind, String> found) {
        for (PolicyKind kind : PolicyKind.values()) {
            String path = found.get(kind);
            if (kind == PolicyKind.NETWORK || path != null && path.equals(paths.get(kind))) {
                continue;
            }
            Worker before = workers.remove(thread(kind));
            if (before != null) {
                before.close();
            }
            if (path != null) {
                follow(kind, path);
            } else {
                paths.remove(kind);
                new PolicyListener(kind, inventory, report).listed(List.of());
            }
        }
    }

    private synchronized void follow(PolicyKind kind, String path) {
        paths.put(kind, path);
        PolicyListener listener = new PolicyListener(kind, inventory, this::reported);
        follow(PolicyForm.policies(kind, path), listener, thread(kind));
    }

    private static String thread(PolicyKind kind) {
        return "kube-" + PolicyForm.plural(kind);
    }

    private void reported(PolicyKind kind, List<String> words) {
        report.found(kind, words);
        if (inventory.asksForNodes()) {
            followNodes();
        }
    }

    private synchronized void followNodes() {
        if (!workers.containsKey("kube-policy-nodes")) {
            follow(NodeLabelsForm.NODES, new NodeListener(inventory), "kube-policy-nodes");
        }
    }

    private <T> void follow(Resource<T> resource, ListWatch.Listener<T> listener, String thread) {
        Outage its = new Outage("the Kubernetes API (" + resource.plural() + ")", board, random);
        keep(thread, new ListWatch<>(api, resource, "", listener, its, random)::turn);
    }

    private synchronized void keep(String thread, Worker.Turn turn) {
        if (!closed) {
            workers.put(thread, Worker.start(thread, board, turn));
        }
    }

    @Override
    public void close() {
        List<Worker> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(workers.values());
        }
        all.forEach(Worker::close);
        api.close();
    }
}
