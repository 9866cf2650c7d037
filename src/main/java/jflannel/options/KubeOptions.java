package jflannel.options;

import java.nio.file.Path;
import jflannel.names.Names;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Leases in the Kubernetes API.
@Command(header = "Kubernetes instead of etcd:")
public final class KubeOptions {
    @Option(
            names = "--kube-subnet-mgr",
            defaultValue = "false",
            converter = OptionTypes.Truth.class,
            description = "Take this node's subnet from the Kubernetes API, its podCIDR.")
    public boolean subnetManager;

    @Option(
            names = "--kube-api-url",
            paramLabel = "URL",
            defaultValue = "",
            description = "The API server, such as https://192.0.2.1:6443; not needed in a pod.")
    public String apiUrl;

    @Option(
            names = "--kubeconfig-file",
            paramLabel = "FILE",
            converter = OptionTypes.File.class,
            description = "How to reach the API server; not needed in a pod.")
    public Path kubeconfig;

    @Option(
            names = "--kube-annotation-prefix",
            paramLabel = "PREFIX",
            defaultValue = Names.ANNOTATION_PREFIX,
            description = "What the node annotations of this network begin with.")
    public String annotationPrefix;

    @Option(
            names = "--net-config-path",
            paramLabel = "FILE",
            defaultValue = "/etc/kube-flannel/net-conf.json",
            converter = OptionTypes.NamedFile.class,
            description = "The network configuration.")
    public Path netConfig;

    @Option(
            names = "--set-node-network-unavailable",
            defaultValue = "true",
            converter = OptionTypes.Truth.class,
            description = "Keep the node condition NetworkUnavailable: False when ready.")
    public boolean setNetworkUnavailable;
}
