package jflannel.status;

/// What a [Condition] means for the pods of this node.
public enum Severity {
    /// Worth knowing; nothing fails because of it.
    NOTE,
    /// The node works, but not as it should, or not for everybody.
    DEGRADED,
    /// Pods must not start on this node yet, or again.
    NOT_READY
}
