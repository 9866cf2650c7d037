package jflannel.kube;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import jflannel.lease.ConfigException;

/// How to reach the Kubernetes API, and what this node is called there.
///
/// @param apiUrl the API server, or empty
/// @param kubeconfig how to reach it, as kubectl reads it
/// @param prefix what the names of this network's annotations begin with
/// @param networkConfig the file that holds the network configuration
/// @param keepsCondition the node's condition NetworkUnavailable is kept
/// @param environment that of the process: `NODE_NAME`, or `POD_NAME` and `POD_NAMESPACE`; in a pod, Kubernetes' own
/// @param serviceAccount the folder with a pod's credentials
public record KubeSettings(
        String apiUrl,
        Optional<Path> kubeconfig,
        AnnotationPrefix prefix,
        Path networkConfig,
        boolean keepsCondition,
        Map<String, String> environment,
        Path serviceAccount) {
    /// Where Kubernetes puts the credentials of a pod.
    public static final Path SERVICE_ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

    public KubeSettings {
        environment = Map.copyOf(environment);
        boolean named = !value(environment, "NODE_NAME").isEmpty()
                || !value(environment, "POD_NAME").isEmpty()
                        && !value(environment, "POD_NAMESPACE").isEmpty();
        if (!named) {
            throw new ConfigException("--kube-subnet-mgr: this node's name in the Kubernetes API is not known. Set the"
                    + " environment variable NODE_NAME, or both POD_NAME and POD_NAMESPACE.");
        }
    }

    /// A variable of the environment, or "".
    String variable(String name) {
        return value(environment, name);
    }

    private static String value(Map<String, String> environment, String name) {
        return environment.getOrDefault(name, "");
    }
}
