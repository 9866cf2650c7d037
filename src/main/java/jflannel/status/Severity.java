package jflannel.status;

import java.util.Locale;

/// What a [Condition] means for the pods of this node, from harmless to bad.
public enum Severity {
    /// The node works, but not as it should, or not for everybody.
    DEGRADED,
    /// The node is not ready, though pods have their network.
    FAILING,
    /// Pods must not start on this node yet, or again.
    NO_NETWORK;

    /// What programs know it by: `no-network`.
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
