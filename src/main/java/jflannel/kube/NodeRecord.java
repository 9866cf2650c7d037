package jflannel.kube;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.kubeapi.Versions;

/// What is read of a Node object; a real one is a hundred times as large.
///
/// @param name the node's
/// @param version of the object
/// @param created when the node was registered, as RFC 3339 text in UTC: an earlier one is the smaller text
/// @param podCidrs its subnets, one for each family, as written
/// @param annotations this network's only, by what follows the prefix in their names
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

    /// A condition of a node, without its times.
    record Condition(String status, String reason, String message) {}

    NodeRecord {
        podCidrs = List.copyOf(podCidrs);
        annotations = Map.copyOf(annotations);
    }

    /// True if this is how the node was before `other`.
    boolean isOlderThan(NodeRecord other) {
        return Versions.isOlder(version, other.version);
    }

    /// An annotation's value, or "".
    String annotation(String suffix) {
        return annotations.getOrDefault(suffix, "");
    }
}
