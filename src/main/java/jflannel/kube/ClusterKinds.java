package jflannel.kube;

import java.io.IOException;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.json.JsonStream;
import jflannel.kubeapi.ApiException;
import jflannel.kubeapi.ApiServer;
import jflannel.kubeapi.Resource;
import jflannel.policy.PolicyKind;

/// Finds out which kinds of policies for the whole cluster an API has, which is up to the cluster's administrator.
final class ClusterKinds {
    private static final String GROUP = "/apis/policy.networking.k8s.io";
    /// In the order in which they are preferred.
    private static final List<String> VERSIONS = List.of("v1beta1", "v1alpha2", "v1alpha1");

    private ClusterKinds() {}

    /// The path of each kind that there is. Everybody may ask that.
    static Map<PolicyKind, String> of(ApiServer api) throws IOException {
        Map<PolicyKind, String> paths = new EnumMap<>(PolicyKind.class);
        try {
            Set<String> served = api.get(names("/apis", "versions", "version"), GROUP.substring("/apis/".length()));
            for (String version : VERSIONS) {
                if (served.contains(version)) {
                    Set<String> plurals = api.get(names(GROUP, "resources", "name"), version);
                    for (PolicyKind kind : PolicyKind.values()) {
                        if (plurals.contains(PolicyForm.plural(kind))) {
                            paths.putIfAbsent(kind, GROUP + "/" + version);
                        }
                    }
                }
            }
        } catch (ApiException e) {
            if (!e.isNotFound()) {
                throw e;
            }
        }
        return paths;
    }

    /// What a list in a description of the API names.
    private static Resource<Set<String>> names(String path, String list, String field) {
        return new Resource<>(path, "descriptions of the API", () -> new Resource.Form<>() {
            private final Set<String> names = new HashSet<>();

            @Override
            public void take(String name, JsonStream value) throws IOException {
                if (name.equals(list)) {
                    value.array(() -> value.object(inner -> {
                        if (inner.equals(field)) {
                            names.add(value.string());
                        }
                    }));
                }
            }

            @Override
            public Set<String> filled(Resource.Metadata metadata) {
                return names;
            }
        });
    }
}
