package jflannel.policy;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// A policy of any kind. A NetworkPolicy isolates the pods that it selects in the directions it has rules for, be it an
/// empty list, and its rules allow what other policies do not.
///
/// @param priority among those of its tier, for the whole cluster; the lowest comes first
/// @param namespace empty for the whole cluster
/// @param subjects which pods it is about
/// @param rules a direction that is missing is none of this policy's business
public record Policy(
        PolicyKind kind,
        Tier tier,
        int priority,
        String namespace,
        String name,
        Peer.Pods subjects,
        Map<Direction, List<Rule>> rules) {
    /// The order in which they are asked. Of two with the same priority, which Kubernetes leaves open, the one whose
    /// name comes first.
    static final Comparator<Policy> ORDER =
            Comparator.comparing(Policy::tier).thenComparing(Policy::priority).thenComparing(Policy::id);

    /// A NetworkPolicy.
    static Policy namespaced(String namespace, String name, Selector pods, Map<Direction, List<Rule>> rules) {
        return new Policy(
                PolicyKind.NETWORK, Tier.NAMESPACED, 0, namespace, name, Peer.Pods.inOwnNamespace(pods), rules);
    }

    /// Namespace and name, as in `default/allow-dns`, or kind and name, as in `AdminNetworkPolicy/tenants`.
    public String id() {
        return (namespace.isEmpty() ? kind.word() : namespace) + "/" + name;
    }

    /// The same by another name.
    public Policy named(String other) {
        return new Policy(kind, tier, priority, namespace, other, subjects, rules);
    }

    boolean isForCluster() {
        return tier != Tier.NAMESPACED;
    }

    boolean isAbout(Direction direction) {
        return rules.containsKey(direction);
    }

    boolean namesNodes() {
        return rules.values().stream()
                .flatMap(List::stream)
                .flatMap(rule -> rule.peers().stream())
                .anyMatch(Peer.Nodes.class::isInstance);
    }
}
