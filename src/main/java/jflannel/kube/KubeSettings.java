package jflannel.kube;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import jflannel.lease.ConfigException;

/// How to connect to the Kubernetes API, and this node's name there.
///
/// @param apiUrl the API server, or empty
/// @param kubeconfig a kubectl configuration file, if any
/// @param prefix of this network's annotations
/// @param networkConfig the file with the network configuration
/// @param keepsCondition maintain the node's condition NetworkUnavailable
/// @param environment of the process: `NODE_NAME`, or `POD_NAME` and `POD_NAMESPACE`; in a pod, Kubernetes' own
/// @param serviceAccount the directory with a pod's credentials
public record KubeSettings(
        String apiUrl,
        Optional<Path> kubeconfig,
        AnnotationPrefix prefix,
        Path networkConfig,
        boolean keepsCondition,
        Map<String, String> environment,
        Path serviceAccount) {
    /// Where Kubernetes puts a pod's credentials.
    public static final Path SERVICE_ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

    public KubeSettings {
        environment = Map.copyOf(environment);
        boolean named = !value(environment, "NODE_NAME").isEmpty()
                || !value(environment, "POD_NAME").isEmpty()
                        && !value(environment, "POD_NAMESPACE").isEmpty();
        if (!named) {
            throw new ConfigException("--kube-subnet-mgr: this node's name in the Kubernetes API is unknown. Set the"
                    + " environment variable NODE_NAME, or both POD_NAME and POD_NAMESPACE.");
        }
    }

    /// An environment variable, or "".
    String variable(String name) {
        return value(environment, name);
    }

    private static String value(Map<String, String> environment, String name) {
        return environment.getOrDefault(name, "");
    }
}
