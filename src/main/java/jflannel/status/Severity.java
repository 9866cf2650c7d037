package jflannel.status;

import java.util.Locale;

/// What a [Condition] means for the pods of this node, from harmless to bad.
public enum Severity {
    /// The node works, but not as it should, or not with every peer.
    DEGRADED,
    /// The node is not ready, though pods have their network.
    FAILING,
    /// Pods must not start on this node now.
    NO_NETWORK;

    /// Its name for programs: `no-network`.
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
