package jflannel.kube;

import java.io.IOException;
import jflannel.json.JsonStream;
import jflannel.kubeapi.Resource;
import jflannel.policy.ClusterPolicyReader;
import jflannel.policy.Policy;
import jflannel.policy.PolicyException;
import jflannel.policy.PolicyKind;
import jflannel.policy.PolicyReader;

/// Reads a policy of any kind.
final class PolicyForm implements Resource.Form<PolicyForm.Read> {
    private final PolicyKind kind;
    private Object spec;

    /// What became of an object.
    ///
    /// @param policy null if it cannot be understood
    /// @param fault why, or what of it could not be taken as it is written; or else empty
    record Read(String id, Policy policy, String fault) {}

    private PolicyForm(PolicyKind kind) {
        this.kind = kind;
    }

    /// @param path of the API group's version
    static Resource<Read> policies(PolicyKind kind, String path) {
        String plural = plural(kind);
        return new Resource<>(path + "/" + plural, plural, () -> new PolicyForm(kind));
    }

    /// As in the API's paths.
    static String plural(PolicyKind kind) {
        String word = kind.word().toLowerCase(java.util.Locale.ROOT);
        return word.substring(0, word.length() - 1) + "ies";
    }

    @Override
    public void take(String name, JsonStream value) throws IOException {
        if (name.equals("spec")) {
            spec = value.value();
        }
    }

    @Override
    public Read filled(Resource.Metadata metadata) {
        boolean namespaced = kind == PolicyKind.NETWORK;
        String id = (namespaced ? metadata.namespace() : kind.word()) + "/" + metadata.name();
        try {
            if (namespaced) {
                return new Read(id, PolicyReader.spec(metadata.namespace(), metadata.name(), spec), "");
            }
            ClusterPolicyReader.Reading reading = ClusterPolicyReader.spec(kind, metadata.name(), spec);
            return new Read(id, reading.policy(), String.join("; ", reading.remarks()));
        } catch (PolicyException e) {
            return new Read(id, null, e.getMessage());
        }
    }
}
