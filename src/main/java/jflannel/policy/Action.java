package jflannel.policy;

/// What a rule does with the connections that it matches. A NetworkPolicy's rules only allow.
public enum Action {
    ALLOW,
    DENY,
    /// Leaves the decision to the next [Tier].
    PASS
}
