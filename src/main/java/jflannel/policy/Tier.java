package jflannel.policy;

/// Which policies come first: the verdict of a tier is final unless it passes a connection on.
public enum Tier {
    /// For the whole cluster. The first rule that matches decides.
    ADMIN,
    /// NetworkPolicy: the policies that select a pod allow what any of them allows, and refuse all else.
    NAMESPACED,
    /// For the whole cluster, and for pods that no NetworkPolicy selects. The first rule that matches decides.
    BASELINE
}
