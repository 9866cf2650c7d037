package jflannel.kube;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.kubeapi.Access;
import jflannel.kubeapi.ApiServer;
import jflannel.kubeapi.ListWatch;
import jflannel.kubeapi.Resource;
import jflannel.policy.Inventory;
import jflannel.policy.PolicyKind;
import jflannel.policy.PolicySource;
import jflannel.policy.World;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.Printable;

/// Policies of the Kubernetes API, and the pods, namespaces and nodes that they select: NetworkPolicy objects, and the
/// policies for the whole cluster if the API has such kinds.
public final class KubePolicies implements PolicySource {
    /// Where each cluster has its NetworkPolicy objects.
    static final String NETWORK_POLICIES = "/apis/networking.k8s.io/v1";

    private final Access access;
    private final Board board;
    private final Map<PolicyKind, List<String>> faults = new EnumMap<>(PolicyKind.class);

    public KubePolicies(Access access, Board board) {
        this.access = access;
        this.board = board;
    }

    @Override
    public boolean selectsSubnets() {
        return false;
    }

    @Override
    public Set<PolicyKind> kinds() {
        return EnumSet.allOf(PolicyKind.class);
    }

    @Override
    public PolicySource.Watch start(Inventory inventory) {
        return new PolicyFollower(access, board, inventory, this::report);
    }

    /// Lists everything once.
    ///
    /// @throws IOException if the API does not answer, or does not permit it
    public World world() throws IOException {
        Inventory inventory = new Inventory(kinds(), () -> {});
        try (ApiServer api = new ApiServer(access)) {
            Map<PolicyKind, String> paths = ClusterKinds.of(api);
            paths.put(PolicyKind.NETWORK, NETWORK_POLICIES);
            for (Map.Entry<PolicyKind, String> kind : paths.entrySet()) {
                new PolicyListener(kind.getKey(), inventory, this::report)
                        .listed(list(api, PolicyForm.policies(kind.getKey(), kind.getValue())));
            }
            new NamespaceListener(inventory).listed(list(api, LabelsForm.NAMESPACES));
            new PodListener(inventory).listed(list(api, EndpointForm.PODS));
            if (inventory.asksForNodes()) {
                inventory.listNodes(list(api, NodeLabelsForm.NODES));
            }
        }
        return inventory.world();
    }

    private static <T> List<T> list(ApiServer api, Resource<T> resource) throws IOException {
        List<T> all = new ArrayList<>();
        api.list(resource, "", "", all::add);
        return all;
    }

    private synchronized void report(PolicyKind kind, List<String> words) {
        faults.put(kind, words);
        List<String> all = faults.values().stream().flatMap(List::stream).toList();
        board.set(Condition.POLICIES_REFUSED, Printable.line(String.join("; ", all)));
    }

    record NamespaceListener(Inventory inventory) implements ListWatch.Listener<LabelsForm.Labelled> {
        @Override
        public void listed(List<LabelsForm.Labelled> all) {
            Map<String, Map<String, String>> labels = new HashMap<>();
            all.forEach(namespace -> labels.put(namespace.name(), namespace.labels()));
            inventory.listNamespaces(labels);
        }

        @Override
        public void put(LabelsForm.Labelled namespace) {
            inventory.putNamespace(namespace.name(), namespace.labels());
        }

        @Override
        public void removed(LabelsForm.Labelled namespace) {
            inventory.removeNamespace(namespace.name());
        }
    }

    record PodListener(Inventory inventory) implements ListWatch.Listener<EndpointForm.Pod> {
        @Override
        public void listed(List<EndpointForm.Pod> all) {
            List<Inventory.Entry> entries = new ArrayList<>();
            all.forEach(pod -> pod.entry().ifPresent(entries::add));
            inventory.listEndpoints(entries);
        }

        @Override
        public void put(EndpointForm.Pod pod) {
            pod.entry().ifPresentOrElse(inventory::putEndpoint, () -> inventory.removeEndpoint(pod.id()));
        }

        @Override
        public void removed(EndpointForm.Pod pod) {
            inventory.removeEndpoint(pod.id());
        }
    }
}
