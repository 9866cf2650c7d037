package jflannel.kube;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

    /// True if this is how the node was before `other`. Versions of one kind are numbers that grow, as the API promises
    /// since version 1.35 and has kept before; what is no number is no older.
    boolean isOlderThan(NodeRecord other) {
        return isNumber(version)
                && isNumber(other.version)
                && new BigInteger(version).compareTo(new BigInteger(other.version)) < 0;
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /// An annotation's value, or "".
    String annotation(String suffix) {
        return annotations.getOrDefault(suffix, "");
    }
}
