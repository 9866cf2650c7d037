package jflannel.policy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;

/// What is known of policies, namespaces and pods, by the latest news. Any thread may use it.
public final class Inventory {
    /// What has to be listed before anything is judged by it: without all pods, too much would be refused, and
    /// without all policies, too little.
    public enum Part {
        NAMESPACES,
        ENDPOINTS
    }

    /// A pod, or what stands for one.
    ///
    /// @param created as text whose order is that of time; of two with the same address, the later one has it
    public record Entry(Endpoint endpoint, String created) {}

    private final Runnable changed;
    private final Set<Part> missing = EnumSet.allOf(Part.class);
    private final Set<PolicyKind> missingKinds;
    private final Map<String, Policy> policies = new HashMap<>();
    /// In their order; empty if that has to be made again.
    private Optional<List<Policy>> ordered = Optional.empty();
    private Optional<List<ClusterNode>> nodes = Optional.empty();
    private final Map<String, Map<String, String>> namespaces = new HashMap<>();
    private final Map<String, Entry> entries = new HashMap<>();
    private final AddressHolders holders = new AddressHolders();
    private Map<String, List<Cidr>> attached = Map.of();
    private long version;
    private List<Cidr> local = List.of();
    private List<PodBridge> bridges = List.of();

    /// @param kinds of policies that there may be
    /// @param changed called after each change, on the thread that made it
    public Inventory(Set<PolicyKind> kinds, Runnable changed) {
        this.missingKinds = EnumSet.copyOf(kinds);
        this.changed = changed;
    }

    /// What is known, if it is enough.
    ///
    /// @param local this node's subnets
    /// @param bridges those of this node's pods
    /// @param version of the inventory
    record Snapshot(World world, List<Cidr> local, List<PodBridge> bridges, long version) {}

    /// What was not listed yet, in words.
    synchronized List<String> missing() {
        List<String> words = new ArrayList<>();
        missingKinds.forEach(kind -> words.add(kind.word()));
        missing.forEach(part -> words.add(part.name().toLowerCase(Locale.ROOT)));
        if (nodes.isEmpty() && asksForNodes()) {
            words.add("nodes");
        }
        return words;
    }

    /// True if a policy names nodes by their labels.
    public synchronized boolean asksForNodes() {
        return policies.values().stream().anyMatch(Policy::namesNodes);
    }

    /// What is known of the world.
    public World world() {
        return snapshot().world();
    }

    synchronized Snapshot snapshot() {
        if (ordered.isEmpty()) {
            ordered =
                    Optional.of(policies.values().stream().sorted(Policy.ORDER).toList());
        }
        return new Snapshot(
                new World(ordered.get(), Map.copyOf(namespaces), holders.endpoints(), nodes.orElse(List.of())),
                local,
                bridges,
                version);
    }

    /// @param local this node's subnets
    /// @param bridges those of its pods
    public void setLocal(List<Cidr> local, List<PodBridge> bridges) {
        synchronized (this) {
            if (this.local.equals(local) && this.bridges.equals(bridges)) {
                return;
            }
        }
        change(() -> {
            this.local = List.copyOf(local);
            this.bridges = List.copyOf(bridges);
        });
    }

    /// These are all policies of a kind.
    public void listPolicies(PolicyKind kind, Collection<Policy> all) {
        changePolicies(() -> {
            policies.values().removeIf(policy -> policy.kind() == kind);
            all.forEach(policy -> policies.put(policy.id(), policy));
            missingKinds.remove(kind);
        });
    }

    public void putPolicy(Policy policy) {
        changePolicies(() -> policies.put(policy.id(), policy));
    }

    /// @param id as [Policy#id] says it
    public void removePolicy(String id) {
        changePolicies(() -> policies.remove(id));
    }

    private void changePolicies(Runnable change) {
        change(() -> {
            change.run();
            ordered = Optional.empty();
        });
    }

    /// These are all nodes. Only needed if there are policies that name nodes by their labels.
    public void listNodes(Collection<ClusterNode> all) {
        change(() -> nodes = Optional.of(List.copyOf(all)));
    }

    /// These are all namespaces, with their labels.
    public void listNamespaces(Map<String, Map<String, String>> all) {
        change(() -> {
            namespaces.clear();
            namespaces.putAll(all);
            missing.remove(Part.NAMESPACES);
        });
    }

    public void putNamespace(String name, Map<String, String> labels) {
        change(() -> namespaces.put(name, labels));
    }

    public void removeNamespace(String name) {
        change(() -> namespaces.remove(name));
    }

    /// These are all endpoints.
    public void listEndpoints(Collection<Entry> all) {
        change(() -> {
            Set<String> gone = new HashSet<>(entries.keySet());
            all.forEach(entry -> gone.remove(entry.endpoint.id()));
            gone.forEach(this::forget);
            all.forEach(this::take);
            missing.remove(Part.ENDPOINTS);
        });
    }

    /// Of a pod, most that the API reports is none of the policies' business.
    public void putEndpoint(Entry entry) {
        if (!isKnown(entry)) {
            change(() -> take(entry));
        }
    }

    private synchronized boolean isKnown(Entry entry) {
        return entry.equals(entries.get(entry.endpoint.id()));
    }

    private void take(Entry entry) {
        if (!isKnown(entry)) {
            entries.put(entry.endpoint.id(), entry);
            holders.put(entry);
        }
    }

    private void forget(String id) {
        entries.remove(id);
        holders.remove(id);
    }

    /// @param id namespace and name
    public void removeEndpoint(String id) {
        if (knows(id)) {
            change(() -> forget(id));
        }
    }

    /// The addresses of pods that were attached on this node, by namespace and name; of two with the same address the
    /// later one has it.
    public void attach(Map<String, List<Cidr>> pods) {
        Map<Cidr, String> last = new HashMap<>();
        pods.forEach((id, addresses) -> addresses.forEach(address -> last.put(address, id)));
        Map<String, List<Cidr>> now = new HashMap<>();
        pods.forEach((id, addresses) -> now.put(
                id, addresses.stream().filter(it -> last.get(it).equals(id)).toList()));
        synchronized (this) {
            if (attached.equals(now)) {
                return;
            }
        }
        change(() -> {
            attached = now;
            holders.attach(now, entries);
        });
    }

    /// True if there is such a pod.
    public synchronized boolean knows(String id) {
        return entries.containsKey(id);
    }

    synchronized long version() {
        return version;
    }

    private void change(Runnable change) {
        synchronized (this) {
            change.run();
            version++;
        }
        changed.run();
    }
}
