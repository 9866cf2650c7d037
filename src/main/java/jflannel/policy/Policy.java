package jflannel.policy;

import java.util.List;
import java.util.Map;

/// A NetworkPolicy. It isolates the pods that it selects in the directions it has rules for, be it an empty list, and
/// its rules allow what other policies do not.
///
/// @param subjects which pods of its namespace it is about
/// @param rules a direction that is missing is none of this policy's business
public record Policy(String namespace, String name, Selector subjects, Map<Direction, List<Rule>> rules) {
    /// Namespace and name, as in `default/allow-dns`.
    public String id() {
        return namespace + "/" + name;
    }

    boolean isolates(Endpoint endpoint, Direction direction) {
        return rules.containsKey(direction) && selects(endpoint);
    }

    public boolean selects(Endpoint endpoint) {
        return endpoint.namespace().equals(namespace) && subjects.selects(endpoint.labels());
    }
}
