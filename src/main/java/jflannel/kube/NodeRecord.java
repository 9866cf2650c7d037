package jflannel.kube;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.kubeapi.Versions;

/// The fields that we need of a Node object, about a hundredth of it.
///
/// @param name of the node
/// @param version of the object
/// @param created when the node was registered, as RFC 3339 text in UTC, so that text order is time order
/// @param podCidrs its subnets, one for each family, as written
/// @param annotations of this network, by their names without the prefix
/// @param networkUnavailable the condition of that name
record NodeRecord(
        String name,
        String version,
        String created,
        List<String> podCidrs,
        Map<String, String> annotations,
        Optional<Condition> networkUnavailable) {
    /// The type of the condition that keeps pods away while it is True.
    static final String NETWORK_UNAVAILABLE = "NetworkUnavailable";

    /// A node condition, without its times.
    record Condition(String status, String reason, String message) {}

    NodeRecord {
        podCidrs = List.copyOf(podCidrs);
        annotations = Map.copyOf(annotations);
    }

    /// True if this is an earlier version of the node than `other`.
    boolean isOlderThan(NodeRecord other) {
        return Versions.isOlder(version, other.version);
    }

    /// An annotation's value, or "".
    String annotation(String suffix) {
        return annotations.getOrDefault(suffix, "");
    }
}
