package jflannel.kube;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import jflannel.kubeapi.Access;
import jflannel.lease.ConfigException;
import jflannel.lease.NetworkConfig;

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
    }

    /// @throws ConfigException if nothing says which node this is
    void requireName() {
        boolean named = !variable("NODE_NAME").isEmpty()
                || !variable("POD_NAME").isEmpty() && !variable("POD_NAMESPACE").isEmpty();
        if (!named) {
            throw new ConfigException("--kube-subnet-mgr: this node's name in the Kubernetes API is unknown. Set the"
                    + " environment variable NODE_NAME, or both POD_NAME and POD_NAMESPACE.");
        }
    }

    /// The network configuration.
    ///
    /// @throws ConfigException if it cannot be read or used
    NetworkConfig network() {
        try {
            return NetworkConfig.withGivenSubnets(networkConfig.toString(), Files.readString(networkConfig));
        } catch (NoSuchFileException e) {
            throw new ConfigException(
                    "--net-config-path",
                    networkConfig,
                    "The file does not exist. In Kubernetes it is net-conf.json of the ConfigMap kube-flannel-cfg.");
        } catch (IOException e) {
            throw new ConfigException("--net-config-path", networkConfig, "It cannot be read: " + e + ".");
        }
    }

    /// How to reach the API server and log in there.
    ///
    /// @throws ConfigException if nothing leads to one
    public Access access() {
        return Access.of(apiUrl, kubeconfig, environment, serviceAccount);
    }

    /// An environment variable, or "".
    String variable(String name) {
        return environment.getOrDefault(name, "");
    }
}
