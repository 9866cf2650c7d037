package jflannel.kube;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is read of a Node object; a real one is a hundred times as large.
///
/// @param name the node's
/// @param version of the object, to watch on from; means nothing else
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

    /// A condition of a node, without its times.
    record Condition(String status, String reason, String message) {}

    NodeRecord {
        podCidrs = List.copyOf(podCidrs);
        annotations = Map.copyOf(annotations);
    }

    /// An annotation's value, or "".
    String annotation(String suffix) {
        return annotations.getOrDefault(suffix, "");
    }
}
