package jflannel.kube;

import java.io.IOException;
import jflannel.json.JsonStream;
import jflannel.kubeapi.Resource;
import jflannel.policy.Policy;
import jflannel.policy.PolicyException;
import jflannel.policy.PolicyReader;

/// Reads a NetworkPolicy.
final class PolicyForm implements Resource.Form<PolicyForm.Read> {
    static final Resource<Read> POLICIES =
            new Resource<>("/apis/networking.k8s.io/v1/networkpolicies", "network policies", PolicyForm::new);

    private Object spec;

    /// What became of an object.
    ///
    /// @param policy null if it cannot be understood
    /// @param fault why; or else empty
    record Read(String id, Policy policy, String fault) {}

    private PolicyForm() {}

    @Override
    public void take(String name, JsonStream value) throws IOException {
        if (name.equals("spec")) {
            spec = value.value();
        }
    }

    @Override
    public Read filled(Resource.Metadata metadata) {
        String id = metadata.namespace() + "/" + metadata.name();
        try {
            return new Read(id, PolicyReader.spec(metadata.namespace(), metadata.name(), spec), "");
        } catch (PolicyException e) {
            return new Read(id, null, e.getMessage());
        }
    }
}
