package jflannel.policy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Ip;

/// All that a verdict depends on.
///
/// @param policies in the order in which they are asked
/// @param namespaces the labels of each namespace, by its name
/// @param endpoints no two have an address in common
/// @param nodes only if a policy asks for them
public record World(
        List<Policy> policies,
        Map<String, Map<String, String>> namespaces,
        List<Endpoint> endpoints,
        List<ClusterNode> nodes) {
    /// Nothing is selected, so everything is allowed.
    public static final World EMPTY = new World(List.of(), Map.of(), List.of(), List.of());

    /// The label of a namespace that the Kubernetes API sets to its name.
    private static final String NAMESPACE_NAME = "kubernetes.io/metadata.name";

    Map<String, String> labelsOf(String namespace) {
        Map<String, String> labels = namespaces.get(namespace);
        return labels != null ? labels : Map.of(NAMESPACE_NAME, namespace);
    }

    /// Whose address that is.
    public Optional<Endpoint> at(Ip ip) {
        return endpoints.stream().filter(it -> it.has(ip)).findFirst();
    }

    /// True if a policy is about this endpoint.
    public boolean selects(Policy policy, Endpoint endpoint) {
        return matches(policy, policy.subjects(), endpoint);
    }

    boolean matches(Policy policy, Peer.Pods peer, Endpoint endpoint) {
        boolean inNamespace = peer.namespaces()
                .map(it -> it.selects(labelsOf(endpoint.namespace())))
                .orElse(policy.namespace().equals(endpoint.namespace()));
        return inNamespace && peer.pods().selects(endpoint.labels());
    }

    boolean matches(Peer.Nodes peer, Ip address) {
        return nodes.stream()
                .anyMatch(node ->
                        node.addresses().contains(address) && peer.nodes().selects(node.labels()));
    }
}
