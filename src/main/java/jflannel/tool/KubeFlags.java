package jflannel.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Leases in the Kubernetes API, by flags of flanneld's names and meanings.
final class KubeFlags {
    @Option(names = "--kube-subnet-mgr", description = "The leases are in the Kubernetes API.")
    private boolean kube;

    @Option(names = "--kube-api-url", paramLabel = "URL")
    private Optional<String> apiUrl = Optional.empty();

    @Option(names = "--kubeconfig-file", paramLabel = "FILE")
    private Optional<String> kubeconfig = Optional.empty();

    @Option(names = "--kube-annotation-prefix", paramLabel = "PREFIX")
    private Optional<String> prefix = Optional.empty();

    @Option(names = "--net-config-path", paramLabel = "FILE")
    private Optional<String> netConfig = Optional.empty();

    /// Those that were given.
    List<String> flags() {
        List<String> flags = new ArrayList<>();
        if (kube) {
            flags.add("--kube-subnet-mgr");
        }
        apiUrl.ifPresent(value -> flags.add("--kube-api-url=" + value));
        kubeconfig.ifPresent(value -> flags.add("--kubeconfig-file=" + value));
        prefix.ifPresent(value -> flags.add("--kube-annotation-prefix=" + value));
        netConfig.ifPresent(value -> flags.add("--net-config-path=" + value));
        return flags;
    }
}
