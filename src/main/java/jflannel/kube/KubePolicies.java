package jflannel.kube;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import jflannel.kubeapi.Access;
import jflannel.kubeapi.ApiServer;
import jflannel.kubeapi.ListWatch;
import jflannel.kubeapi.Resource;
import jflannel.lease.Outage;
import jflannel.policy.Inventory;
import jflannel.policy.Policy;
import jflannel.policy.PolicySource;
import jflannel.policy.World;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.Printable;
import jflannel.work.Worker;

/// NetworkPolicy objects, pods and namespaces of the Kubernetes API, each kind listed and watched by a thread of its
/// own.
///
/// A policy that cannot be understood takes no effect; if an earlier version of it could be, that stays in force.
public final class KubePolicies implements PolicySource {
    private final Access access;
    private final Board board;

    public KubePolicies(Access access, Board board) {
        this.access = access;
        this.board = board;
    }

    @Override
    public boolean selectsSubnets() {
        return false;
    }

    @Override
    public PolicySource.Watch start(Inventory inventory) {
        ApiServer api = new ApiServer(access);
        List<Worker> workers = List.of(
                follow(api, PolicyForm.POLICIES, new PolicyListener(inventory, board), "kube-policies"),
                follow(api, LabelsForm.NAMESPACES, new NamespaceListener(inventory), "kube-namespaces"),
                follow(api, EndpointForm.PODS, new PodListener(inventory), "kube-pods"));
        return () -> {
            workers.forEach(Worker::close);
            api.close();
        };
    }

    /// Lists everything once.
    ///
    /// @throws IOException if the API does not answer, or does not permit it
    public World world() throws IOException {
        Inventory inventory = new Inventory(() -> {});
        try (ApiServer api = new ApiServer(access)) {
            new PolicyListener(inventory, board).listed(list(api, PolicyForm.POLICIES));
            new NamespaceListener(inventory).listed(list(api, LabelsForm.NAMESPACES));
            new PodListener(inventory).listed(list(api, EndpointForm.PODS));
        }
        return inventory.world();
    }

    private static <T> List<T> list(ApiServer api, Resource<T> resource) throws IOException {
        List<T> all = new ArrayList<>();
        api.list(resource, "", "", all::add);
        return all;
    }

    private <T> Worker follow(ApiServer api, Resource<T> resource, ListWatch.Listener<T> listener, String thread) {
        RandomGenerator random = RandomGenerator.getDefault();
        Outage outage = new Outage("the Kubernetes API (" + resource.plural() + ")", board, random);
        return Worker.start(thread, board, new ListWatch<>(api, resource, "", listener, outage, random)::turn);
    }

    private record NamespaceListener(Inventory inventory) implements ListWatch.Listener<LabelsForm.Labelled> {
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

    private record PodListener(Inventory inventory) implements ListWatch.Listener<EndpointForm.Pod> {
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

    private static final class PolicyListener implements ListWatch.Listener<PolicyForm.Read> {
        private final Inventory inventory;
        private final Board board;
        private final Map<String, Policy> good = new HashMap<>();
        private final Map<String, String> faults = new TreeMap<>();

        PolicyListener(Inventory inventory, Board board) {
            this.inventory = inventory;
            this.board = board;
        }

        @Override
        public void listed(List<PolicyForm.Read> all) {
            faults.clear();
            good.keySet().retainAll(all.stream().map(PolicyForm.Read::id).toList());
            all.forEach(this::take);
            inventory.listPolicies(good.values());
            report();
        }

        @Override
        public void put(PolicyForm.Read read) {
            take(read);
            if (good.containsKey(read.id())) {
                inventory.putPolicy(good.get(read.id()));
            }
            report();
        }

        @Override
        public void removed(PolicyForm.Read read) {
            good.remove(read.id());
            faults.remove(read.id());
            inventory.removePolicy(read.id());
            report();
        }

        private void take(PolicyForm.Read read) {
            if (read.policy() != null) {
                good.put(read.id(), read.policy());
                faults.remove(read.id());
            } else {
                String stays = good.containsKey(read.id()) ? " (its earlier version stays in force)" : "";
                faults.put(read.id(), read.id() + ": " + read.fault() + stays);
            }
        }

        private void report() {
            board.set(Condition.POLICIES_REFUSED, Printable.line(String.join("; ", faults.values())));
        }
    }
}
