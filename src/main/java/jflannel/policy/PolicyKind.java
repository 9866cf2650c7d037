package jflannel.policy;

/// The kinds of policies, as in Kubernetes.
public enum PolicyKind {
    NETWORK("NetworkPolicy"),
    /// Its successor is [#CLUSTER].
    ADMIN("AdminNetworkPolicy"),
    /// Its successor is [#CLUSTER].
    BASELINE("BaselineAdminNetworkPolicy"),
    CLUSTER("ClusterNetworkPolicy");

    private final String word;

    PolicyKind(String word) {
        this.word = word;
    }

    /// As in an object's `kind`.
    public String word() {
        return word;
    }
}
